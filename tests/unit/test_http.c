/* The operators' listener, asked over sockets. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "fastcgi.h"
#include "link/http.h"

static char folder[64], path[96], listen_at[128], why[128], got[256 * 1024];
static struct http *http;

static bool handle(void *context, const char *asked, struct http_answer *answer) {
    ck_assert_ptr_eq(context, folder);
    if (strcmp(asked, "/metrics") == 0) {
        buffer_add_string(&answer->body, "a_total 1\n");
        return true;
    }
    if (strcmp(asked, "/ready") == 0) {
        answer->status = 503;
        answer->content_type = "application/json";
        buffer_add_string(&answer->body, "{}");
        return true;
    }
    if (strcmp(asked, "/empty") == 0)
        return true;
    if (strcmp(asked, "/long") == 0) {
        for (int i = 0; i < 10000; i++)
            buffer_add_string(&answer->body, "0123456789");
        return true;
    }
    if (strcmp(asked, "/endless") == 0) {
        static const char zeros[4096] = {0};

        while (!answer->body.failed)
            buffer_add(&answer->body, zeros, sizeof zeros);
        return true;
    }
    return false;
}

static enum status start_at(const char *address, struct http **out) {
    struct http_options options = {.listen = address, .handler = handle, .context = folder};

    return http_start(&options, out, why, sizeof why);
}

static void set_up(void) {
    strcpy(folder, "/tmp/countersign-http-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/socket", folder);
    snprintf(listen_at, sizeof listen_at, "unix:%s", path);
    ck_assert_int_eq(start_at(listen_at, &http), ST_OK);
}

static void tear_down(void) {
    http_stop(&http);
    ck_assert_int_ne(access(path, F_OK), 0);
    rmdir(folder);
}

/* Sends it and reads until the other side closes. */
static const char *ask(const char *request) {
    int fd = fastcgi_connect(path);
    size_t len = 0;
    ssize_t n;

    ck_assert_int_ge(fd, 0);
    ck_assert(fastcgi_send(fd, request, strlen(request)));
    while ((n = recv(fd, got + len, sizeof got - 1 - len, 0)) > 0)
        len += (size_t)n;
    got[len] = '\0';
    close(fd);
    return got;
}

#define ASK(method, path_asked)                                                                    \
    ask(method " " path_asked " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")

static void check_has(const char *answer, const char *part) {
    ck_assert_msg(strstr(answer, part) != NULL, "no '%s' in: %s", part, answer);
}

START_TEST(a_get_is_answered_by_the_handler) {
    check_has(ASK("GET", "/metrics"), "HTTP/1.1 200");
    check_has(got, "Content-Type: text/plain; charset=utf-8\r\n");
    check_has(got, "Cache-Control: no-store\r\n");
    check_has(got, "\r\n\r\na_total 1\n");
    check_has(ASK("GET", "/metrics?x=y"), "a_total 1\n");
    check_has(ASK("GET", "/empty"), "Content-Length: 0\r\n");
}
END_TEST

START_TEST(a_status_and_a_type_of_the_handler_are_kept) {
    check_has(ASK("GET", "/ready"), "HTTP/1.1 503");
    check_has(got, "Content-Type: application/json\r\n");
}
END_TEST

START_TEST(a_head_has_no_body) {
    check_has(ASK("HEAD", "/metrics"), "HTTP/1.1 200");
    check_has(got, "Content-Length: 10\r\n");
    ck_assert_str_eq(strstr(got, "\r\n\r\n"), "\r\n\r\n");
}
END_TEST

START_TEST(an_unknown_path_is_not_found) {
    check_has(ASK("GET", "/nothing"), "HTTP/1.1 404");
}
END_TEST

START_TEST(another_method_is_not_allowed) {
    static const char post[] = "POST /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                               "Content-Length: 3\r\n\r\nabc";

    check_has(ask(post), "HTTP/1.1 405");
    check_has(got, "Allow: GET, HEAD\r\n");
    check_has(ASK("DELETE", "/metrics"), "HTTP/1.1 405");
    check_has(ASK("FOO", "/metrics"), "HTTP/1.1 405");
}
END_TEST

START_TEST(a_get_with_a_body_is_answered) {
    check_has(ask("GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: "
                  "3\r\n\r\nabc"),
              "a_total 1\n");
}
END_TEST

START_TEST(a_long_answer_comes_whole) {
    ASK("GET", "/long");
    ck_assert_uint_eq(strlen(strstr(got, "\r\n\r\n") + 4), 100000);
}
END_TEST

START_TEST(an_endless_answer_is_an_error) {
    check_has(ASK("GET", "/endless"), "HTTP/1.1 500");
}
END_TEST

START_TEST(garbage_does_no_harm) {
    ask("\x16\x03\x01\r\n\r\n");
    check_has(ASK("GET", "/metrics"), "a_total 1\n");
}
END_TEST

START_TEST(the_socket_is_for_the_group_alone) {
    struct stat file;

    ck_assert_int_eq(stat(path, &file), 0);
    ck_assert_int_eq(file.st_mode & 07777, 0660);
}
END_TEST

START_TEST(a_silent_connection_is_closed_after_its_time) {
    int64_t started_ms = clock_monotonic_ms();
    int fd = fastcgi_connect(path);

    ck_assert(fastcgi_send(fd, "GET", 3));
    ck_assert(fastcgi_is_closed(fd, 9000));
    ck_assert_int_ge(clock_monotonic_ms() - started_ms, 4000);
    close(fd);
}
END_TEST

START_TEST(stopping_does_not_wait_for_open_connections) {
    int64_t started_ms = clock_monotonic_ms();
    int fd = fastcgi_connect(path);

    ck_assert(fastcgi_send(fd, "GET", 3));
    http_stop(&http);
    ck_assert_int_lt(clock_monotonic_ms() - started_ms,
                     3500); /* it would have been closed after 5 s */
    close(fd);
}
END_TEST

START_TEST(an_old_socket_file_is_replaced) {
    struct http *second = NULL;

    ck_assert_int_eq(start_at(listen_at, &second), ST_OK);
    check_has(ASK("GET", "/metrics"), "a_total 1\n");
    http_stop(&second);
}
END_TEST

START_TEST(O12_the_socket_file_of_a_successor_stays) {
    struct http *second = NULL;

    ck_assert_int_eq(start_at(listen_at, &second), ST_OK);
    http_stop(&http);
    check_has(ASK("GET", "/metrics"), "a_total 1\n");
    http_stop(&second);
    ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

START_TEST(an_address_that_is_none_is_invalid) {
    static const char *const wrong[] = {"",
                                        "unix:",
                                        "unix:relative",
                                        "9101",
                                        ":9101",
                                        "localhost:9101",
                                        "127.0.0.1",
                                        "127.0.0.1:",
                                        "127.0.0.1:x",
                                        "127.0.0.1:99999999",
                                        "::1:9101",
                                        "[::1]",
                                        "[::1:9101",
                                        "[]:9101"};
    struct http *none = NULL;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        ck_assert_msg(start_at(wrong[i], &none) == ST_INVALID, "%s", wrong[i]);
        ck_assert_ptr_null(none);
        ck_assert_str_ne(why, "");
    }
}
END_TEST

START_TEST(a_place_that_cannot_be_listened_on_is_a_fault) {
    struct http *none = NULL;

    ck_assert_int_eq(start_at("unix:/nonexistent/socket", &none), ST_FAULT);
    ck_assert_int_eq(start_at("192.0.2.1:9101", &none), ST_FAULT);
    ck_assert_ptr_null(none);
}
END_TEST

START_TEST(tcp_works_too) {
    struct http *tcp = NULL;
    char address[32];
    int port, fd = -1;

    for (port = 20000 + getpid() % 20000; port < 65000 && !tcp; port++) {
        snprintf(address, sizeof address, "127.0.0.1:%d", port);
        start_at(address, &tcp);
    }
    ck_assert_ptr_nonnull(tcp);
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)(port - 1)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    fd = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(connect(fd, (const struct sockaddr *)&to, sizeof to), 0);
    ck_assert(fastcgi_send(fd, "GET /metrics HTTP/1.0\r\n\r\n", 25));
    ck_assert_int_gt(recv(fd, got, sizeof got, 0), 0);
    ck_assert_int_eq(strncmp(got, "HTTP/1.", 7), 0);
    close(fd);
    http_stop(&tcp);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("http");
    TCase *tcase = tcase_create("listener");
    static const TTest *const *const tests[] = {
        &a_get_is_answered_by_the_handler,
        &a_status_and_a_type_of_the_handler_are_kept,
        &a_head_has_no_body,
        &an_unknown_path_is_not_found,
        &another_method_is_not_allowed,
        &a_get_with_a_body_is_answered,
        &a_long_answer_comes_whole,
        &an_endless_answer_is_an_error,
        &garbage_does_no_harm,
        &the_socket_is_for_the_group_alone,
        &a_silent_connection_is_closed_after_its_time,
        &stopping_does_not_wait_for_open_connections,
        &an_old_socket_file_is_replaced,
        &O12_the_socket_file_of_a_successor_stays,
        &an_address_that_is_none_is_invalid,
        &a_place_that_cannot_be_listened_on_is_a_fault,
        &tcp_works_too,
    };
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tcase, 30);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
        tcase_add_test(tcase, *tests[i]);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}

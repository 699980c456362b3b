/* link/fcgi from its opening to its end, and what it leans on in libfcgi. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <fcgiapp.h>

#include "fastcgi.h"
#include "fcgi_service.h"

static struct fcgi_service service;
static struct buffer request;
static struct fastcgi_reply reply;
static char why[256];

static void set_up(void) {
    fcgi_service_prepare(&service);
    buffer_init(&request, 1024 * 1024);
    fastcgi_add_post(&request, 1, text_of("hello"), true);
}

static void tear_down(void) {
    if (service.fcgi)
        fcgi_service_stop(&service);
    rmdir(service.folder);
    buffer_done(&request);
}

/* Without threads: the test itself accepts. */
static void open_alone(void) {
    struct fcgi_options options = fcgi_service_options(&service);

    fcgi_service_start_with(&service, 0, &options);
}

/* --- opening --- */

START_TEST(a_socket_file_is_there_while_it_is_open) {
    struct stat file;

    open_alone();
    ck_assert_int_eq(stat(service.path, &file), 0);
    ck_assert(S_ISSOCK(file.st_mode));
    fcgi_close(&service.fcgi);
    ck_assert_int_ne(stat(service.path, &file), 0);
}
END_TEST

START_TEST(an_old_socket_file_is_replaced_and_a_successors_is_left) {
    struct fcgi_options options = fcgi_service_options(&service);
    struct fcgi *second = NULL;

    open_alone();
    ck_assert_int_eq(fcgi_open(&options, &second, why, sizeof why), ST_OK);
    fcgi_close(&service.fcgi);
    ck_assert_int_eq(access(service.path, F_OK), 0);
    fcgi_close(&second);
    ck_assert_int_ne(access(service.path, F_OK), 0);
}
END_TEST

static void check_not_opened(const char *path, enum status expected) {
    struct fcgi_options options = fcgi_service_options(&service);
    struct fcgi *none = NULL;
    int before = fcgi_service_descriptors();

    options.socket = path;
    why[0] = '\0';
    ck_assert_int_eq(fcgi_open(&options, &none, why, sizeof why), expected);
    ck_assert_ptr_null(none);
    ck_assert_str_ne(why, "");
    ck_assert_int_eq(fcgi_service_descriptors(), before);
}

START_TEST(a_path_that_cannot_be_is_invalid) {
    char longest[200];

    memset(longest, 'x', sizeof longest - 1);
    longest[0] = '/';
    longest[sizeof longest - 1] = '\0';
    check_not_opened(longest, ST_INVALID);
    check_not_opened("relative", ST_INVALID);
    check_not_opened("/nonexistent/socket", ST_INVALID);
    check_not_opened("/etc/passwd", ST_INVALID);
    ck_assert_int_eq(access("/etc/passwd", F_OK), 0);
}
END_TEST

START_TEST(a_listener_may_be_passed_in) {
    struct fcgi_options options = fcgi_service_options(&service);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    strcpy(address.sun_path, service.path);
    ck_assert_int_eq(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    options.inherited_fd = fd;
    ck_assert_int_eq(fcgi_open(&options, &service.fcgi, why, sizeof why), ST_INVALID);
    ck_assert_int_eq(listen(fd, 16), 0);
    options.socket = NULL;
    fcgi_service_start_with(&service, 1, &options);
    ck_assert(fcgi_service_answers(&service, 500));
    fcgi_service_stop(&service);
    ck_assert_int_eq(access(service.path, F_OK), 0);
    unlink(service.path);
}
END_TEST

START_TEST(a_descriptor_that_does_not_listen_is_invalid) {
    struct fcgi_options options = fcgi_service_options(&service);
    int ends[2];

    ck_assert_int_eq(pipe(ends), 0);
    options.inherited_fd = ends[0];
    ck_assert_int_eq(fcgi_open(&options, &service.fcgi, why, sizeof why), ST_INVALID);
    close(ends[1]);
}
END_TEST

static void on_signal(int number) {
    (void)number;
}

START_TEST(signals_stay_the_programs) {
    struct sigaction action = {.sa_handler = on_signal}, after;

    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGUSR1, &action, NULL);
    open_alone();
    sigaction(SIGTERM, NULL, &after);
    ck_assert(after.sa_handler == on_signal);
    sigaction(SIGUSR1, NULL, &after);
    ck_assert(after.sa_handler == on_signal);
    sigaction(SIGPIPE, NULL, &after);
    ck_assert(after.sa_handler == SIG_IGN);
}
END_TEST

/* --- stopping --- */

START_TEST(P9_idle_and_half_open_connections_do_not_delay_the_end) {
    int fds[60];

    struct fcgi_options options = fcgi_service_options(&service);
    fcgi_service_start_with(&service, 2, &options);
    for (int i = 0; i < 60; i++) {
        fds[i] = fastcgi_connect(service.path);
        if (i % 3 == 1)
            fastcgi_exchange(fds[i], &request, &reply);
        if (i % 3 == 2)
            fastcgi_send(fds[i], request.data, 20);
    }
    ck_assert_int_lt(fcgi_service_stop(&service), 1000);
    for (int i = 0; i < 60; i++) {
        ck_assert(fastcgi_is_closed(fds[i], 100));
        close(fds[i]);
    }
}
END_TEST

START_TEST(P8_a_request_in_flight_is_answered_after_the_stop) {
    struct fcgi_request *taken = NULL, *none = NULL;
    struct pulse pulse = {"io", 0, 0, 0};
    int fd;

    open_alone();
    fd = fastcgi_connect(service.path);
    ck_assert(fastcgi_send(fd, request.data, request.len));
    ck_assert_int_eq(fcgi_accept(service.fcgi, &pulse, &taken), ST_OK);
    ck_assert_int_eq(pulse.beats % 2, 1);
    fcgi_stop(service.fcgi);
    ck_assert_int_eq(fcgi_accept(service.fcgi, &pulse, &none), ST_GONE);
    fcgi_reply(taken, text_of("Status: 200 OK\r\n\r\n"), text_of("done"));
    fastcgi_receive(fd, 1, &reply);
    ck_assert(reply.ended);
    ck_assert_ptr_nonnull(strstr(reply.body, "done"));
    ck_assert(fastcgi_is_closed(fd, 100));
    close(fd);
}
END_TEST

/* --- what is leant on in libfcgi --- */

static FCGX_Request handed;

static void hand_over(int fd) {
    FCGX_InitRequest(&handed, -1, 0);
    handed.ipcFd = fd;
    handed.keepConnection = 1;
}

static bool is_open(int fd) {
    return fcntl(fd, F_GETFD) >= 0;
}

START_TEST(libfcgi_takes_a_descriptor_and_gives_it_back) {
    int ends[2];

    open_alone();
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    for (int i = 0; i < 2; i++) {
        ck_assert(fastcgi_send(ends[1], request.data, request.len));
        hand_over(ends[0]);
        ck_assert_int_eq(FCGX_Accept_r(&handed), 0);
        ck_assert_int_eq(handed.ipcFd, ends[0]);
        ck_assert_int_eq(handed.keepConnection, 1);
        ck_assert_str_eq(handed.envp[0], "FCGI_ROLE=RESPONDER");
        ck_assert_str_eq(handed.envp[1], "REQUEST_METHOD=POST");
        FCGX_Finish_r(&handed);
        ck_assert_int_eq(handed.ipcFd, ends[0]);
        ck_assert(is_open(ends[0]));
        fastcgi_receive(ends[1], 1, &reply);
        ck_assert(reply.ended);
    }
    close(ends[0]);
    close(ends[1]);
}
END_TEST

START_TEST(libfcgi_closes_a_descriptor_on_which_no_request_lies) {
    static const char *const kinds[] = {"", "garbage!", "\1\1\0"};

    open_alone();
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        int ends[2];

        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
        fastcgi_send(ends[1], kinds[i], strlen(kinds[i]));
        close(ends[1]);
        hand_over(ends[0]);
        ck_assert_int_eq(FCGX_Accept_r(&handed), -EBADF);
        ck_assert(!is_open(ends[0]));
    }
}
END_TEST

START_TEST(libfcgi_closes_a_descriptor_that_cannot_be_written) {
    int ends[2];

    open_alone();
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    ck_assert(fastcgi_send(ends[1], request.data, request.len));
    hand_over(ends[0]);
    ck_assert_int_eq(FCGX_Accept_r(&handed), 0);
    close(ends[1]);
    FCGX_PutStr("x", 1, handed.out);
    FCGX_Finish_r(&handed);
    ck_assert_int_eq(handed.ipcFd, -1);
    ck_assert(!is_open(ends[0]));
}
END_TEST

START_TEST(libfcgi_reads_and_answers_on_two_descriptors) {
    FILE *copy = tmpfile();
    int ends[2];

    open_alone();
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    ck_assert_int_eq(pwrite(fileno(copy), request.data, request.len, 0), (ssize_t)request.len);
    hand_over(fileno(copy));
    ck_assert_int_eq(FCGX_Accept_r(&handed), 0);
    handed.ipcFd = ends[0];
    FCGX_PutStr("other", 5, handed.out);
    FCGX_Finish_r(&handed);
    fastcgi_receive(ends[1], 1, &reply);
    ck_assert_str_eq(reply.body, "other");
    fclose(copy);
    close(ends[0]);
    close(ends[1]);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("fcgi_open");
    TCase *tcase = tcase_create("cases");
    static const TTest *const *const tests[] = {
        &a_socket_file_is_there_while_it_is_open,
        &an_old_socket_file_is_replaced_and_a_successors_is_left,
        &a_path_that_cannot_be_is_invalid,
        &a_listener_may_be_passed_in,
        &a_descriptor_that_does_not_listen_is_invalid,
        &signals_stay_the_programs,
        &P9_idle_and_half_open_connections_do_not_delay_the_end,
        &P8_a_request_in_flight_is_answered_after_the_stop,
        &libfcgi_takes_a_descriptor_and_gives_it_back,
        &libfcgi_closes_a_descriptor_on_which_no_request_lies,
        &libfcgi_closes_a_descriptor_that_cannot_be_written,
        &libfcgi_reads_and_answers_on_two_descriptors,
    };

    tcase_set_timeout(tcase, 100);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
        tcase_add_test(tcase, *tests[i]);
    suite_add_tcase(suite, tcase);
    return unit_run(suite);
}

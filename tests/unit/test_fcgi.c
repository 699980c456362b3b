/* Rows F of the faults: what a peer may do to the FastCGI socket. */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "fastcgi.h"
#include "fcgi_service.h"

static struct fcgi_service service;
static struct buffer request;
static struct fastcgi_reply reply;

static void set_up(void) {
    fcgi_service_start(&service, 1);
    buffer_init(&request, 1024 * 1024);
}

static void tear_down(void) {
    ck_assert_int_lt(fcgi_service_stop(&service), 2000);
    buffer_done(&request);
}

static int connect_now(void) {
    int fd = fastcgi_connect(service.path);

    ck_assert_int_ge(fd, 0);
    return fd;
}

/* The bytes make the connection close at once, cost nothing else, and are counted. */
static void check_refused(const void *data, size_t len) {
    unsigned long long before = fcgi_service_counts(&service).protocol_errors;
    int fd = connect_now();

    ck_assert(fastcgi_send(fd, data, len));
    ck_assert(fastcgi_is_closed(fd, 200));
    close(fd);
    ck_assert_uint_eq(fcgi_service_counts(&service).protocol_errors, before + 1);
    ck_assert(fcgi_service_answers(&service, 200));
}

static void check_answer(const char *expected) {
    int fd = connect_now();

    fastcgi_exchange(fd, &request, &reply);
    ck_assert(reply.ended);
    ck_assert_int_eq(reply.protocol_status, 0);
    ck_assert_ptr_nonnull(strstr(reply.body, "\r\n\r\n"));
    ck_assert_str_eq(strstr(reply.body, "\r\n\r\n") + 4, expected);
    close(fd);
}

/* The last connection closes a moment after its answer. */
static void check_none_open(void) {
    for (int i = 0; i < 100 && fcgi_service_counts(&service).open > 0; i++)
        usleep(5000);
    ck_assert_uint_eq(fcgi_service_counts(&service).open, 0);
}

/* --- who may connect --- */

/* What a stranger in no group sees: 0 refused by the file, 1 closed, 2 taken. */
static int try_as_stranger(void) {
    int status = -1;
    pid_t child = fork();

    if (child == 0) {
        int fd;

        if (setgid(65534) != 0 || setuid(65534) != 0)
            _exit(9);
        fd = fastcgi_connect(service.path);
        if (fd < 0)
            _exit(0);
        _exit(fastcgi_is_closed(fd, 500) ? 1 : 2);
    }
    waitpid(child, &status, 0);
    return WEXITSTATUS(status);
}

START_TEST(F1_a_user_outside_the_group_is_kept_out_by_the_file) {
    struct stat file;

    ck_assert_int_eq(stat(service.path, &file), 0);
    ck_assert_int_eq(file.st_mode & 07777, 0660);
    if (getuid() == 0)
        ck_assert_int_eq(try_as_stranger(), 0);
}
END_TEST

START_TEST(F1_a_user_outside_the_group_is_closed_by_the_peer_check) {
    ck_assert_int_eq(chmod(service.path, 0666), 0);
    if (getuid() != 0)
        return;
    ck_assert_int_eq(try_as_stranger(), 1);
    ck_assert_uint_eq(fcgi_service_counts(&service).refused_peers, 1);
}
END_TEST

START_TEST(F1_a_member_of_the_sockets_group_is_let_in) {
    ck_assert_int_eq(chmod(service.path, 0666), 0);
    if (getuid() != 0)
        return;
    ck_assert_int_eq(chown(service.path, 0, 65534), 0);
    /* The group is asked for when the socket is opened. */
    fcgi_service_stop(&service);
    fcgi_service_prepare(&service);
    ck_assert_int_eq(chmod(service.folder, 02755), 0);
    ck_assert_int_eq(chown(service.folder, 0, 65534), 0);
    ck_assert_int_eq(chmod(service.folder, 02755), 0);
    struct fcgi_options options = fcgi_service_options(&service);
    fcgi_service_start_with(&service, 1, &options);
    ck_assert_int_eq(try_as_stranger(), 2);
}
END_TEST

/* --- silence --- */

START_TEST(F2_a_silent_connection_costs_no_thread) {
    int fd = connect_now();

    ck_assert(fcgi_service_answers(&service, 200));
    close(fd);
}
END_TEST

START_TEST(F3_one_byte_then_silence_frees_the_thread) {
    int fd = connect_now();

    ck_assert(fastcgi_send(fd, "\1", 1));
    ck_assert(fcgi_service_answers(&service, 200));
    ck_assert(fastcgi_is_closed(fd, 1300));
    ck_assert_uint_eq(fcgi_service_counts(&service).timeouts, 1);
    close(fd);
}
END_TEST

START_TEST(F3_a_byte_now_and_then_does_not_outlive_the_requests_bound) {
    int64_t started_ms = clock_monotonic_ms();
    int fd = connect_now();
    size_t at = 0;

    fastcgi_add_post(&request, 1, text_of("hello"), true);
    while (at < request.len && !fastcgi_is_closed(fd, 100) &&
           fastcgi_send(fd, request.data + at, 1))
        at++;
    ck_assert_int_lt(clock_monotonic_ms() - started_ms, 1500);
    ck_assert_uint_eq(fcgi_service_counts(&service).timeouts, 1);
    close(fd);
}
END_TEST

START_TEST(F4_half_a_request_then_close_is_dropped) {
    fastcgi_add_post(&request, 1, text_of("hello"), true);
    for (size_t len = 1; len < request.len; len += 7) {
        int fd = connect_now();

        ck_assert(fastcgi_send(fd, request.data, len));
        close(fd);
    }
    ck_assert(fcgi_service_answers(&service, 200));
    check_none_open();
}
END_TEST

START_TEST(F5_a_peer_that_does_not_close_costs_no_time) {
    int fd = connect_now();

    fastcgi_add_post(&request, 1, text_of("hello"), false);
    fastcgi_exchange(fd, &request, &reply);
    ck_assert(reply.ended);
    ck_assert(fastcgi_is_closed(fd, 100));
    ck_assert(fcgi_service_answers(&service, 200));
    close(fd);
}
END_TEST

/* --- garbage --- */

START_TEST(F6_http_is_closed_at_once) {
    check_refused("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 26);
    check_refused("P", 1);
    check_refused("\x16\x03\x01", 3);
}
END_TEST

START_TEST(F7_another_version_is_closed) {
    check_refused("\2\1\0\1\0\x8\0\0\0\1\0\0\0\0\0\0", 16);
    check_refused("\0\1\0\1\0\x8\0\0\0\1\0\0\0\0\0\0", 16);
}
END_TEST

START_TEST(F7_an_unknown_type_is_closed) {
    check_refused("\1\x0c\0\1\0\0\0\0", 8);
    fastcgi_add_begin(&request, 1, 1, true);
    fastcgi_add(&request, 77, 1, "x", 1);
    check_refused(request.data, request.len);
}
END_TEST

START_TEST(F7_another_role_is_closed) {
    static const unsigned roles[] = {0, 2, 3, 4, 256, 257, 65535};

    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        buffer_reset(&request);
        fastcgi_add_begin(&request, 1, roles[i], true);
        fastcgi_add_params(&request, 1, (const char *const[]){NULL});
        check_refused(request.data, request.len);
    }
}
END_TEST

START_TEST(F7_records_out_of_order_are_closed) {
    static const unsigned first[] = {FASTCGI_ABORT, FASTCGI_END, FASTCGI_PARAMS, FASTCGI_STDIN,
                                     FASTCGI_STDOUT};

    for (size_t i = 0; i < sizeof first / sizeof first[0]; i++) {
        buffer_reset(&request);
        fastcgi_add(&request, first[i], 1, "x", 1);
        check_refused(request.data, request.len);
    }
    buffer_reset(&request);
    fastcgi_add_begin(&request, 1, 1, true);
    fastcgi_add(&request, FASTCGI_STDIN, 1, "x", 1);
    check_refused(request.data, request.len);
    buffer_reset(&request);
    fastcgi_add_begin(&request, 1, 1, true);
    fastcgi_add_begin(&request, 1, 1, true);
    check_refused(request.data, request.len);
}
END_TEST

/* --- parameters --- */

START_TEST(F8_absurd_lengths_of_parameters_are_closed) {
    static const struct text pairs[] = {
        {"\xff\xff\xff\xff\xff\xff\xff\xff", 8},
        {"\xff\xff\xff\xfe\x05NAME", 9},
        {"\x80\x00\xff\xff\x80\x01\x00\x00NAME", 12},
        {"\x7f\x7fNAME", 6},
        {"\x04\xff\xff\xff\xfbNAME", 9},
        {"\x80", 1},
        {"\x04", 1},
        {"\x04\x80\x00", 3},
        {"\x04\x01NAME", 6},
    };

    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        buffer_reset(&request);
        fastcgi_add_begin(&request, 1, 1, true);
        fastcgi_add(&request, FASTCGI_PARAMS, 1, pairs[i].data, pairs[i].len);
        fastcgi_add(&request, FASTCGI_PARAMS, 1, NULL, 0);
        check_refused(request.data, request.len);
        /* The same, found when it is put together. */
        buffer_reset(&request);
        fastcgi_add_begin(&request, 1, 1, true);
        for (size_t at = 0; at < pairs[i].len; at++)
            fastcgi_add(&request, FASTCGI_PARAMS, 1, pairs[i].data + at, 1);
        fastcgi_add(&request, FASTCGI_PARAMS, 1, NULL, 0);
        fastcgi_add(&request, FASTCGI_STDIN, 1, NULL, 0);
        if (pairs[i].len > 1)
            check_refused(request.data, request.len);
    }
}
END_TEST

START_TEST(F16_missing_parameters_are_absent) {
    fastcgi_add_begin(&request, 1, 1, false);
    fastcgi_add_params(&request, 1, (const char *const[]){NULL});
    fastcgi_add(&request, FASTCGI_STDIN, 1, NULL, 0);
    check_answer("ok 0 -|");
}
END_TEST

START_TEST(F17_a_hundred_thousand_parameters_are_closed) {
    struct buffer pairs;

    buffer_init(&pairs, 1024 * 1024);
    fastcgi_add_begin(&request, 1, 1, true);
    for (int i = 0; i < 100000; i++)
        fastcgi_add_pair(&pairs, text_of("A"), text_of("b"));
    for (size_t at = 0; at < pairs.len; at += 40000)
        fastcgi_add(&request, FASTCGI_PARAMS, 1, pairs.data + at,
                    pairs.len - at < 40000 ? pairs.len - at : 40000);
    int fd = connect_now();
    fastcgi_send(fd, request.data, request.len);
    ck_assert(fastcgi_is_closed(fd, 200));
    close(fd);
    ck_assert(fcgi_service_answers(&service, 200));
    buffer_done(&pairs);
}
END_TEST

START_TEST(F17_many_parameters_in_little_room_are_closed) {
    struct buffer pairs;

    buffer_init(&pairs, 1024 * 1024);
    for (int i = 0; i < 300; i++)
        fastcgi_add_pair(&pairs, text_of("A"), text_of("b"));
    fastcgi_add_begin(&request, 1, 1, true);
    fastcgi_add(&request, FASTCGI_PARAMS, 1, pairs.data, pairs.len);
    fastcgi_add(&request, FASTCGI_PARAMS, 1, NULL, 0);
    check_refused(request.data, request.len);
    buffer_done(&pairs);
}
END_TEST

START_TEST(F17_a_parameter_of_60_kilobytes_is_closed) {
    static char value[60000];
    struct buffer pair;

    memset(value, 'v', sizeof value);
    buffer_init(&pair, 1024 * 1024);
    fastcgi_add_pair(&pair, text_of("QUERY_STRING"), text_span(value, sizeof value));
    fastcgi_add_begin(&request, 1, 1, true);
    fastcgi_add(&request, FASTCGI_PARAMS, 1, pair.data, pair.len);
    check_refused(request.data, 24); /* its header is enough */
    buffer_done(&pair);
}
END_TEST

START_TEST(F18_the_first_of_a_name_counts) {
    fastcgi_add_begin(&request, 1, 1, false);
    fastcgi_add_params(&request, 1,
                       (const char *const[]){"REMOTE_ADDR=192.0.2.7", "CONTENT_LENGTH=2",
                                             "REMOTE_ADDR=192.0.2.8", "CONTENT_LENGTH=3", NULL});
    fastcgi_add(&request, FASTCGI_STDIN, 1, "ab", 2);
    fastcgi_add(&request, FASTCGI_STDIN, 1, NULL, 0);
    check_answer("ok 2 192.0.2.7|ab");
}
END_TEST

/* "REMOTE_ADDR=192" with the value "0.2.1" would be kept by libfcgi as another name's value. */
START_TEST(F19_a_name_with_an_equals_sign_or_nul_is_closed) {
    static const struct text names[] = {{"REMOTE_ADDR=192", 15}, {"REMOTE\0ADDR", 11}};

    for (size_t i = 0; i < 2; i++) {
        struct buffer pair;

        buffer_init(&pair, 1024);
        buffer_reset(&request);
        fastcgi_add_pair(&pair, names[i], text_of("0.2.1"));
        fastcgi_add_begin(&request, 1, 1, true);
        fastcgi_add(&request, FASTCGI_PARAMS, 1, pair.data, pair.len);
        fastcgi_add(&request, FASTCGI_PARAMS, 1, NULL, 0);
        check_refused(request.data, request.len);
        buffer_done(&pair);
    }
}
END_TEST

START_TEST(F19_a_value_ends_at_its_nul) {
    struct buffer pair;

    buffer_init(&pair, 1024);
    fastcgi_add_pair(&pair, text_of("REMOTE_ADDR"), text_span("192.0.2.9\0x", 11));
    fastcgi_add_begin(&request, 1, 1, false);
    fastcgi_add(&request, FASTCGI_PARAMS, 1, pair.data, pair.len);
    fastcgi_add(&request, FASTCGI_PARAMS, 1, NULL, 0);
    fastcgi_add(&request, FASTCGI_STDIN, 1, NULL, 0);
    check_answer("ok 0 192.0.2.9|");
    buffer_done(&pair);
}
END_TEST

/* --- management and multiplexing --- */

static void check_values(const char *names, size_t len, unsigned padding, const char *expected,
                         size_t expected_len) {
    uint8_t content[65536];
    size_t got = 0;
    unsigned id = 99;
    int fd = connect_now();

    buffer_reset(&request);
    fastcgi_add_padded(&request, FASTCGI_GET_VALUES, 0, text_span(names, len), padding);
    ck_assert(fastcgi_send(fd, request.data, request.len));
    ck_assert_uint_eq(fastcgi_read_record(fd, &id, content, &got), FASTCGI_GET_VALUES_RESULT);
    ck_assert_uint_eq(id, 0);
    ck_assert_uint_eq(got, expected_len);
    ck_assert_mem_eq(content, expected, expected_len);
    /* And the connection goes on. */
    buffer_reset(&request);
    fastcgi_add_post(&request, 1, text_of("hi"), true);
    fastcgi_exchange(fd, &request, &reply);
    ck_assert(reply.ended);
    close(fd);
}

START_TEST(F10_repeated_names_are_answered_once) {
    struct buffer names;

    buffer_init(&names, 4096);
    for (int i = 0; i < 20; i++)
        fastcgi_add_pair(&names, text_of("FCGI_MPXS_CONNS"), text_of(""));
    check_values(names.data, names.len, 0, "\17\1FCGI_MPXS_CONNS0", 18);
    buffer_done(&names);
}
END_TEST

START_TEST(F10_malformed_management_records_are_closed) {
    fastcgi_add(&request, FASTCGI_GET_VALUES, 0, "\377\377", 2);
    check_refused(request.data, request.len);
    buffer_reset(&request);
    fastcgi_add(&request, FASTCGI_GET_VALUES, 0, "\4\0NAM", 5);
    check_refused(request.data, request.len);
    check_refused("\1\x9\0\0\xff\xff\0\0", 8);
}
END_TEST

START_TEST(F11_values_are_told) {
    static const char asked[] = "\16\0FCGI_MAX_CONNS\15\0FCGI_MAX_REQS\17\0FCGI_MPXS_CONNS\4\0NONE";
    static const char told[] = "\16\1FCGI_MAX_CONNS1\15\1FCGI_MAX_REQS1\17\1FCGI_MPXS_CONNS0";

    check_values(asked, sizeof asked - 1, 0, told, sizeof told - 1);
    check_values(asked, sizeof asked - 1, 5, told, sizeof told - 1);
    check_values(asked + 31, 17, 7, told + 33, 18);
    check_values("", 0, 0, "", 0);
}
END_TEST

START_TEST(F11_another_management_record_is_called_unknown) {
    uint8_t content[65536];
    unsigned id;
    size_t len;
    int fd = connect_now();

    fastcgi_add(&request, FASTCGI_STDOUT, 0, "x", 1);
    ck_assert(fastcgi_send(fd, request.data, request.len));
    ck_assert_uint_eq(fastcgi_read_record(fd, &id, content, &len), FASTCGI_UNKNOWN_TYPE);
    ck_assert_uint_eq(content[0], FASTCGI_STDOUT);
    ck_assert(fastcgi_is_closed(fd, 200));
    close(fd);
}
END_TEST

START_TEST(F12_a_second_request_is_refused_and_the_first_unharmed) {
    uint8_t content[65536];
    unsigned id = 0;
    size_t len = 0;
    int fd = connect_now();

    fastcgi_add_begin(&request, 1, 1, true);
    fastcgi_add_begin(&request, 2, 1, true);
    fastcgi_add_params(&request, 2, (const char *const[]){"REMOTE_ADDR=192.0.2.66", NULL});
    fastcgi_add_params(&request, 1,
                       (const char *const[]){"REMOTE_ADDR=192.0.2.5", "CONTENT_LENGTH=4", NULL});
    fastcgi_add(&request, FASTCGI_STDIN, 1, "ab", 2);
    fastcgi_add(&request, FASTCGI_STDIN, 2, "xx", 2);
    fastcgi_add(&request, FASTCGI_STDIN, 2, NULL, 0);
    fastcgi_add(&request, FASTCGI_STDIN, 1, "cd", 2);
    fastcgi_add(&request, FASTCGI_STDIN, 1, NULL, 0);
    ck_assert(fastcgi_send(fd, request.data, request.len));
    ck_assert_uint_eq(fastcgi_read_record(fd, &id, content, &len), FASTCGI_END);
    ck_assert_uint_eq(id, 2);
    ck_assert_uint_eq(content[4], 1); /* FCGI_CANT_MPX_CONN */
    fastcgi_receive(fd, 1, &reply);
    ck_assert_ptr_nonnull(strstr(reply.body, "ok 4 192.0.2.5|abcd"));
    ck_assert(!fastcgi_is_closed(fd, 50));
    close(fd);
}
END_TEST

/* --- bodies --- */

static void check_body(const char *length, const char *body, const char *expected) {
    char param[64];

    snprintf(param, sizeof param, "CONTENT_LENGTH=%s", length);
    buffer_reset(&request);
    fastcgi_add_begin(&request, 1, 1, false);
    fastcgi_add_params(&request, 1, (const char *const[]){param, NULL});
    if (body[0])
        fastcgi_add(&request, FASTCGI_STDIN, 1, body, strlen(body));
    fastcgi_add(&request, FASTCGI_STDIN, 1, NULL, 0);
    check_answer(expected);
}

START_TEST(F13_an_abort_in_the_body_makes_it_invalid) {
    for (size_t sent = 0; sent <= 3; sent++) {
        buffer_reset(&request);
        fastcgi_add_begin(&request, 1, 1, false);
        fastcgi_add_params(&request, 1, (const char *const[]){"CONTENT_LENGTH=3", NULL});
        if (sent > 0)
            fastcgi_add(&request, FASTCGI_STDIN, 1, "abc", sent);
        fastcgi_add(&request, FASTCGI_ABORT, 1, NULL, 0);
        check_answer("invalid 0 -|");
    }
}
END_TEST

START_TEST(F14_a_short_body_is_invalid) {
    check_body("5", "1234", "invalid 0 -|");
    check_body("5", "", "invalid 0 -|");
}
END_TEST

START_TEST(F15_a_long_body_is_invalid) {
    check_body("3", "1234", "invalid 0 -|");
    check_body("0", "1", "invalid 0 -|");
}
END_TEST

START_TEST(F16_a_length_that_is_none_is_invalid) {
    check_body("x", "1234", "invalid 0 -|");
    check_body("-4", "1234", "invalid 0 -|");
    check_body("4 ", "1234", "invalid 0 -|");
    check_body("99999999999999999999999", "1234", "invalid 0 -|");
    check_body("", "1234", "invalid 0 -|");
    check_body("", "", "ok 0 -|");
}
END_TEST

static void fill_post(size_t len) {
    char *body = malloc(len + 1);

    for (size_t i = 0; i < len; i++)
        body[i] = (char)('a' + i % 26);
    buffer_reset(&request);
    fastcgi_add_post(&request, 1, text_span(body, len), true);
    free(body);
}

START_TEST(a_body_at_the_limit_comes_whole) {
    int fd = connect_now();

    for (size_t len = FCGI_BODY_MAX - 2; len <= FCGI_BODY_MAX; len++) {
        fill_post(len);
        fastcgi_exchange(fd, &request, &reply);
        ck_assert_ptr_nonnull(strstr(reply.body, "ok 163"));
        ck_assert_uint_eq(strlen(strchr(reply.body, '|') + 1), len);
    }
    close(fd);
}
END_TEST

START_TEST(a_body_over_the_limit_is_limited_and_drained) {
    int fd = connect_now();

    for (size_t len = FCGI_BODY_MAX + 1; len < 50000; len += 9000) {
        fill_post(len);
        fastcgi_exchange(fd, &request, &reply);
        ck_assert_ptr_nonnull(strstr(reply.body, "limited 0 192.0.2.1|"));
    }
    fill_post(3);
    fastcgi_exchange(fd, &request, &reply);
    ck_assert_ptr_nonnull(strstr(reply.body, "ok 3 192.0.2.1|abc"));
    close(fd);
}
END_TEST

START_TEST(a_body_nobody_reads_is_drained) {
    static const char bytes[100] = {0};
    int fd = connect_now();

    for (int i = 0; i < 3; i++) {
        buffer_reset(&request);
        fastcgi_add_begin(&request, 1, 1, true);
        fastcgi_add_params(&request, 1,
                           (const char *const[]){"REQUEST_URI=/unread", "CONTENT_LENGTH=9", NULL});
        for (int j = 0; j < 15; j++)
            fastcgi_add(&request, FASTCGI_STDIN, 1, bytes, sizeof bytes);
        fastcgi_add(&request, FASTCGI_STDIN, 1, NULL, 0);
        fastcgi_exchange(fd, &request, &reply);
        ck_assert_ptr_nonnull(strstr(reply.body, "ok 0 -|"));
    }
    close(fd);
}
END_TEST

START_TEST(a_large_answer_comes_whole) {
    int fd = connect_now();

    fastcgi_add_begin(&request, 1, 1, true);
    fastcgi_add_params(&request, 1, (const char *const[]){"REQUEST_URI=/large", NULL});
    fastcgi_add(&request, FASTCGI_STDIN, 1, NULL, 0);
    fastcgi_exchange(fd, &request, &reply);
    ck_assert(reply.ended);
    ck_assert_uint_eq(strspn(strstr(reply.body, "\r\n\r\n") + 4, "x"), FCGI_SERVICE_LARGE);
    close(fd);
}
END_TEST

/* --- many, split, mutated --- */

START_TEST(F20_a_thousand_idle_connections_pin_no_thread) {
    enum { IDLE = 1000 };
    int fds[IDLE];

    fastcgi_add_post(&request, 1, text_of("hello"), true);
    for (int i = 0; i < IDLE; i++) {
        fds[i] = connect_now();
        fastcgi_exchange(fds[i], &request, &reply);
        ck_assert(reply.ended);
    }
    ck_assert(fcgi_service_answers(&service, 200));
    ck_assert_uint_ge(fcgi_service_counts(&service).open, IDLE);
    for (int i = 0; i < IDLE; i++) {
        fastcgi_exchange(fds[i], &request, &reply);
        ck_assert(reply.ended);
        close(fds[i]);
    }
}
END_TEST

START_TEST(F21_a_request_split_anywhere_is_the_same) {
    int fd = connect_now();

    fastcgi_add_post(&request, 1, text_of("hello"), true);
    for (size_t at = 1; at < request.len; at++) {
        ck_assert(fastcgi_send(fd, request.data, at));
        usleep(200);
        ck_assert(fastcgi_send(fd, request.data + at, request.len - at));
        fastcgi_receive(fd, 1, &reply);
        ck_assert(reply.ended);
        ck_assert_ptr_nonnull(strstr(reply.body, "ok 5 192.0.2.1|hello"));
    }
    close(fd);
}
END_TEST

START_TEST(F21_a_request_byte_by_byte_is_the_same) {
    int fd = connect_now();

    fill_post(1500);
    for (size_t at = 0; at < request.len; at++)
        ck_assert(fastcgi_send(fd, request.data + at, 1));
    fastcgi_receive(fd, 1, &reply);
    ck_assert_ptr_nonnull(strstr(reply.body, "ok 1500 192.0.2.1|abcdef"));
    close(fd);
}
END_TEST

START_TEST(F21_parameters_in_many_records_are_the_same) {
    struct buffer pairs;

    buffer_init(&pairs, 1024);
    fastcgi_add_pair(&pairs, text_of("REMOTE_ADDR"), text_of("192.0.2.4"));
    fastcgi_add_pair(&pairs, text_of("CONTENT_LENGTH"), text_of("2"));
    fastcgi_add_begin(&request, 1, 1, false);
    for (size_t at = 0; at < pairs.len; at++)
        fastcgi_add_padded(&request, FASTCGI_PARAMS, 1, text_span(pairs.data + at, 1), at % 8);
    fastcgi_add(&request, FASTCGI_PARAMS, 1, NULL, 0);
    fastcgi_add_padded(&request, FASTCGI_STDIN, 1, text_of("a"), 255);
    fastcgi_add_padded(&request, FASTCGI_STDIN, 1, text_of("b"), 7);
    fastcgi_add_padded(&request, FASTCGI_STDIN, 1, text_of(""), 3);
    check_answer("ok 2 192.0.2.4|ab");
    buffer_done(&pairs);
}
END_TEST

START_TEST(two_requests_in_one_write_are_both_answered) {
    int fd = connect_now();

    fastcgi_add_post(&request, 1, text_of("one"), true);
    fastcgi_add_post(&request, 1, text_of("two"), false);
    fastcgi_exchange(fd, &request, &reply);
    ck_assert_ptr_nonnull(strstr(reply.body, "ok 3 192.0.2.1|one"));
    fastcgi_receive(fd, 1, &reply);
    ck_assert_ptr_nonnull(strstr(reply.body, "ok 3 192.0.2.1|two"));
    ck_assert(fastcgi_is_closed(fd, 200));
    close(fd);
}
END_TEST

static void mutate(struct buffer *copy, unsigned *seed) {
    int times = 1 + rand_r(seed) % 4;

    for (int i = 0; i < times; i++) {
        size_t at = (size_t)rand_r(seed) % copy->len;

        switch (rand_r(seed) % 4) {
        case 0:
            copy->data[at] = (char)rand_r(seed);
            break;
        case 1:
            copy->data[at] = (char)(copy->data[at] ^ 1 << rand_r(seed) % 8);
            break;
        case 2:
            copy->len = at + 1;
            break;
        default:
            memmove(copy->data + at, copy->data + copy->len / 2,
                    copy->len - copy->len / 2 < 9 ? 1
                    : 8 < copy->len - at          ? 8
                                                  : 1);
        }
    }
}

START_TEST(F22_mutated_sessions_do_no_harm) {
    const char *seconds = getenv("MUTATION_SECONDS");
    int64_t end_ms = clock_monotonic_ms() + (seconds ? atoi(seconds) : 3) * 1000;
    unsigned seed = (unsigned)clock_monotonic_us(), first_seed = seed;
    unsigned long sessions = 0;
    struct buffer copy;

    fastcgi_add_post(&request, 1, text_of("hello"), true);
    fastcgi_add(&request, FASTCGI_GET_VALUES, 0, "\17\0FCGI_MPXS_CONNS", 17);
    fastcgi_add_post(&request, 1, text_of("second"), true);
    buffer_init(&copy, request.len + 1);
    for (; clock_monotonic_ms() < end_ms; sessions++) {
        int fd = connect_now();

        buffer_reset(&copy);
        buffer_add(&copy, request.data, request.len);
        mutate(&copy, &seed);
        fastcgi_send(fd, copy.data, copy.len);
        close(fd);
        if (sessions % 500 == 0)
            ck_assert_msg(fcgi_service_answers(&service, 1000), "seed %u", first_seed);
    }
    buffer_done(&copy);
    ck_assert_msg(fcgi_service_answers(&service, 1000), "seed %u", first_seed);
    check_none_open();
}
END_TEST

int main(void) {
    Suite *suite = suite_create("fcgi");
    TCase *tcase = tcase_create("faults");
    static const TTest *const *const tests[] = {
        &F1_a_user_outside_the_group_is_kept_out_by_the_file,
        &F1_a_user_outside_the_group_is_closed_by_the_peer_check,
        &F1_a_member_of_the_sockets_group_is_let_in,
        &F2_a_silent_connection_costs_no_thread,
        &F3_one_byte_then_silence_frees_the_thread,
        &F3_a_byte_now_and_then_does_not_outlive_the_requests_bound,
        &F4_half_a_request_then_close_is_dropped,
        &F5_a_peer_that_does_not_close_costs_no_time,
        &F6_http_is_closed_at_once,
        &F7_another_version_is_closed,
        &F7_an_unknown_type_is_closed,
        &F7_another_role_is_closed,
        &F7_records_out_of_order_are_closed,
        &F8_absurd_lengths_of_parameters_are_closed,
        &F10_repeated_names_are_answered_once,
        &F10_malformed_management_records_are_closed,
        &F11_values_are_told,
        &F11_another_management_record_is_called_unknown,
        &F12_a_second_request_is_refused_and_the_first_unharmed,
        &F13_an_abort_in_the_body_makes_it_invalid,
        &F14_a_short_body_is_invalid,
        &F15_a_long_body_is_invalid,
        &F16_missing_parameters_are_absent,
        &F16_a_length_that_is_none_is_invalid,
        &F17_a_hundred_thousand_parameters_are_closed,
        &F17_many_parameters_in_little_room_are_closed,
        &F17_a_parameter_of_60_kilobytes_is_closed,
        &F18_the_first_of_a_name_counts,
        &F19_a_name_with_an_equals_sign_or_nul_is_closed,
        &F19_a_value_ends_at_its_nul,
        &a_body_at_the_limit_comes_whole,
        &a_body_over_the_limit_is_limited_and_drained,
        &a_body_nobody_reads_is_drained,
        &a_large_answer_comes_whole,
        &F20_a_thousand_idle_connections_pin_no_thread,
        &F21_a_request_split_anywhere_is_the_same,
        &F21_a_request_byte_by_byte_is_the_same,
        &F21_parameters_in_many_records_are_the_same,
        &two_requests_in_one_write_are_both_answered,
        &F22_mutated_sessions_do_no_harm,
    };
    SRunner *runner = srunner_create(suite);
    int failed;

    signal(SIGPIPE, SIG_IGN);
    tcase_set_timeout(tcase, 100);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
        tcase_add_test(tcase, *tests[i]);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}

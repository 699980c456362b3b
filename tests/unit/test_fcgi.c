/* Who may connect to the FastCGI socket, and what a peer may do there (rows F of the faults). */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "fcgi_case.h"

/* --- who may connect --- */

/* What a stranger in no group sees: 0 refused by the file, 1 closed, 2 taken. */
static int try_as_stranger(void) {
    int status = -1;
    pid_t child = fork();

    if (child == 0) {
        int fd;

        if (setgid(65534) != 0 || setuid(65534) != 0)
            _exit(9);
        fd = fastcgi_connect(fcgi_case.service.path);
        if (fd < 0)
            _exit(0);
        _exit(fastcgi_is_closed(fd, 500) ? 1 : 2);
    }
    waitpid(child, &status, 0);
    return WEXITSTATUS(status);
}

START_TEST(F1_a_user_outside_the_group_is_kept_out_by_the_file) {
    struct stat file;

    ck_assert_int_eq(stat(fcgi_case.service.path, &file), 0);
    ck_assert_int_eq(file.st_mode & 07777, 0660);
    if (getuid() == 0)
        ck_assert_int_eq(try_as_stranger(), 0);
}
END_TEST

START_TEST(F1_a_user_outside_the_group_is_closed_by_the_peer_check) {
    ck_assert_int_eq(chmod(fcgi_case.service.path, 0666), 0);
    if (getuid() != 0)
        return;
    ck_assert_int_eq(try_as_stranger(), 1);
    ck_assert_uint_eq(fcgi_service_counts(&fcgi_case.service).refused_peers, 1);
}
END_TEST

START_TEST(F1_a_member_of_the_sockets_group_is_let_in) {
    ck_assert_int_eq(chmod(fcgi_case.service.path, 0666), 0);
    if (getuid() != 0)
        return;
    ck_assert_int_eq(chown(fcgi_case.service.path, 0, 65534), 0);
    /* The group is asked for when the socket is opened. */
    fcgi_service_stop(&fcgi_case.service);
    fcgi_service_prepare(&fcgi_case.service);
    ck_assert_int_eq(chmod(fcgi_case.service.folder, 02755), 0);
    ck_assert_int_eq(chown(fcgi_case.service.folder, 0, 65534), 0);
    ck_assert_int_eq(chmod(fcgi_case.service.folder, 02755), 0);
    struct fcgi_options options = fcgi_service_options(&fcgi_case.service);
    fcgi_service_start_with(&fcgi_case.service, 1, &options);
    ck_assert_int_eq(try_as_stranger(), 2);
}
END_TEST

/* --- silence --- */

START_TEST(F2_a_silent_connection_costs_no_thread) {
    int fd = fcgi_case_connect();

    ck_assert(fcgi_service_answers(&fcgi_case.service, 200));
    close(fd);
}
END_TEST

START_TEST(F3_one_byte_then_silence_frees_the_thread) {
    int fd = fcgi_case_connect();

    ck_assert(fastcgi_send(fd, "\1", 1));
    ck_assert(fcgi_service_answers(&fcgi_case.service, 200));
    ck_assert(fastcgi_is_closed(fd, 1300));
    ck_assert_uint_eq(fcgi_service_counts(&fcgi_case.service).timeouts, 1);
    close(fd);
}
END_TEST

START_TEST(F3_a_byte_now_and_then_does_not_outlive_the_requests_bound) {
    int fd = fcgi_case_connect();
    size_t at = 0;

    fastcgi_add_post(&fcgi_case.request, 1, text_of("hello"), true);
    while (at < fcgi_case.request.len && !fastcgi_is_closed(fd, 100) &&
           fastcgi_send(fd, fcgi_case.request.data + at, 1))
        at++;
    ck_assert_uint_lt(at, fcgi_case.request.len);
    ck_assert_uint_eq(fcgi_service_counts(&fcgi_case.service).timeouts, 1);
    close(fd);
}
END_TEST

START_TEST(F4_half_a_request_then_close_is_dropped) {
    fastcgi_add_post(&fcgi_case.request, 1, text_of("hello"), true);
    for (size_t len = 1; len < fcgi_case.request.len; len += 7) {
        int fd = fcgi_case_connect();

        ck_assert(fastcgi_send(fd, fcgi_case.request.data, len));
        close(fd);
    }
    ck_assert(fcgi_service_answers(&fcgi_case.service, 200));
    fcgi_case_none_open();
}
END_TEST

START_TEST(F5_a_peer_that_does_not_close_costs_no_time) {
    int fd = fcgi_case_connect();

    fastcgi_add_post(&fcgi_case.request, 1, text_of("hello"), false);
    fastcgi_exchange(fd, &fcgi_case.request, &fcgi_case.reply);
    ck_assert(fcgi_case.reply.ended);
    ck_assert(fastcgi_is_closed(fd, 100));
    ck_assert(fcgi_service_answers(&fcgi_case.service, 200));
    close(fd);
}
END_TEST

START_TEST(F20_a_thousand_idle_connections_pin_no_thread) {
    enum { IDLE = 1000 };
    int fds[IDLE];

    fastcgi_add_post(&fcgi_case.request, 1, text_of("hello"), true);
    for (int i = 0; i < IDLE; i++) {
        fds[i] = fcgi_case_connect();
        fastcgi_exchange(fds[i], &fcgi_case.request, &fcgi_case.reply);
        ck_assert(fcgi_case.reply.ended);
    }
    ck_assert(fcgi_service_answers(&fcgi_case.service, 200));
    ck_assert_uint_ge(fcgi_service_counts(&fcgi_case.service).open, IDLE);
    for (int i = 0; i < IDLE; i++) {
        fastcgi_exchange(fds[i], &fcgi_case.request, &fcgi_case.reply);
        ck_assert(fcgi_case.reply.ended);
        close(fds[i]);
    }
}
END_TEST

/* --- garbage --- */

START_TEST(F6_http_is_closed_at_once) {
    fcgi_case_refused("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 26);
    fcgi_case_refused("P", 1);
    fcgi_case_refused("\x16\x03\x01", 3);
}
END_TEST

START_TEST(F7_another_version_is_closed) {
    fcgi_case_refused("\2\1\0\1\0\x8\0\0\0\1\0\0\0\0\0\0", 16);
    fcgi_case_refused("\0\1\0\1\0\x8\0\0\0\1\0\0\0\0\0\0", 16);
}
END_TEST

START_TEST(F7_an_unknown_type_is_closed) {
    fcgi_case_refused("\1\x0c\0\1\0\0\0\0", 8);
    fastcgi_add_begin(&fcgi_case.request, 1, 1, true);
    fastcgi_add(&fcgi_case.request, 77, 1, "x", 1);
    fcgi_case_refused(fcgi_case.request.data, fcgi_case.request.len);
}
END_TEST

START_TEST(F7_another_role_is_closed) {
    static const unsigned roles[] = {0, 2, 3, 4, 256, 257, 65535};

    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        buffer_reset(&fcgi_case.request);
        fastcgi_add_begin(&fcgi_case.request, 1, roles[i], true);
        fastcgi_add_params(&fcgi_case.request, 1, (const char *const[]){NULL});
        fcgi_case_refused(fcgi_case.request.data, fcgi_case.request.len);
    }
}
END_TEST

START_TEST(F7_records_out_of_order_are_closed) {
    static const unsigned first[] = {FASTCGI_ABORT, FASTCGI_END, FASTCGI_PARAMS, FASTCGI_STDIN,
                                     FASTCGI_STDOUT};

    for (size_t i = 0; i < sizeof first / sizeof first[0]; i++) {
        buffer_reset(&fcgi_case.request);
        fastcgi_add(&fcgi_case.request, first[i], 1, "x", 1);
        fcgi_case_refused(fcgi_case.request.data, fcgi_case.request.len);
    }
    buffer_reset(&fcgi_case.request);
    fastcgi_add_begin(&fcgi_case.request, 1, 1, true);
    fastcgi_add(&fcgi_case.request, FASTCGI_STDIN, 1, "x", 1);
    fcgi_case_refused(fcgi_case.request.data, fcgi_case.request.len);
    buffer_reset(&fcgi_case.request);
    fastcgi_add_begin(&fcgi_case.request, 1, 1, true);
    fastcgi_add_begin(&fcgi_case.request, 1, 1, true);
    fcgi_case_refused(fcgi_case.request.data, fcgi_case.request.len);
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

/* Far beyond what a busy machine takes: who does not answer by then is stuck. */
enum { ANSWER_MS = 15000 };

START_TEST(F22_mutated_sessions_do_no_harm) {
    const char *seconds = getenv("MUTATION_SECONDS");
    int64_t end_ms = clock_monotonic_ms() + (seconds ? atoi(seconds) : 3) * 1000;
    const char *given = getenv("MUTATION_SEED"); /* to go the same way again */
    unsigned seed = given ? (unsigned)atoll(given) : (unsigned)clock_monotonic_us();
    unsigned first_seed = seed;
    unsigned long sessions = 0;
    struct buffer copy;

    fastcgi_add_post(&fcgi_case.request, 1, text_of("hello"), true);
    fastcgi_add(&fcgi_case.request, FASTCGI_GET_VALUES, 0, "\17\0FCGI_MPXS_CONNS", 17);
    fastcgi_add_post(&fcgi_case.request, 1, text_of("second"), true);
    buffer_init(&copy, fcgi_case.request.len + 1);
    for (; clock_monotonic_ms() < end_ms; sessions++) {
        int fd = fcgi_case_connect();

        buffer_reset(&copy);
        buffer_add(&copy, fcgi_case.request.data, fcgi_case.request.len);
        mutate(&copy, &seed);
        fastcgi_send(fd, copy.data, copy.len);
        close(fd);
        if (sessions % 500 == 0)
            ck_assert_msg(fcgi_service_answers(&fcgi_case.service, ANSWER_MS), "seed %u",
                          first_seed);
    }
    buffer_done(&copy);
    ck_assert_msg(fcgi_service_answers(&fcgi_case.service, ANSWER_MS), "seed %u", first_seed);
    fcgi_case_none_open();
}
END_TEST

int main(void) {
    Suite *suite = suite_create("fcgi");
    TCase *tcase = tcase_create("cases");
    static const TTest *const *const tests[] = {
        &F1_a_user_outside_the_group_is_kept_out_by_the_file,
        &F1_a_user_outside_the_group_is_closed_by_the_peer_check,
        &F1_a_member_of_the_sockets_group_is_let_in,
        &F2_a_silent_connection_costs_no_thread,
        &F3_one_byte_then_silence_frees_the_thread,
        &F3_a_byte_now_and_then_does_not_outlive_the_requests_bound,
        &F4_half_a_request_then_close_is_dropped,
        &F5_a_peer_that_does_not_close_costs_no_time,
        &F20_a_thousand_idle_connections_pin_no_thread,
        &F6_http_is_closed_at_once,
        &F7_another_version_is_closed,
        &F7_an_unknown_type_is_closed,
        &F7_another_role_is_closed,
        &F7_records_out_of_order_are_closed,
        &F22_mutated_sessions_do_no_harm,
    };

    tcase_set_timeout(tcase, 100);
    tcase_add_checked_fixture(tcase, fcgi_case_set_up, fcgi_case_tear_down);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
        tcase_add_test(tcase, *tests[i]);
    suite_add_tcase(suite, tcase);
    return unit_run(suite);
}

/* Bodies, and requests that come in pieces (rows F of the faults). */
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fcgi_case.h"

/* --- bodies --- */

static void check_body(const char *length, const char *body, const char *expected) {
    char param[64];

    snprintf(param, sizeof param, "CONTENT_LENGTH=%s", length);
    buffer_reset(&fcgi_case.request);
    fastcgi_add_begin(&fcgi_case.request, 1, 1, false);
    fastcgi_add_params(&fcgi_case.request, 1, (const char *const[]){param, NULL});
    if (body[0])
        fastcgi_add(&fcgi_case.request, FASTCGI_STDIN, 1, body, strlen(body));
    fastcgi_add(&fcgi_case.request, FASTCGI_STDIN, 1, NULL, 0);
    fcgi_case_answer(expected);
}

START_TEST(F13_an_abort_in_the_body_makes_it_invalid) {
    for (size_t sent = 0; sent <= 3; sent++) {
        buffer_reset(&fcgi_case.request);
        fastcgi_add_begin(&fcgi_case.request, 1, 1, false);
        fastcgi_add_params(&fcgi_case.request, 1, (const char *const[]){"CONTENT_LENGTH=3", NULL});
        if (sent > 0)
            fastcgi_add(&fcgi_case.request, FASTCGI_STDIN, 1, "abc", sent);
        fastcgi_add(&fcgi_case.request, FASTCGI_ABORT, 1, NULL, 0);
        fcgi_case_answer("invalid 0 -|");
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

START_TEST(a_body_at_the_limit_comes_whole) {
    int fd = fcgi_case_connect();

    for (size_t len = FCGI_BODY_MAX - 2; len <= FCGI_BODY_MAX; len++) {
        fcgi_case_fill_post(len);
        fastcgi_exchange(fd, &fcgi_case.request, &fcgi_case.reply);
        ck_assert_ptr_nonnull(strstr(fcgi_case.reply.body, "ok 163"));
        ck_assert_uint_eq(strlen(strchr(fcgi_case.reply.body, '|') + 1), len);
    }
    close(fd);
}
END_TEST

START_TEST(a_body_over_the_limit_is_limited_and_drained) {
    int fd = fcgi_case_connect();

    for (size_t len = FCGI_BODY_MAX + 1; len < 50000; len += 9000) {
        fcgi_case_fill_post(len);
        fastcgi_exchange(fd, &fcgi_case.request, &fcgi_case.reply);
        ck_assert_ptr_nonnull(strstr(fcgi_case.reply.body, "limited 0 192.0.2.1|"));
    }
    fcgi_case_fill_post(3);
    fastcgi_exchange(fd, &fcgi_case.request, &fcgi_case.reply);
    ck_assert_ptr_nonnull(strstr(fcgi_case.reply.body, "ok 3 192.0.2.1|abc"));
    close(fd);
}
END_TEST

START_TEST(a_body_nobody_reads_is_drained) {
    static const char bytes[100] = {0};
    int fd = fcgi_case_connect();

    for (int i = 0; i < 3; i++) {
        buffer_reset(&fcgi_case.request);
        fastcgi_add_begin(&fcgi_case.request, 1, 1, true);
        fastcgi_add_params(&fcgi_case.request, 1,
                           (const char *const[]){"REQUEST_URI=/unread", "CONTENT_LENGTH=9", NULL});
        for (int j = 0; j < 15; j++)
            fastcgi_add(&fcgi_case.request, FASTCGI_STDIN, 1, bytes, sizeof bytes);
        fastcgi_add(&fcgi_case.request, FASTCGI_STDIN, 1, NULL, 0);
        fastcgi_exchange(fd, &fcgi_case.request, &fcgi_case.reply);
        ck_assert_ptr_nonnull(strstr(fcgi_case.reply.body, "ok 0 -|"));
    }
    close(fd);
}
END_TEST

START_TEST(a_large_answer_comes_whole) {
    int fd = fcgi_case_connect();

    fastcgi_add_begin(&fcgi_case.request, 1, 1, true);
    fastcgi_add_params(&fcgi_case.request, 1, (const char *const[]){"REQUEST_URI=/large", NULL});
    fastcgi_add(&fcgi_case.request, FASTCGI_STDIN, 1, NULL, 0);
    fastcgi_exchange(fd, &fcgi_case.request, &fcgi_case.reply);
    ck_assert(fcgi_case.reply.ended);
    ck_assert_uint_eq(strspn(strstr(fcgi_case.reply.body, "\r\n\r\n") + 4, "x"),
                      FCGI_SERVICE_LARGE);
    close(fd);
}
END_TEST

/* --- split in every way --- */

START_TEST(F21_a_request_split_anywhere_is_the_same) {
    int fd = fcgi_case_connect();

    fastcgi_add_post(&fcgi_case.request, 1, text_of("hello"), true);
    for (size_t at = 1; at < fcgi_case.request.len; at++) {
        ck_assert(fastcgi_send(fd, fcgi_case.request.data, at));
        usleep(200);
        ck_assert(fastcgi_send(fd, fcgi_case.request.data + at, fcgi_case.request.len - at));
        fastcgi_receive(fd, 1, &fcgi_case.reply);
        ck_assert(fcgi_case.reply.ended);
        ck_assert_ptr_nonnull(strstr(fcgi_case.reply.body, "ok 5 192.0.2.1|hello"));
    }
    close(fd);
}
END_TEST

START_TEST(F21_a_request_byte_by_byte_is_the_same) {
    int fd = fcgi_case_connect();

    fcgi_case_fill_post(1500);
    for (size_t at = 0; at < fcgi_case.request.len; at++)
        ck_assert(fastcgi_send(fd, fcgi_case.request.data + at, 1));
    fastcgi_receive(fd, 1, &fcgi_case.reply);
    ck_assert_ptr_nonnull(strstr(fcgi_case.reply.body, "ok 1500 192.0.2.1|abcdef"));
    close(fd);
}
END_TEST

START_TEST(F21_parameters_in_many_records_are_the_same) {
    struct buffer pairs;

    buffer_init(&pairs, 1024);
    fastcgi_add_pair(&pairs, text_of("REMOTE_ADDR"), text_of("192.0.2.4"));
    fastcgi_add_pair(&pairs, text_of("CONTENT_LENGTH"), text_of("2"));
    fastcgi_add_begin(&fcgi_case.request, 1, 1, false);
    for (size_t at = 0; at < pairs.len; at++)
        fastcgi_add_padded(&fcgi_case.request, FASTCGI_PARAMS, 1, text_span(pairs.data + at, 1),
                           at % 8);
    fastcgi_add(&fcgi_case.request, FASTCGI_PARAMS, 1, NULL, 0);
    fastcgi_add_padded(&fcgi_case.request, FASTCGI_STDIN, 1, text_of("a"), 255);
    fastcgi_add_padded(&fcgi_case.request, FASTCGI_STDIN, 1, text_of("b"), 7);
    fastcgi_add_padded(&fcgi_case.request, FASTCGI_STDIN, 1, text_of(""), 3);
    fcgi_case_answer("ok 2 192.0.2.4|ab");
    buffer_done(&pairs);
}
END_TEST

START_TEST(two_requests_in_one_write_are_both_answered) {
    int fd = fcgi_case_connect();

    fastcgi_add_post(&fcgi_case.request, 1, text_of("one"), true);
    fastcgi_add_post(&fcgi_case.request, 1, text_of("two"), false);
    fastcgi_exchange(fd, &fcgi_case.request, &fcgi_case.reply);
    ck_assert_ptr_nonnull(strstr(fcgi_case.reply.body, "ok 3 192.0.2.1|one"));
    fastcgi_receive(fd, 1, &fcgi_case.reply);
    ck_assert_ptr_nonnull(strstr(fcgi_case.reply.body, "ok 3 192.0.2.1|two"));
    ck_assert(fastcgi_is_closed(fd, 200));
    close(fd);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("fcgi_body");
    TCase *tcase = tcase_create("cases");
    static const TTest *const *const tests[] = {
        &F13_an_abort_in_the_body_makes_it_invalid,
        &F14_a_short_body_is_invalid,
        &F15_a_long_body_is_invalid,
        &F16_a_length_that_is_none_is_invalid,
        &a_body_at_the_limit_comes_whole,
        &a_body_over_the_limit_is_limited_and_drained,
        &a_body_nobody_reads_is_drained,
        &a_large_answer_comes_whole,
        &F21_a_request_split_anywhere_is_the_same,
        &F21_a_request_byte_by_byte_is_the_same,
        &F21_parameters_in_many_records_are_the_same,
        &two_requests_in_one_write_are_both_answered,
    };

    tcase_set_timeout(tcase, 100);
    tcase_add_checked_fixture(tcase, fcgi_case_set_up, fcgi_case_tear_down);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
        tcase_add_test(tcase, *tests[i]);
    suite_add_tcase(suite, tcase);
    return unit_run(suite);
}

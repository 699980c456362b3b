/* Parameters, management records and second requests, right and wrong (rows F of the faults). */
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fcgi_case.h"

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
        buffer_reset(&fcgi_case.request);
        fastcgi_add_begin(&fcgi_case.request, 1, 1, true);
        fastcgi_add(&fcgi_case.request, FASTCGI_PARAMS, 1, pairs[i].data, pairs[i].len);
        fastcgi_add(&fcgi_case.request, FASTCGI_PARAMS, 1, NULL, 0);
        fcgi_case_refused(fcgi_case.request.data, fcgi_case.request.len);
        /* The same, found when it is put together. */
        buffer_reset(&fcgi_case.request);
        fastcgi_add_begin(&fcgi_case.request, 1, 1, true);
        for (size_t at = 0; at < pairs[i].len; at++)
            fastcgi_add(&fcgi_case.request, FASTCGI_PARAMS, 1, pairs[i].data + at, 1);
        fastcgi_add(&fcgi_case.request, FASTCGI_PARAMS, 1, NULL, 0);
        fastcgi_add(&fcgi_case.request, FASTCGI_STDIN, 1, NULL, 0);
        if (pairs[i].len > 1)
            fcgi_case_refused(fcgi_case.request.data, fcgi_case.request.len);
    }
}
END_TEST

START_TEST(F16_missing_parameters_are_absent) {
    fastcgi_add_begin(&fcgi_case.request, 1, 1, false);
    fastcgi_add_params(&fcgi_case.request, 1, (const char *const[]){NULL});
    fastcgi_add(&fcgi_case.request, FASTCGI_STDIN, 1, NULL, 0);
    fcgi_case_answer("ok 0 -|");
}
END_TEST

START_TEST(F17_a_hundred_thousand_parameters_are_closed) {
    struct buffer pairs;

    buffer_init(&pairs, 1024 * 1024);
    fastcgi_add_begin(&fcgi_case.request, 1, 1, true);
    for (int i = 0; i < 100000; i++)
        fastcgi_add_pair(&pairs, text_of("A"), text_of("b"));
    for (size_t at = 0; at < pairs.len; at += 40000)
        fastcgi_add(&fcgi_case.request, FASTCGI_PARAMS, 1, pairs.data + at,
                    pairs.len - at < 40000 ? pairs.len - at : 40000);
    int fd = fcgi_case_connect();
    fastcgi_send(fd, fcgi_case.request.data, fcgi_case.request.len);
    ck_assert(fastcgi_is_closed(fd, 200));
    close(fd);
    ck_assert(fcgi_service_answers(&fcgi_case.service, 200));
    buffer_done(&pairs);
}
END_TEST

START_TEST(F17_many_parameters_in_little_room_are_closed) {
    struct buffer pairs;

    buffer_init(&pairs, 1024 * 1024);
    for (int i = 0; i < 300; i++)
        fastcgi_add_pair(&pairs, text_of("A"), text_of("b"));
    fastcgi_add_begin(&fcgi_case.request, 1, 1, true);
    fastcgi_add(&fcgi_case.request, FASTCGI_PARAMS, 1, pairs.data, pairs.len);
    fastcgi_add(&fcgi_case.request, FASTCGI_PARAMS, 1, NULL, 0);
    fcgi_case_refused(fcgi_case.request.data, fcgi_case.request.len);
    buffer_done(&pairs);
}
END_TEST

START_TEST(F17_a_parameter_of_60_kilobytes_is_closed) {
    static char value[60000];
    struct buffer pair;

    memset(value, 'v', sizeof value);
    buffer_init(&pair, 1024 * 1024);
    fastcgi_add_pair(&pair, text_of("QUERY_STRING"), text_span(value, sizeof value));
    fastcgi_add_begin(&fcgi_case.request, 1, 1, true);
    fastcgi_add(&fcgi_case.request, FASTCGI_PARAMS, 1, pair.data, pair.len);
    fcgi_case_refused(fcgi_case.request.data, 24); /* its header is enough */
    buffer_done(&pair);
}
END_TEST

START_TEST(F18_the_first_of_a_name_counts) {
    fastcgi_add_begin(&fcgi_case.request, 1, 1, false);
    fastcgi_add_params(&fcgi_case.request, 1,
                       (const char *const[]){"REMOTE_ADDR=192.0.2.7", "CONTENT_LENGTH=2",
                                             "REMOTE_ADDR=192.0.2.8", "CONTENT_LENGTH=3", NULL});
    fastcgi_add(&fcgi_case.request, FASTCGI_STDIN, 1, "ab", 2);
    fastcgi_add(&fcgi_case.request, FASTCGI_STDIN, 1, NULL, 0);
    fcgi_case_answer("ok 2 192.0.2.7|ab");
}
END_TEST

/* "REMOTE_ADDR=192" with the value "0.2.1" would be kept by libfcgi as another name's value. */
START_TEST(F19_a_name_with_an_equals_sign_or_nul_is_not_matched) {
    static const struct text names[] = {{"REMOTE_ADDR=192", 15}, {"REMOTE_ADDR\0X", 13}};

    for (size_t i = 0; i < 2; i++) {
        struct buffer pairs;

        buffer_init(&pairs, 1024);
        buffer_reset(&fcgi_case.request);
        fastcgi_add_pair(&pairs, names[i], text_of("0.2.1"));
        fastcgi_add_pair(&pairs, text_of("CONTENT_LENGTH"), text_of("2"));
        fastcgi_add_begin(&fcgi_case.request, 1, 1, false);
        fastcgi_add(&fcgi_case.request, FASTCGI_PARAMS, 1, pairs.data, pairs.len);
        fastcgi_add(&fcgi_case.request, FASTCGI_PARAMS, 1, NULL, 0);
        fastcgi_add(&fcgi_case.request, FASTCGI_STDIN, 1, "ab", 2);
        fastcgi_add(&fcgi_case.request, FASTCGI_STDIN, 1, NULL, 0);
        fcgi_case_answer("ok 2 -|ab");
        buffer_done(&pairs);
    }
}
END_TEST

START_TEST(F19_a_value_ends_at_its_nul) {
    struct buffer pair;

    buffer_init(&pair, 1024);
    fastcgi_add_pair(&pair, text_of("REMOTE_ADDR"), text_span("192.0.2.9\0x", 11));
    fastcgi_add_begin(&fcgi_case.request, 1, 1, false);
    fastcgi_add(&fcgi_case.request, FASTCGI_PARAMS, 1, pair.data, pair.len);
    fastcgi_add(&fcgi_case.request, FASTCGI_PARAMS, 1, NULL, 0);
    fastcgi_add(&fcgi_case.request, FASTCGI_STDIN, 1, NULL, 0);
    fcgi_case_answer("ok 0 192.0.2.9|");
    buffer_done(&pair);
}
END_TEST

/* --- management and multiplexing --- */

static void check_values(const char *names, size_t len, unsigned padding, const char *expected,
                         size_t expected_len) {
    uint8_t content[65536];
    size_t got = 0;
    unsigned id = 99;
    int fd = fcgi_case_connect();

    buffer_reset(&fcgi_case.request);
    fastcgi_add_padded(&fcgi_case.request, FASTCGI_GET_VALUES, 0, text_span(names, len), padding);
    ck_assert(fastcgi_send(fd, fcgi_case.request.data, fcgi_case.request.len));
    ck_assert_uint_eq(fastcgi_read_record(fd, &id, content, &got), FASTCGI_GET_VALUES_RESULT);
    ck_assert_uint_eq(id, 0);
    ck_assert_uint_eq(got, expected_len);
    ck_assert_mem_eq(content, expected, expected_len);
    /* And the connection goes on. */
    buffer_reset(&fcgi_case.request);
    fastcgi_add_post(&fcgi_case.request, 1, text_of("hi"), true);
    fastcgi_exchange(fd, &fcgi_case.request, &fcgi_case.reply);
    ck_assert(fcgi_case.reply.ended);
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
    fastcgi_add(&fcgi_case.request, FASTCGI_GET_VALUES, 0, "\377\377", 2);
    fcgi_case_refused(fcgi_case.request.data, fcgi_case.request.len);
    buffer_reset(&fcgi_case.request);
    fastcgi_add(&fcgi_case.request, FASTCGI_GET_VALUES, 0, "\4\0NAM", 5);
    fcgi_case_refused(fcgi_case.request.data, fcgi_case.request.len);
    fcgi_case_refused("\1\x9\0\0\xff\xff\0\0", 8);
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
    int fd = fcgi_case_connect();

    fastcgi_add(&fcgi_case.request, FASTCGI_STDOUT, 0, "x", 1);
    ck_assert(fastcgi_send(fd, fcgi_case.request.data, fcgi_case.request.len));
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
    int fd = fcgi_case_connect();

    fastcgi_add_begin(&fcgi_case.request, 1, 1, true);
    fastcgi_add_begin(&fcgi_case.request, 2, 1, true);
    fastcgi_add_params(&fcgi_case.request, 2,
                       (const char *const[]){"REMOTE_ADDR=192.0.2.66", NULL});
    fastcgi_add_params(&fcgi_case.request, 1,
                       (const char *const[]){"REMOTE_ADDR=192.0.2.5", "CONTENT_LENGTH=4", NULL});
    fastcgi_add(&fcgi_case.request, FASTCGI_STDIN, 1, "ab", 2);
    fastcgi_add(&fcgi_case.request, FASTCGI_STDIN, 2, "xx", 2);
    fastcgi_add(&fcgi_case.request, FASTCGI_STDIN, 2, NULL, 0);
    fastcgi_add(&fcgi_case.request, FASTCGI_STDIN, 1, "cd", 2);
    fastcgi_add(&fcgi_case.request, FASTCGI_STDIN, 1, NULL, 0);
    ck_assert(fastcgi_send(fd, fcgi_case.request.data, fcgi_case.request.len));
    ck_assert_uint_eq(fastcgi_read_record(fd, &id, content, &len), FASTCGI_END);
    ck_assert_uint_eq(id, 2);
    ck_assert_uint_eq(content[4], 1); /* FCGI_CANT_MPX_CONN */
    fastcgi_receive(fd, 1, &fcgi_case.reply);
    ck_assert_ptr_nonnull(strstr(fcgi_case.reply.body, "ok 4 192.0.2.5|abcd"));
    ck_assert(!fastcgi_is_closed(fd, 50));
    close(fd);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("fcgi_params");
    TCase *tcase = tcase_create("cases");
    static const TTest *const *const tests[] = {
        &F8_absurd_lengths_of_parameters_are_closed,
        &F16_missing_parameters_are_absent,
        &F17_a_hundred_thousand_parameters_are_closed,
        &F17_many_parameters_in_little_room_are_closed,
        &F17_a_parameter_of_60_kilobytes_is_closed,
        &F18_the_first_of_a_name_counts,
        &F19_a_name_with_an_equals_sign_or_nul_is_not_matched,
        &F19_a_value_ends_at_its_nul,
        &F10_repeated_names_are_answered_once,
        &F10_malformed_management_records_are_closed,
        &F11_values_are_told,
        &F11_another_management_record_is_called_unknown,
        &F12_a_second_request_is_refused_and_the_first_unharmed,
    };

    tcase_set_timeout(tcase, 100);
    tcase_add_checked_fixture(tcase, fcgi_case_set_up, fcgi_case_tear_down);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
        tcase_add_test(tcase, *tests[i]);
    suite_add_tcase(suite, tcase);
    return unit_run(suite);
}

#include "unit.h"

#include <limits.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"

struct pair {
    const char *text;
    int64_t unix_ms;
};

static const struct pair canonical[] = {
    {"1970-01-01T00:00:00.000Z", 0},
    {"1969-12-31T23:59:59.999Z", -1},
    {"2026-11-24T04:21:00.123Z", INT64_C(1795494060123)},
    {"2000-02-29T12:00:00.000Z", INT64_C(951825600000)},
    {"2038-01-19T03:14:08.000Z", INT64_C(2147483648000)}, /* T5 */
    {"9999-12-31T23:59:59.999Z", INT64_C(253402300799999)},
    {"0000-01-01T00:00:00.000Z", INT64_C(-62167219200000)},
    {"0000-03-01T00:00:00.001Z", INT64_C(-62162035199999)},
    {"1900-03-01T00:00:00.000Z", INT64_C(-2203891200000)},
};

START_TEST(T3_T5_times_are_utc_and_have_64_bits) {
    char out[CLOCK_TEXT_SIZE];
    int64_t parsed = 42;
    clock_format(out, canonical[_i].unix_ms);
    ck_assert_str_eq(out, canonical[_i].text);
    ck_assert(clock_parse(text_of(canonical[_i].text), &parsed));
    ck_assert_int_eq(parsed, canonical[_i].unix_ms);
}
END_TEST

START_TEST(every_day_of_the_calendar_is_its_own_successor) {
    char out[CLOCK_TEXT_SIZE];
    for (int64_t day = -719528; day < 2932897; day += 61) {
        int64_t ms = day * 86400000 + 3600000, parsed = 0;
        clock_format(out, ms);
        ck_assert(clock_parse(text_of(out), &parsed));
        ck_assert_int_eq(parsed, ms);
    }
}
END_TEST

static const struct pair accepted[] = {
    {"2026-11-24", INT64_C(1795478400000)},
    {"2026-11-24T05:21:00+01:00", INT64_C(1795494060000)},
    {"2026-11-23T20:21:00-08:00", INT64_C(1795494060000)},
    {"2026-11-24T04:21:00.5Z", INT64_C(1795494060500)},
    {"2026-11-24T04:21:00.12Z", INT64_C(1795494060120)},
    {"2026-11-24T04:21:00.123456789Z", INT64_C(1795494060123)},
    {"2026-11-24T04:21:00-00:00", INT64_C(1795494060000)},
};

START_TEST(offsets_and_fractions_are_taken) {
    int64_t parsed = 42;
    ck_assert(clock_parse(text_of(accepted[_i].text), &parsed));
    ck_assert_int_eq(parsed, accepted[_i].unix_ms);
}
END_TEST

static const char *const refused[] = {
    "",
    "2026",
    "2026-11",
    "2026-11-24T",
    "2026-11-24T04:21Z",
    "2026-11-24T04:21:00",
    "2026-11-24t04:21:00Z",
    "2026-11-24T04:21:00z",
    "2026-11-24 04:21:00Z",
    "2026-13-01",
    "2026-00-01",
    "2026-11-31",
    "2025-02-29",
    "1900-02-29",
    "2026-11-00",
    "2026-11-24T24:00:00Z",
    "2026-11-24T04:60:00Z",
    "2026-11-24T04:21:60Z",
    "2026-11-24T04:21:00.Z",
    "2026-11-24T04:21:00.1234567890Z",
    "2026-11-24T04:21:00ZZ",
    "2026-11-24T04:21:00+1:00",
    "2026-11-24T04:21:00+24:00",
    "2026-11-24T04:21:00+01:60",
    "2026-11-24T04:21:00+0100",
    "2026-11-24T04:21:00+01:00x",
    "26-11-24",
    "+026-11-24",
    "2026-11-24T04:21:00,5Z",
    "2026/11/24",
    " 2026-11-24",
    "2026-11-24 ",
    "0000-01-01T00:00:00+01:00",
    "9999-12-31T23:59:59-01:00",
    "2026-1a-24",
    "2026-11-24T0a:00:00Z",
    "2026-11-24T04:21:00Q",
};

START_TEST(anything_else_is_refused) {
    int64_t parsed = 42;
    ck_assert_msg(!clock_parse(text_of(refused[_i]), &parsed), "%s", refused[_i]);
    ck_assert_int_eq(parsed, 42);
}
END_TEST

START_TEST(times_beyond_four_digits_are_clamped) {
    char out[CLOCK_TEXT_SIZE];
    clock_format(out, INT64_MAX);
    ck_assert_str_eq(out, "9999-12-31T23:59:59.999Z");
    clock_format(out, INT64_MIN);
    ck_assert_str_eq(out, "0000-01-01T00:00:00.000Z");
}
END_TEST

START_TEST(T1_a_deadline_is_never_negative) {
    int64_t now = clock_monotonic_ms();
    ck_assert_int_eq(clock_left_ms(now - 1000), 0);
    ck_assert_int_eq(clock_left_ms(INT64_MIN), 0);
    ck_assert_int_eq(clock_left_ms(INT64_MAX), INT_MAX);
    int left = clock_left_ms(now + 10000);
    ck_assert_int_gt(left, 5000);
    ck_assert_int_le(left, 10000);
    ck_assert_int_ge(clock_monotonic_us(), now * 1000);
}
END_TEST

START_TEST(T3_the_time_zone_of_the_server_changes_nothing) {
    char before[CLOCK_TEXT_SIZE], after[CLOCK_TEXT_SIZE];
    clock_format(before, 1795494060123);
    setenv("TZ", "Pacific/Auckland", 1);
    tzset();
    clock_format(after, 1795494060123);
    ck_assert_str_eq(before, after);
    ck_assert_int_gt(clock_unix_ms(), INT64_C(1700000000000));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("clock");
    TCase *cases = tcase_create("clock");
    tcase_add_loop_test(cases, T3_T5_times_are_utc_and_have_64_bits, 0,
                        (int)(sizeof canonical / sizeof canonical[0]));
    tcase_add_test(cases, every_day_of_the_calendar_is_its_own_successor);
    tcase_add_loop_test(cases, offsets_and_fractions_are_taken, 0,
                        (int)(sizeof accepted / sizeof accepted[0]));
    tcase_add_loop_test(cases, anything_else_is_refused, 0,
                        (int)(sizeof refused / sizeof refused[0]));
    tcase_add_test(cases, times_beyond_four_digits_are_clamped);
    tcase_add_test(cases, T1_a_deadline_is_never_negative);
    tcase_add_test(cases, T3_the_time_zone_of_the_server_changes_nothing);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

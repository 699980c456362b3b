#include "unit.h"

#include "serve/outage.h"

static struct outage outage;

static void set_up(void) {
    outage_init(&outage);
}

static void tear_down(void) {
    outage_done(&outage);
}

START_TEST(R1_what_goes_and_comes_back_is_said_once_each) {
    ck_assert(outage_ends(&outage));
    ck_assert(!outage_ends(&outage));
    ck_assert(outage_begins(&outage, "refused", 1000));
    for (int64_t now_ms = 1000; now_ms < 3600000; now_ms += 1000)
        ck_assert(!outage_begins(&outage, "refused", now_ms));
    ck_assert(outage_ends(&outage));
}
END_TEST

START_TEST(R1_what_was_never_there_is_said) {
    ck_assert(outage_begins(&outage, "refused", 1));
}
END_TEST

START_TEST(R10_another_reason_is_said_after_a_second) {
    ck_assert(outage_begins(&outage, "refused", 1000));
    ck_assert(!outage_begins(&outage, "LOADING", 1500));
    ck_assert(outage_begins(&outage, "LOADING", 2000));
}
END_TEST

START_TEST(R10_what_comes_and_goes_each_second_is_said_once_a_minute_in_the_end) {
    int begins = 0, ends = 0;
    for (int64_t now_ms = 1000; now_ms <= 3600000; now_ms += 1000) {
        begins += outage_begins(&outage, "NOPERM", now_ms);
        ends += outage_ends(&outage);
    }
    ck_assert_int_ge(begins, 60);
    ck_assert_int_le(begins, 70);
    ck_assert_int_eq(ends, begins);
}
END_TEST

START_TEST(R10_after_two_calm_minutes_it_is_said_at_once_again) {
    for (int64_t now_ms = 1000; now_ms <= 600000; now_ms += 1000) {
        outage_begins(&outage, "NOPERM", now_ms);
        outage_ends(&outage);
    }
    ck_assert(outage_begins(&outage, "NOPERM", 800000));
    outage_ends(&outage);
    ck_assert(outage_begins(&outage, "NOPERM", 801000));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("outage");
    TCase *cases = tcase_create("outage");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, R1_what_goes_and_comes_back_is_said_once_each);
    tcase_add_test(cases, R1_what_was_never_there_is_said);
    tcase_add_test(cases, R10_another_reason_is_said_after_a_second);
    tcase_add_test(cases, R10_what_comes_and_goes_each_second_is_said_once_a_minute_in_the_end);
    tcase_add_test(cases, R10_after_two_calm_minutes_it_is_said_at_once_again);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

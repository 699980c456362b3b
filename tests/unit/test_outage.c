#include "unit.h"

#include <stdio.h>

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

START_TEST(R10_a_new_reason_is_said_however_often_others_were) {
    static const char *const codes[] = {"timeout", "OOM", "READONLY", "NOPERM", "NOAUTH"};
    for (int64_t now_ms = 1000; now_ms <= 60000; now_ms += 1000) {
        outage_begins(&outage, "refused", now_ms);
        outage_ends(&outage);
    }
    for (int i = 0; i < 5; i++) {
        ck_assert(outage_begins(&outage, codes[i], 61000 + 1000 * i));
        ck_assert(outage_ends(&outage));
    }
}
END_TEST

START_TEST(R1_two_reasons_by_turns_are_said_ever_less_too) {
    int begins = 0;
    for (int64_t now_ms = 1000; now_ms <= 3600000; now_ms += 1000)
        begins += outage_begins(&outage, now_ms / 1000 % 2 ? "closed" : "refused", now_ms);
    ck_assert_int_ge(begins, 2 * 60);
    ck_assert_int_le(begins, 2 * 70);
}
END_TEST

START_TEST(R10_of_many_reasons_the_last_are_remembered) {
    char code[OUTAGE_CODE];
    for (int i = 0; i < 100; i++) {
        snprintf(code, sizeof code, "CODE%d", i);
        ck_assert(outage_begins(&outage, code, 1000 * (i + 1)));
        ck_assert(!outage_begins(&outage, code, 1000 * (i + 1) + 999));
    }
}
END_TEST

START_TEST(R10_who_takes_the_place_of_the_one_that_was_told_is_said) {
    char code[OUTAGE_CODE];
    ck_assert(outage_begins(&outage, "refused", 1000));
    for (int i = 1; i < OUTAGE_REASONS; i++) {
        snprintf(code, sizeof code, "CODE%d", i);
        ck_assert(!outage_begins(&outage, code, 1000 + i));
    }
    ck_assert(outage_begins(&outage, "closed", 2000));
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
    tcase_add_test(cases, R10_a_new_reason_is_said_however_often_others_were);
    tcase_add_test(cases, R1_two_reasons_by_turns_are_said_ever_less_too);
    tcase_add_test(cases, R10_of_many_reasons_the_last_are_remembered);
    tcase_add_test(cases, R10_who_takes_the_place_of_the_one_that_was_told_is_said);
    tcase_add_test(cases, R10_what_comes_and_goes_each_second_is_said_once_a_minute_in_the_end);
    tcase_add_test(cases, R10_after_two_calm_minutes_it_is_said_at_once_again);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

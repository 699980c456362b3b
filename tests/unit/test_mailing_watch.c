#include "unit.h"

#include "ctl/mailing_watch.h"

START_TEST(a_quick_look_is_followed_by_half_a_second) {
    ck_assert_int_eq(mailing_watch_pause_ms(0), 500);
    ck_assert_int_eq(mailing_watch_pause_ms(50), 500);
}
END_TEST

START_TEST(a_slow_look_is_asked_for_a_tenth_of_the_time_but_two_seconds_are_the_longest_pause) {
    ck_assert_int_eq(mailing_watch_pause_ms(120), 1200);
    ck_assert_int_eq(mailing_watch_pause_ms(200), 2000);
    ck_assert_int_eq(mailing_watch_pause_ms(30000), 2000);
}
END_TEST

START_TEST(the_bar_is_full_when_nobody_is_left_and_empty_before_anybody_was_found) {
    char bar[MAILING_WATCH_BAR + 1];
    mailing_watch_bar(0, 1000000, bar);
    ck_assert_str_eq(bar, "########################################");
    mailing_watch_bar(0, 0, bar);
    ck_assert_str_eq(bar, "........................................");
    mailing_watch_bar(1, 2, bar);
    ck_assert_str_eq(bar, "####################....................");
    mailing_watch_bar(1, 1000000, bar);
    ck_assert_str_eq(bar, "#######################################.");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("mailing_watch");
    TCase *cases = tcase_create("mailing_watch");
    tcase_add_test(cases, a_quick_look_is_followed_by_half_a_second);
    tcase_add_test(
        cases, a_slow_look_is_asked_for_a_tenth_of_the_time_but_two_seconds_are_the_longest_pause);
    tcase_add_test(cases, the_bar_is_full_when_nobody_is_left_and_empty_before_anybody_was_found);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

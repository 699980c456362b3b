#include "unit.h"

#include "ctl/compare.h"

static struct compare_row row;

static void set_up(void) {
    row = (struct compare_row){.open = true, .published = true};
    row.redis = row.tally = row.first_tally =
        (struct count){.generation = 1, .version = 10, .n = 100};
}

START_TEST(the_same_version_has_the_same_number) {
    ck_assert_int_eq(compare_judge(&row), COMPARE_EQUAL);
    row.redis.n = 99;
    ck_assert_int_eq(compare_judge(&row), COMPARE_WRONG);
}
END_TEST

START_TEST(an_older_version_may_still_come) {
    row.redis.version = 9;
    ck_assert_int_eq(compare_judge(&row), COMPARE_BEHIND);
}
END_TEST

START_TEST(a_version_newer_than_at_first_only_trails) {
    row.tally.version = 30;
    row.redis.version = 10;
    ck_assert_int_eq(compare_judge(&row), COMPARE_TRAILS);
    row.redis.version = 20;
    ck_assert_int_eq(compare_judge(&row), COMPARE_TRAILS);
}
END_TEST

START_TEST(redis_cannot_be_ahead_of_what_was_read_after_it) {
    row.redis.version = 11;
    ck_assert_int_eq(compare_judge(&row), COMPARE_WRONG);
    row.redis.version = 1;
    row.redis.generation = 2;
    ck_assert_int_eq(compare_judge(&row), COMPARE_WRONG);
}
END_TEST

START_TEST(D20_an_older_generation_may_still_come) {
    row.tally.generation = 2;
    row.redis.version = 999;
    ck_assert_int_eq(compare_judge(&row), COMPARE_BEHIND);
}
END_TEST

START_TEST(nothing_published_is_a_matter_of_open_petitions) {
    row.published = false;
    ck_assert_int_eq(compare_judge(&row), COMPARE_BEHIND);
    row.open = false;
    ck_assert_int_eq(compare_judge(&row), COMPARE_EQUAL);
}
END_TEST

START_TEST(a_draft_is_published_by_nobody) {
    row.tally.version = -1;
    row.published = false;
    ck_assert_int_eq(compare_judge(&row), COMPARE_EQUAL);
}
END_TEST

START_TEST(all_rows_must_be_without_a_difference) {
    struct compare_row rows[2] = {{.differences_count = 0}, {.differences_count = 0}};
    struct compare compare = {.rows = rows, .count = 2};
    ck_assert(compare_equal(&compare));
    rows[1].differences_count = 1;
    ck_assert(!compare_equal(&compare));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("compare");
    TCase *all = tcase_create("compare");
    tcase_add_checked_fixture(all, set_up, NULL);
    tcase_add_test(all, the_same_version_has_the_same_number);
    tcase_add_test(all, an_older_version_may_still_come);
    tcase_add_test(all, a_version_newer_than_at_first_only_trails);
    tcase_add_test(all, redis_cannot_be_ahead_of_what_was_read_after_it);
    tcase_add_test(all, D20_an_older_generation_may_still_come);
    tcase_add_test(all, nothing_published_is_a_matter_of_open_petitions);
    tcase_add_test(all, a_draft_is_published_by_nobody);
    tcase_add_test(all, all_rows_must_be_without_a_difference);
    suite_add_tcase(suite, all);
    return unit_run(suite);
}

#include <string.h>

#include "core/gcra.h"
#include "unit.h"

static const struct gcra_rule rule = {1000000, 5};
static const uint8_t alice[GCRA_ID] = {1}, bob[GCRA_ID] = {2};

/* How many of `tries` pass at one moment. */
static int passed(struct gcra *gcra, const uint8_t *id, int tries, int64_t now_us) {
    int count = 0;
    for (int i = 0; i < tries; i++)
        if (gcra_wait(gcra, &rule, id, now_us) == 0) {
            gcra_charge(gcra, &rule, id, now_us);
            count++;
        }
    return count;
}

START_TEST(I7_exactly_the_burst_passes_at_once) {
    struct gcra *gcra = gcra_new(64);
    ck_assert_int_eq(passed(gcra, alice, 20, 1), 5);
    ck_assert_int_eq(passed(gcra, bob, 20, 1), 5);
    gcra_free(&gcra);
    ck_assert_ptr_null(gcra);
}
END_TEST

START_TEST(one_more_passes_each_interval) {
    struct gcra *gcra = gcra_new(64);
    passed(gcra, alice, 5, 1);
    ck_assert_int_eq(gcra_wait(gcra, &rule, alice, 1), 1000000);
    ck_assert_int_eq(passed(gcra, alice, 3, 1000001), 1);
    ck_assert_int_eq(passed(gcra, alice, 9, 4000001), 3);
    gcra_free(&gcra);
}
END_TEST

START_TEST(T9_a_wait_is_never_negative) {
    struct gcra *gcra = gcra_new(64);
    passed(gcra, alice, 1, 1);
    ck_assert_int_eq(gcra_wait(gcra, &rule, alice, 900000000), 0);
    gcra_free(&gcra);
}
END_TEST

START_TEST(who_has_been_quiet_saves_up_no_more_than_the_burst) {
    struct gcra *gcra = gcra_new(64);
    passed(gcra, alice, 5, 1);
    ck_assert_int_eq(passed(gcra, alice, 20, 900000000), 5);
    gcra_free(&gcra);
}
END_TEST

START_TEST(a_rule_without_interval_never_limits) {
    struct gcra *gcra = gcra_new(64);
    const struct gcra_rule off = {0, 1};
    for (int i = 0; i < 100; i++)
        gcra_charge(gcra, &off, alice, 1);
    ck_assert_int_eq(gcra_wait(gcra, &off, alice, 1), 0);
    gcra_free(&gcra);
}
END_TEST

START_TEST(a_full_table_forgets_the_one_that_is_free_soonest) {
    struct gcra *gcra = gcra_new(1);
    uint8_t id[GCRA_ID] = {0};
    passed(gcra, alice, 5, 1);
    for (uint8_t i = 10; i < 60; i++) {
        id[0] = i;
        gcra_charge(gcra, &rule, id, 1);
    }
    ck_assert_int_gt(gcra_wait(gcra, &rule, alice, 1), 0);
    gcra_free(&gcra);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("gcra");
    TCase *cases = tcase_create("gcra");
    tcase_add_test(cases, I7_exactly_the_burst_passes_at_once);
    tcase_add_test(cases, one_more_passes_each_interval);
    tcase_add_test(cases, T9_a_wait_is_never_negative);
    tcase_add_test(cases, who_has_been_quiet_saves_up_no_more_than_the_burst);
    tcase_add_test(cases, a_rule_without_interval_never_limits);
    tcase_add_test(cases, a_full_table_forgets_the_one_that_is_free_soonest);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

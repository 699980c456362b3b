#include "unit.h"

#include "store/catalog.h"
#include "store_call.h"

/* What the statements give is tested in tests/flow and tests/sql; here is what happens when they
 * fail. */
static struct arena *arena;

static void set_up(void) {
    arena = arena_new(4096, 1 << 20);
}

static void tear_down(void) {
    arena_free(&arena);
}

static enum status load(struct pg *pg, int64_t deadline_ms) {
    struct catalog catalog;
    return catalog_load(pg, deadline_ms, arena, &catalog);
}

static enum status version(struct pg *pg, int64_t deadline_ms) {
    int64_t number;
    return catalog_version(pg, deadline_ms, &number);
}

START_TEST(D1_a_failing_load_tells_its_status) {
    store_call_check(load);
}
END_TEST

START_TEST(D2_a_failing_look_at_the_version_tells_its_status) {
    store_call_check(version);
}
END_TEST

static enum status may_sign(struct pg *pg, int64_t deadline_ms) {
    bool may;
    return catalog_may_sign(pg, deadline_ms, &may);
}

START_TEST(D21_a_failing_look_at_the_role_tells_its_status) {
    store_call_check(may_sign);
}
END_TEST

static enum status known(struct pg *pg, int64_t deadline_ms) {
    return catalog_known(pg, deadline_ms, 1);
}

static enum status behind(struct pg *pg, int64_t deadline_ms) {
    bool is_behind;
    return catalog_behind(pg, deadline_ms, &is_behind);
}

START_TEST(D1_a_version_that_cannot_be_told_or_asked_for_tells_its_status) {
    store_call_check(known);
    store_call_check(behind);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("catalog");
    TCase *cases = tcase_create("catalog");
    tcase_set_timeout(cases, 60);
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, D1_a_failing_load_tells_its_status);
    tcase_add_test(cases, D2_a_failing_look_at_the_version_tells_its_status);
    tcase_add_test(cases, D21_a_failing_look_at_the_role_tells_its_status);
    tcase_add_test(cases, D1_a_version_that_cannot_be_told_or_asked_for_tells_its_status);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

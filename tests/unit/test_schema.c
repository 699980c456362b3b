#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "store_call.h"
#include "store/schema.h"

/* What the statements do is tested in tests/flow and tests/sql; here is what happens when they
 * fail. */
static struct arena *arena;

static void set_up(void) {
    arena = arena_new(4096, 1 << 20);
}

static void tear_down(void) {
    arena_free(&arena);
}

static enum status check(struct pg *pg, int64_t deadline_ms) {
    int found, wanted;
    return schema_check(pg, deadline_ms, &found, &wanted);
}

START_TEST(D19_a_failing_check_tells_its_status) {
    store_call_check(check);
}
END_TEST

static enum status list(struct pg *pg, int64_t deadline_ms) {
    struct schema_row *rows;
    size_t count;
    return schema_list(pg, arena, deadline_ms, &rows, &count);
}

START_TEST(D2_a_failing_list_tells_its_status) {
    store_call_check(list);
}
END_TEST

static enum status migrate(struct pg *pg, int64_t deadline_ms) {
    struct schema_options options = {.wait_ms = 500, .lock_timeout_ms = 100, .statement_ms = 500};
    int applied, failed;
    (void)deadline_ms;
    return schema_migrate(pg, &options, &applied, &failed);
}

START_TEST(D17_a_failing_migration_tells_its_status) {
    store_call_check(migrate);
}
END_TEST

START_TEST(this_program_knows_a_schema) {
    ck_assert_int_gt(schema_wanted(), 0);
}
END_TEST

START_TEST(D19_an_older_schema_is_migrated_a_newer_one_wants_newer_programs) {
    ck_assert_str_eq(schema_advice(schema_wanted() - 1), "run countersign migrate");
    ck_assert_ptr_nonnull(strstr(schema_advice(schema_wanted() + 1), "install the newer"));
    ck_assert_ptr_nonnull(strstr(schema_advice(SCHEMA_NOT_UTF8), "UTF8"));
}
END_TEST

START_TEST(D19_a_refusal_says_what_was_found_and_what_to_do) {
    char why[SCHEMA_WORDS], newer[64];
    snprintf(newer, sizeof newer, "has schema version 9000, this program knows %d: install",
             schema_wanted());
    schema_refusal(9000, why);
    ck_assert_ptr_nonnull(strstr(why, newer));
    schema_refusal(SCHEMA_NOT_UTF8, why);
    ck_assert_str_eq(why, "the database is not in UTF8: make the database anew, with ENCODING "
                          "'UTF8'");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("schema");
    TCase *all = tcase_create("schema");
    tcase_set_timeout(all, 60);
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_test(all, D19_a_failing_check_tells_its_status);
    tcase_add_test(all, D2_a_failing_list_tells_its_status);
    tcase_add_test(all, D17_a_failing_migration_tells_its_status);
    tcase_add_test(all, this_program_knows_a_schema);
    tcase_add_test(all, D19_an_older_schema_is_migrated_a_newer_one_wants_newer_programs);
    tcase_add_test(all, D19_a_refusal_says_what_was_found_and_what_to_do);
    suite_add_tcase(suite, all);
    return unit_run(suite);
}

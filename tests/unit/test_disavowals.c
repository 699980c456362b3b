#include "unit.h"

#include "store_call.h"
#include "store/disavowals.h"

/* What the statements do is tested in tests/flow and tests/sql; here is what happens when they
 * fail. */
static struct arena *arena;

static void set_up(void) {
    arena = arena_new(4096, 1 << 20);
}

static void tear_down(void) {
    arena_free(&arena);
}

static enum status read_all(struct pg *pg, int64_t deadline_ms) {
    struct disavowals_rows rows;
    return disavowals_read(pg, text_of(NULL), arena, deadline_ms, &rows);
}

START_TEST(D2_disavowals_that_are_not_read_tell_their_status) {
    store_call_check(read_all);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("disavowals");
    TCase *all = tcase_create("disavowals");
    tcase_set_timeout(all, 60);
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_test(all, D2_disavowals_that_are_not_read_tell_their_status);
    suite_add_tcase(suite, all);
    return unit_run(suite);
}

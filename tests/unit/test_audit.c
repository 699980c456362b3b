#include "unit.h"

#include "store_call.h"
#include "store/audit.h"

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
    struct audit_rows rows;
    return audit_read(pg, text_of(NULL), arena, deadline_ms, &rows);
}

START_TEST(D2_a_failing_audit_tells_its_status) {
    store_call_check(read_all);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("audit");
    TCase *all = tcase_create("audit");
    tcase_set_timeout(all, 60);
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_test(all, D2_a_failing_audit_tells_its_status);
    suite_add_tcase(suite, all);
    return unit_run(suite);
}

#include "unit.h"

#include "store_call.h"
#include "store/returned.h"

/* What the statement does is tested in tests/flow and tests/sql; here is what happens when it
 * fails. */
static enum status store(struct pg *pg, int64_t deadline_ms) {
    static const struct verp_key key = {.bucket = 7};
    struct returned_effect effect = {.known = true, .changed = true, .uncounted = true};
    enum status status = returned_store(pg, &key, RETURNED_BOUNCE, deadline_ms, &effect);
    ck_assert(status == ST_OK || (effect.known && effect.changed && effect.uncounted));
    return status;
}

START_TEST(D2_a_bounce_that_is_not_stored_tells_its_status) {
    store_call_check(store);
}
END_TEST

static enum status allow(struct pg *pg, int64_t deadline_ms) {
    static uint8_t mailboxes[2][BLIND_SIZE];
    int64_t marked = -1;
    enum status status = returned_allow(pg, mailboxes, 2, deadline_ms, &marked);
    ck_assert(status == ST_OK || marked == -1);
    return status;
}

START_TEST(D2_a_mark_that_is_not_taken_away_tells_its_status) {
    store_call_check(allow);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("returned");
    TCase *all = tcase_create("returned");
    tcase_set_timeout(all, 60);
    tcase_add_test(all, D2_a_bounce_that_is_not_stored_tells_its_status);
    tcase_add_test(all, D2_a_mark_that_is_not_taken_away_tells_its_status);
    suite_add_tcase(suite, all);
    return unit_run(suite);
}

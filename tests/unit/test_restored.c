#include "unit.h"

#include "store/restored.h"
#include "store_call.h"

/* What the statements do is tested in tests/sql, tests/flow and tests/backup; here is what happens
 * when they fail. */
static enum status read_state(struct pg *pg, int64_t deadline_ms) {
    struct restored_state state = {7, 7, 7};
    enum status status = restored_read(pg, true, deadline_ms, &state);
    ck_assert(status == ST_OK || (state.held == 7 && state.number == 7 && state.changed_ms == 7));
    return status;
}

START_TEST(D20_a_state_that_cannot_be_read_tells_its_status) {
    store_call_check(read_state);
}
END_TEST

static enum status send(struct pg *pg, int64_t deadline_ms) {
    static const struct verp_key keys[2] = {{.bucket = 1}, {.bucket = 2}};
    const struct restored_log log = {keys, 2, 90, 3};
    struct restored_matches found = {7, 7};
    enum status status = restored_sent(pg, &log, deadline_ms, &found);
    ck_assert(status == ST_OK || (found.unknown == 7 && found.sent == 7));
    return status;
}

START_TEST(D20_sent_letters_that_are_not_stored_tell_their_status) {
    store_call_check(send);
}
END_TEST

static enum status release(struct pg *pg, int64_t deadline_ms) {
    int64_t count = -1;
    enum status status = restored_release(pg, false, 90, deadline_ms, &count);
    ck_assert(status == ST_OK || count == -1);
    return status;
}

START_TEST(D20_letters_that_are_not_released_tell_their_status) {
    store_call_check(release);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("restored");
    TCase *all = tcase_create("restored");
    tcase_set_timeout(all, 60);
    tcase_add_test(all, D20_a_state_that_cannot_be_read_tells_its_status);
    tcase_add_test(all, D20_sent_letters_that_are_not_stored_tell_their_status);
    tcase_add_test(all, D20_letters_that_are_not_released_tell_their_status);
    suite_add_tcase(suite, all);
    return unit_run(suite);
}

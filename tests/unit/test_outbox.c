#include "unit.h"

#include "store/outbox.h"
#include "store_call.h"

/* What the statements do is tested in tests/sql and tests/flow; here is what happens when they
 * fail. */
static const struct outbox_policy policy = {60, 5, 5, 90, 3, 30};
static const uint8_t key[SEAL_PUBLIC_KEY];

enum call { TAKE, CLAIM, FATES, SWEEP, BACKLOG };

static enum status call(struct pg *pg, int64_t deadline_ms, enum call which) {
    struct outbox *outbox = outbox_new(pg, key);
    struct outbox_letter letter = {.fate = OUTBOX_SENT}, *list[] = {&letter};
    struct outbox_letters claimed = {NULL, 0};
    struct outbox_taken taken;
    bool more = false;
    struct outbox_backlog backlog = {.letters = -1};
    enum status status = ST_FAULT;
    ck_assert_ptr_nonnull(outbox);
    if (which == TAKE)
        status = outbox_take(outbox, 10, deadline_ms, &taken);
    else if (which == CLAIM)
        status = outbox_claim(outbox, &policy, 10, deadline_ms, &claimed);
    else if (which == FATES)
        status = outbox_fates(outbox, &policy, list, 1, deadline_ms);
    else if (which == BACKLOG)
        status = outbox_backlog(outbox, deadline_ms, &backlog);
    else
        status = outbox_sweep(outbox, &policy, deadline_ms, &more);
    ck_assert_ptr_null(claimed.first);
    ck_assert_int_eq(backlog.letters, -1);
    outbox_free(&outbox);
    return status;
}

static enum status take(struct pg *pg, int64_t deadline_ms) {
    return call(pg, deadline_ms, TAKE);
}

static enum status fates(struct pg *pg, int64_t deadline_ms) {
    return call(pg, deadline_ms, FATES);
}

static enum status sweep(struct pg *pg, int64_t deadline_ms) {
    return call(pg, deadline_ms, SWEEP);
}

static enum status backlog(struct pg *pg, int64_t deadline_ms) {
    return call(pg, deadline_ms, BACKLOG);
}

START_TEST(D2_a_failing_call_tells_its_status) {
    static store_call *const calls[] = {take, fates, sweep, backlog};
    store_call_check(calls[_i]);
}
END_TEST

START_TEST(a_claim_without_a_server_gives_no_letter) {
    const struct pg_options options = {.conninfo = "host=/nowhere", .connect_timeout_ms = 100};
    struct pg *pg = pg_new(&options);
    ck_assert_int_eq(call(pg, -1, CLAIM), ST_UNAVAILABLE);
    pg_free(&pg);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("outbox");
    TCase *cases = tcase_create("outbox");
    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, D2_a_failing_call_tells_its_status, 0, 4);
    tcase_add_test(cases, a_claim_without_a_server_gives_no_letter);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

#include "unit.h"

#include "base/clock.h"
#include "store/plans.h"
#include "store_call.h"

/* That plans are made anew is tested in tests/sql and tests/flow; here is when, and what happens
 * when that fails. No server answers here, so whoever is asked is seen to fail. */
static const struct pg_options nowhere = {.conninfo = "host=/nowhere", .connect_timeout_ms = 100};

static bool asks(struct plans *plans, size_t rows) {
    struct pg *pg = pg_new(&nowhere);
    enum status status = plans_refresh(plans, pg, rows, clock_monotonic_ms() + 1000);
    pg_free(&pg);
    return status != ST_OK;
}

START_TEST(D18_the_first_time_there_is_nothing_to_forget) {
    struct plans plans = {0};
    ck_assert(!asks(&plans, 1000000));
    ck_assert(!asks(&plans, 0));
    ck_assert(!asks(&plans, 99));
}
END_TEST

START_TEST(D18_many_rows_and_old_plans_are_a_reason) {
    struct plans plans = {0};
    ck_assert(!asks(&plans, 0));
    ck_assert(asks(&plans, 100));
    ck_assert(asks(&plans, 0)); /* what failed is still wanted */
    plans.rows = 99;
    ck_assert(!asks(&plans, 0));
    plans.until_ms = clock_monotonic_ms();
    ck_assert(asks(&plans, 0));
}
END_TEST

static enum status refresh(struct pg *pg, int64_t deadline_ms) {
    struct plans plans = {.until_ms = 1};
    enum status status = plans_refresh(&plans, pg, 0, deadline_ms);
    ck_assert(status == ST_OK || plans.until_ms == 1);
    return status;
}

START_TEST(D2_a_failing_call_tells_its_status) {
    store_call_check(refresh);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("plans");
    TCase *cases = tcase_create("plans");
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, D18_the_first_time_there_is_nothing_to_forget);
    tcase_add_test(cases, D18_many_rows_and_old_plans_are_a_reason);
    tcase_add_test(cases, D2_a_failing_call_tells_its_status);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

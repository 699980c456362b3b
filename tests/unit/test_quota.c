#include "unit.h"

#include "store/quota.h"
#include "store_call.h"

static enum status sweep(struct pg *pg, int64_t deadline_ms) {
    int64_t block = 7;
    enum status status = quota_sweep(pg, &block, 16, deadline_ms);
    if (status != ST_OK)
        ck_assert_int_eq(block, 7);
    return status;
}

START_TEST(D2_a_sweep_that_fails_tells_its_status_and_begins_there_again) {
    store_call_check(sweep);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("quota");
    TCase *cases = tcase_create("quota");
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, D2_a_sweep_that_fails_tells_its_status_and_begins_there_again);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

#include "unit.h"

#include "store/session.h"
#include "store_call.h"

/* That PostgreSQL then calls it so is in tests/flow/test_watch.py. */
static enum status name(struct pg *pg, int64_t deadline_ms) {
    return session_name(pg, text_of("countersignd.1 committer"), deadline_ms);
}

START_TEST(D2_a_failing_call_tells_its_status) {
    store_call_check(name);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("session");
    TCase *cases = tcase_create("session");
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, D2_a_failing_call_tells_its_status);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

#include "unit.h"

#include "store_call.h"
#include "store/signers.h"

/* What the statements do is tested in tests/flow and tests/sql; here is what happens when they
 * fail. */
static enum status stream(struct pg *pg, int64_t deadline_ms) {
    struct signers_query query = {.petition = 1, .which = SIGNERS_ALL};
    struct signers *signers = NULL;
    struct signers_row row;
    enum status status = signers_open(pg, &query, deadline_ms, &signers);
    if (status == ST_OK) {
        status = signers_next(signers, deadline_ms, &row);
    }
    signers_close(&signers);
    ck_assert_ptr_null(signers);
    return status;
}

START_TEST(D2_a_failing_stream_tells_its_status) {
    store_call_check(stream);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("signers");
    TCase *all = tcase_create("signers");
    tcase_set_timeout(all, 60);
    tcase_add_test(all, D2_a_failing_stream_tells_its_status);
    suite_add_tcase(suite, all);
    return unit_run(suite);
}

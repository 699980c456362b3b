#include "unit.h"

#include "store/stats.h"
#include "store_call.h"

static struct stats *stats;

static enum status breakdown(struct pg *pg, int64_t deadline_ms) {
    return stats_breakdown(pg, 1, STATS_REGION, deadline_ms, &stats);
}

static enum status series(struct pg *pg, int64_t deadline_ms) {
    const struct stats_range range = {STATS_HOUR, INT64_MIN, 1700000000000};
    return stats_series(pg, 1, &range, deadline_ms, &stats);
}

static enum status recent(struct pg *pg, int64_t deadline_ms) {
    return stats_recent(pg, 1, 20, deadline_ms, &stats);
}

static enum status referral(struct pg *pg, int64_t deadline_ms) {
    return stats_referral(pg, 1, 7, deadline_ms, &stats);
}

static enum status card(struct pg *pg, int64_t deadline_ms) {
    return stats_card(pg, 1, text_of("tag"), deadline_ms, &stats);
}

START_TEST(D2_every_question_that_fails_tells_its_status_and_gives_nothing) {
    store_call_check(breakdown);
    store_call_check(series);
    store_call_check(recent);
    store_call_check(card);
    store_call_check(referral);
    ck_assert_ptr_null(stats);
    stats_free(&stats);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("stats");
    TCase *cases = tcase_create("stats");
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, D2_every_question_that_fails_tells_its_status_and_gives_nothing);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

#include "unit.h"

#include "store/subscriptions.h"
#include "store_call.h"

/* What the statements do is tested in tests/sql and tests/flow; here is what happens when they
 * fail. */
static const uint8_t sealed[] = {1, 2, 3};
static struct subscription_row row = {
    .frequency = {"weekly", 6},
    .ask = {.sealed = {33, sealed, sizeof sealed}, .wording = 1, .language = {"en", 2}}};
static bool counted;

static enum status set(struct pg *pg, int64_t deadline_ms) {
    static char news[SUBSCRIPTIONS_NEWS_MAX];
    struct subscription_row *rows[] = {&row};
    row.news = news;
    return subscriptions_set(pg, rows, 1, deadline_ms);
}

static void add(const struct subscription_count *count, void *context) {
    (void)count;
    (void)context;
    counted = true;
}

static enum status count(struct pg *pg, int64_t deadline_ms) {
    return subscriptions_count(pg, deadline_ms, add, NULL);
}

START_TEST(D12_a_change_that_fails_tells_its_status_and_is_not_valid) {
    store_call_check(set);
    ck_assert(!row.valid);
}
END_TEST

START_TEST(D2_counting_that_fails_tells_its_status) {
    store_call_check(count);
    ck_assert(!counted);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("subscriptions");
    TCase *cases = tcase_create("subscriptions");
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, D12_a_change_that_fails_tells_its_status_and_is_not_valid);
    tcase_add_test(cases, D2_counting_that_fails_tells_its_status);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

#include "unit.h"

#include "store_call.h"
#include "store/erasure.h"

/* What the statements do is tested in tests/flow and tests/sql; here is what happens when they
 * fail. */
static enum status find(struct pg *pg, int64_t deadline_ms) {
    static const struct erasure_key key = {.petition = 1};
    struct erasure_keys keys = {&key, 1};
    struct erasure_found found;
    size_t count;
    return erasure_find(pg, &keys, deadline_ms, &found, &count);
}

START_TEST(D2_a_failing_search_tells_its_status) {
    store_call_check(find);
}
END_TEST

static enum status erase(struct pg *pg, int64_t deadline_ms) {
    static const struct erasure_key key = {.petition = 1};
    static uint8_t hashes[1][BLIND_SIZE];
    struct erasure erasure = {0, {&key, 1}, {hashes, 1}};
    struct erasure_result result;
    return erasure_run(pg, &erasure, deadline_ms, &result);
}

START_TEST(D12_a_failing_erasure_tells_its_status) {
    store_call_check(erase);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("erasure");
    TCase *all = tcase_create("erasure");
    tcase_set_timeout(all, 60);
    tcase_add_test(all, D2_a_failing_search_tells_its_status);
    tcase_add_test(all, D12_a_failing_erasure_tells_its_status);
    suite_add_tcase(suite, all);
    return unit_run(suite);
}

#include "unit.h"

#include "store_call.h"
#include "store/health.h"

/* What the statements do is tested in tests/flow and tests/sql; here is what happens when they
 * fail. */
static struct arena *arena;

static void set_up(void) {
    arena = arena_new(4096, 1 << 20);
}

static void tear_down(void) {
    arena_free(&arena);
}

static enum status rights(struct pg *pg, int64_t deadline_ms) {
    struct health_right *rights_found;
    size_t count;
    return health_rights(pg, arena, deadline_ms, &rights_found, &count);
}

START_TEST(D2_failing_rights_tell_their_status) {
    store_call_check(rights);
}
END_TEST

static enum status settings(struct pg *pg, int64_t deadline_ms) {
    struct health_postgres health;
    return health_postgres(pg, arena, deadline_ms, &health);
}

START_TEST(D2_failing_settings_tell_their_status) {
    store_call_check(settings);
}
END_TEST

START_TEST(R1_a_redis_that_is_away_is_unavailable) {
    struct redis_options options = {.address = "unix:/nonexistent.sock", .timeout_ms = 100};
    struct redis *redis = NULL;
    struct health_redis health;
    ck_assert_int_eq(redis_new(&options, &redis), ST_OK);
    ck_assert_int_eq(health_redis(redis, &health), ST_UNAVAILABLE);
    redis_free(&redis);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("health");
    TCase *all = tcase_create("health");
    tcase_set_timeout(all, 60);
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_test(all, D2_failing_rights_tell_their_status);
    tcase_add_test(all, D2_failing_settings_tell_their_status);
    tcase_add_test(all, R1_a_redis_that_is_away_is_unavailable);
    suite_add_tcase(suite, all);
    return unit_run(suite);
}

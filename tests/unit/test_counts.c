#include "unit.h"

#include <string.h>

#include "fake_redis.h"
#include "store/counts.h"
#include "store_call.h"

static struct fake_redis fake;
static struct redis *redis;

static void begin(const struct fake_redis_step *steps, size_t count) {
    fake_redis_start(&fake, steps, count);
    const struct redis_options options = {.address = fake.address, .timeout_ms = 200};
    ck_assert_int_eq(redis_new(&options, &redis), ST_OK);
}

static void end(void) {
    redis_free(&redis);
    fake_redis_stop(&fake);
}

static enum status read_all(struct pg *pg, int64_t deadline_ms) {
    struct count_list list = {NULL, 0};
    return counts_read(pg, NULL, 0, deadline_ms, &list);
}

static enum status read_some(struct pg *pg, int64_t deadline_ms) {
    static const int32_t ids[] = {1, 2};
    struct count_list list = {NULL, 0};
    return counts_read(pg, ids, 2, deadline_ms, &list);
}

START_TEST(D2_a_failing_read_tells_its_status) {
    store_call_check(read_all);
    store_call_check(read_some);
}
END_TEST

START_TEST(a_count_is_published_whole_under_its_own_key) {
    static const struct fake_redis_step steps[] = {{":1\r\n", 0, false}};
    struct count count = {.slug = "demo",
                          .generation = 1,
                          .version = 7,
                          .n = 42,
                          .as_of_ms = 1700000000123,
                          .read_at_ms = 5,
                          .state = "open",
                          .has_goal = true,
                          .goal = 100};
    struct redis_script script;
    bool strange = true;
    counts_script_init(&script);
    begin(steps, 1);
    ck_assert_int_eq(counts_publish(redis, &script, &count, &strange), ST_OK);
    ck_assert(!strange);
    const char *last = fake_redis_last(&fake);
    ck_assert_ptr_nonnull(strstr(last, "cs:count:{demo}"));
    ck_assert_ptr_nonnull(strstr(last, "2023-11-14T22:13:20.123Z"));
    ck_assert_ptr_nonnull(strstr(last, "\r\nopen\r\n"));
    end();
}
END_TEST

START_TEST(what_was_published_is_read_back) {
    static const struct fake_redis_step exact[] = {
        {"*2\r\n$42\r\n1 7 42 5 2023-11-14T22:13:20.123Z open 100\r\n$-1\r\n", 0, false}};
    struct count counts[2] = {{.slug = "demo"}, {.slug = "gone"}};
    struct count_list list = {counts, 2};
    begin(exact, 1);
    ck_assert_int_eq(counts_fetch(redis, &list), ST_OK);
    ck_assert_int_eq(counts[0].n, 42);
    ck_assert_int_eq(counts[0].version, 7);
    ck_assert_int_eq(counts[0].goal, 100);
    ck_assert_int_eq(counts[0].as_of_ms, 1700000000123);
    ck_assert_int_eq(counts[1].version, -1);
    end();
}
END_TEST

START_TEST(R13_something_else_under_the_key_is_nothing) {
    static const struct fake_redis_step steps[] = {
        {"*3\r\n$5\r\nhello\r\n:3\r\n$40\r\n1 7 42 5 2023-14-14T22:13:20.123Z open -\r\n", 0,
         false}};
    struct count counts[3] = {{.slug = "a"}, {.slug = "b"}, {.slug = "c"}};
    struct count_list list = {counts, 3};
    begin(steps, 1);
    ck_assert_int_eq(counts_fetch(redis, &list), ST_OK);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(counts[i].version, -1);
    end();
}
END_TEST

START_TEST(R5_a_redis_that_hangs_is_unavailable) {
    static const struct fake_redis_step steps[] = {FAKE_REDIS_HANG};
    struct count count = {.slug = "demo", .version = 3};
    struct count_list list = {&count, 1};
    begin(steps, 1);
    ck_assert_int_eq(counts_fetch(redis, &list), ST_UNAVAILABLE);
    ck_assert_int_eq(count.version, 3);
    end();
}
END_TEST

int main(void) {
    Suite *suite = suite_create("counts");
    TCase *cases = tcase_create("counts");
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, D2_a_failing_read_tells_its_status);
    tcase_add_test(cases, a_count_is_published_whole_under_its_own_key);
    tcase_add_test(cases, what_was_published_is_read_back);
    tcase_add_test(cases, R13_something_else_under_the_key_is_nothing);
    tcase_add_test(cases, R5_a_redis_that_hangs_is_unavailable);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

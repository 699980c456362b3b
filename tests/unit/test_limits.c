#include "unit.h"

#include <string.h>

#include "fake_redis.h"
#include "store/limits.h"

/* What the script decides is tested in tests/sql/test_lua.py; here is what is sent and understood.
 */
static const struct limit_rules rules = {.rules = {[LIMIT_SIGNING] = {3600000, 250},
                                                   [LIMIT_SIGNING_56] = {900000, 1000},
                                                   [LIMIT_PETITION] = {0, 1},
                                                   [LIMIT_TOKENS] = {1000000, 60}}};

static struct fake_redis fake;
static struct redis *redis;
static struct limits *limits;
static struct limit_check checks[2];
static struct limit_check *const both[2] = {&checks[0], &checks[1]};

static void begin(const struct fake_redis_step *steps, size_t count) {
    fake_redis_start(&fake, steps, count);
    const struct redis_options options = {.address = fake.address, .timeout_ms = 200};
    ck_assert_int_eq(redis_new(&options, &redis), ST_OK);
    limits = limits_new(redis);
    ck_assert_ptr_nonnull(limits);
    memset(checks, 0, sizeof checks);
    for (int i = 0; i < 2; i++) {
        checks[i].count = 2;
        checks[i].keys[0].policy = LIMIT_SIGNING;
        checks[i].keys[1].policy = LIMIT_PETITION;
        checks[i].wait_ms = -1;
    }
}

static void end(void) {
    limits_free(&limits);
    redis_free(&redis);
    fake_redis_stop(&fake);
}

START_TEST(equal_keys_are_sent_once_and_policies_that_are_off_not_at_all) {
    static const struct fake_redis_step steps[] = {{"*4\r\n:0\r\n:0\r\n:1500\r\n:1\r\n", 0, false}};
    begin(steps, 1);
    ck_assert_int_eq(limits_check(limits, &rules, both, 2), ST_OK);
    ck_assert_int_eq(checks[0].wait_ms, 0);
    ck_assert_int_eq(checks[1].wait_ms, 1500);
    const char *last = fake_redis_last(&fake);
    ck_assert_ptr_nonnull(strstr(last, "cs:limit:{limit}:s:00000000000000000000000000000000"));
    ck_assert_ptr_null(strstr(last, "cs:limit:{limit}:p:"));
    ck_assert_ptr_nonnull(strstr(last, "\r\n$1\r\n1\r\n")); /* one key */
    end();
}
END_TEST

START_TEST(one_caller_has_a_key_for_each_policy) {
    static const struct fake_redis_step steps[] = {{"*4\r\n:0\r\n:0\r\n:0\r\n:0\r\n", 0, false}};
    begin(steps, 1);
    /* Two callers that begin alike are beside each other in the table. */
    checks[0].keys[0].id[GCRA_ID - 1] = 1;
    checks[0].keys[1].policy = LIMIT_SIGNING;
    checks[1].keys[0].policy = LIMIT_SIGNING_56;
    ck_assert_int_eq(limits_check(limits, &rules, both, 2), ST_OK);
    ck_assert_ptr_nonnull(strstr(fake_redis_last(&fake), "\r\n$1\r\n3\r\n")); /* three keys */
    end();
}
END_TEST

START_TEST(R6_an_answer_of_another_shape_decides_nothing) {
    static const struct fake_redis_step steps[] = {{"*2\r\n:0\r\n:0\r\n", 0, false},
                                                   {"+OK\r\n", 0, false}};
    begin(steps, 2);
    ck_assert_int_eq(limits_check(limits, &rules, both, 2), ST_FAULT);
    ck_assert_int_eq(limits_check(limits, &rules, both, 2), ST_FAULT);
    ck_assert_int_eq(checks[0].wait_ms, -1);
    end();
}
END_TEST

START_TEST(R5_a_redis_that_hangs_is_unavailable) {
    static const struct fake_redis_step steps[] = {FAKE_REDIS_HANG};
    begin(steps, 1);
    ck_assert_int_eq(limits_check(limits, &rules, both, 2), ST_UNAVAILABLE);
    ck_assert_int_eq(checks[1].wait_ms, -1);
    end();
}
END_TEST

START_TEST(R7_an_error_of_redis_decides_nothing) {
    static const struct fake_redis_step steps[] = {
        {"-OOM command not allowed when used memory > 'maxmemory'.\r\n", 0, false}};
    begin(steps, 1);
    ck_assert_int_ne(limits_check(limits, &rules, both, 2), ST_OK);
    ck_assert_str_eq(redis_code(redis), "OOM");
    end();
}
END_TEST

int main(void) {
    Suite *suite = suite_create("limits");
    TCase *cases = tcase_create("limits");
    tcase_set_timeout(cases, 30);
    tcase_add_test(cases, equal_keys_are_sent_once_and_policies_that_are_off_not_at_all);
    tcase_add_test(cases, one_caller_has_a_key_for_each_policy);
    tcase_add_test(cases, R6_an_answer_of_another_shape_decides_nothing);
    tcase_add_test(cases, R5_a_redis_that_hangs_is_unavailable);
    tcase_add_test(cases, R7_an_error_of_redis_decides_nothing);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

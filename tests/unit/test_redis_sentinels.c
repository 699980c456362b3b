/* Who leads: asked of sentinels that are away, lie, or name somebody who does not lead. */
#include "unit.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "fake_redis.h"
#include "link/redis.h"

enum { LEADERS = 2, PATIENT_MS = 3000, SHORT_MS = 100 };

static struct fake_redis sentinels[2], leaders[LEADERS];
static size_t sentinel_count, leader_count;
static char said[4][128];
static struct redis *redis;
static redisReply *reply;

static const struct fake_redis_step leads[] = {{"*1\r\n$6\r\nmaster\r\n", 0, false},
                                               {"$5\r\nvalue\r\n", 0, false}};
static const struct fake_redis_step follows[] = {{"*1\r\n$5\r\nslave\r\n", 0, false}};

static struct fake_redis *start_leader(const struct fake_redis_step *steps, size_t count) {
    fake_redis_start_tcp(&leaders[leader_count], steps, count);
    return &leaders[leader_count++];
}

static struct fake_redis *start_sentinel(const struct fake_redis_step *steps, size_t count) {
    fake_redis_start_tcp(&sentinels[sentinel_count], steps, count);
    return &sentinels[sentinel_count++];
}

/* What a sentinel answers; it lives as long as the test. */
static struct fake_redis_step names(size_t slot, const struct fake_redis *leader) {
    char port[8];
    int len = snprintf(port, sizeof port, "%d", leader->port);

    snprintf(said[slot], sizeof said[slot], "*2\r\n$9\r\n127.0.0.1\r\n$%d\r\n%s\r\n", len, port);
    return (struct fake_redis_step){said[slot], 0, false};
}

static void begin(const char *password, int timeout_ms) {
    char address[128];
    struct redis_options options = {
        .address = address, .timeout_ms = timeout_ms, .sentinel_password = text_of(password)};

    if (sentinel_count == 2)
        snprintf(address, sizeof address, "sentinel://127.0.0.1:%d,127.0.0.1:%d/main",
                 sentinels[0].port, sentinels[1].port);
    else
        snprintf(address, sizeof address, "sentinel://127.0.0.1:%d/main", sentinels[0].port);
    ck_assert_int_eq(redis_new(&options, &redis), ST_OK);
}

static void end(void) {
    if (reply)
        freeReplyObject(reply);
    reply = NULL;
    redis_free(&redis);
    while (sentinel_count > 0)
        fake_redis_stop(&sentinels[--sentinel_count]);
    while (leader_count > 0)
        fake_redis_stop(&leaders[--leader_count]);
}

static enum status get(void) {
    const char *words[] = {"GET", "key"};
    const size_t lengths[] = {3, 3};
    const struct redis_command command = {2, words, lengths};

    if (reply)
        freeReplyObject(reply);
    reply = NULL;
    return redis_run(redis, &command, &reply);
}

static const struct fake_redis_step pong = {"+PONG\r\n", 0, false};

START_TEST(R9_the_leader_is_whom_a_sentinel_names) {
    struct fake_redis_step steps[2] = {pong, names(0, start_leader(leads, 2))};

    start_sentinel(steps, 2);
    begin(NULL, PATIENT_MS);
    ck_assert_int_eq(get(), ST_OK);
    ck_assert_str_eq(reply->str, "value");
    ck_assert_str_eq(fake_redis_last(&sentinels[0]),
                     "*3\r\n$8\r\nSENTINEL\r\n$23\r\nGET-MASTER-ADDR-BY-NAME\r\n$4\r\nmain\r\n");
    /* Not again as long as the connection lasts. */
    ck_assert_int_eq(get(), ST_OK);
    ck_assert_int_eq(sentinels[0].commands, 2);
}
END_TEST

START_TEST(R9_the_new_leader_is_found_after_the_old_one_has_gone) {
    static const struct fake_redis_step ends[] = {{"*1\r\n$6\r\nmaster\r\n", 0, false},
                                                  FAKE_REDIS_CLOSE};
    struct fake_redis_step steps[4] = {pong, names(0, start_leader(ends, 2)), pong,
                                       names(1, start_leader(leads, 2))};

    start_sentinel(steps, 4);
    begin(NULL, PATIENT_MS);
    ck_assert_int_eq(get(), ST_UNAVAILABLE);
    ck_assert_int_eq(redis_probe(redis), ST_OK);
    ck_assert_int_eq(leaders[0].connections, 1);
    ck_assert_int_eq(leaders[1].connections, 1);
}
END_TEST

START_TEST(R9_who_does_not_lead_any_more_is_not_used) {
    struct fake_redis_step steps[4] = {pong, names(0, start_leader(follows, 1)), pong,
                                       names(1, start_leader(leads, 2))};

    start_sentinel(steps, 4);
    begin(NULL, PATIENT_MS);
    ck_assert_int_eq(get(), ST_UNAVAILABLE);
    ck_assert_str_eq(redis_code(redis), "replica");
    ck_assert_int_eq(redis_probe(redis), ST_OK);
}
END_TEST

START_TEST(a_sentinel_that_is_no_use_is_followed_by_the_next) {
    static const struct fake_redis_step ways[][2] = {
        {{"+PONG\r\n", 0, false}, {"*-1\r\n", 0, false}},
        {{"+PONG\r\n", 0, false}, {"*2\r\n$1\r\na\r\n$5\r\n99999\r\n", 0, false}},
        {{"+PONG\r\n", 0, false}, {"-ERR no\r\n", 0, false}},
        {FAKE_REDIS_CLOSE, FAKE_REDIS_CLOSE},
    };
    struct fake_redis_step steps[2] = {pong, names(0, start_leader(leads, 2))};

    start_sentinel(ways[_i], 2);
    start_sentinel(steps, 2);
    begin(NULL, PATIENT_MS);
    ck_assert_int_eq(get(), ST_OK);
    ck_assert_str_eq(reply->str, "value");
}
END_TEST

START_TEST(R5_a_sentinel_that_hangs_is_asked_last_the_next_time) {
    static const struct fake_redis_step hangs[] = {FAKE_REDIS_HANG};
    struct fake_redis_step steps[2] = {pong, names(0, start_leader(leads, 2))};

    start_sentinel(hangs, 1);
    start_sentinel(steps, 2);
    begin(NULL, SHORT_MS);
    ck_assert_int_eq(get(), ST_UNAVAILABLE);
    ck_assert_str_eq(redis_code(redis), "timeout");
    ck_assert_int_eq(redis_probe(redis), ST_OK);
    ck_assert_int_eq(sentinels[0].connections, 1);
}
END_TEST

START_TEST(nobody_who_knows_a_leader_is_unavailable) {
    static const struct fake_redis_step unknown[] = {{"+PONG\r\n", 0, false},
                                                     {"*-1\r\n", 0, false}};

    start_sentinel(unknown, 2);
    begin(NULL, PATIENT_MS);
    ck_assert_int_eq(get(), ST_UNAVAILABLE);
    ck_assert_str_eq(redis_code(redis), "unknown");
}
END_TEST

START_TEST(sentinels_have_a_password_of_their_own) {
    static const struct fake_redis_step refuses[] = {{"-WRONGPASS invalid\r\n", 0, false}};

    start_sentinel(refuses, 1);
    begin("sesame", PATIENT_MS);
    ck_assert_int_eq(get(), ST_UNAVAILABLE);
    ck_assert_str_eq(redis_code(redis), "WRONGPASS");
    ck_assert_str_eq(fake_redis_last(&sentinels[0]), "*2\r\n$4\r\nAUTH\r\n$6\r\nsesame\r\n");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("redis_sentinels");
    TCase *tcase = tcase_create("sentinels");

    signal(SIGPIPE, SIG_IGN);
    tcase_set_timeout(tcase, 30);
    tcase_add_checked_fixture(tcase, NULL, end);
    tcase_add_test(tcase, R9_the_leader_is_whom_a_sentinel_names);
    tcase_add_test(tcase, R9_the_new_leader_is_found_after_the_old_one_has_gone);
    tcase_add_test(tcase, R9_who_does_not_lead_any_more_is_not_used);
    tcase_add_loop_test(tcase, a_sentinel_that_is_no_use_is_followed_by_the_next, 0, 4);
    tcase_add_test(tcase, R5_a_sentinel_that_hangs_is_asked_last_the_next_time);
    tcase_add_test(tcase, nobody_who_knows_a_leader_is_unavailable);
    tcase_add_test(tcase, sentinels_have_a_password_of_their_own);
    suite_add_tcase(suite, tcase);
    return unit_run(suite);
}

/* One Redis connection against a server that misbehaves on script, and against a real one. */
#include "unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "fake_redis.h"
#include "link/redis.h"

static struct fake_redis fake;
static struct redis *redis;
static redisReply *reply;

/* Long enough for a busy machine; shorter where its end is what is looked at. */
enum { PATIENT_MS = 3000, SHORT_MS = 100 };
static int timeout_ms = PATIENT_MS;

static void connect_with(const char *user, const char *password) {
    struct redis_options options = {.address = fake.address,
                                    .user = user,
                                    .password = text_of(password),
                                    .timeout_ms = timeout_ms};

    ck_assert_int_eq(redis_new(&options, &redis), ST_OK);
}

static void begin_script(const struct fake_redis_step *steps, size_t count) {
    fake_redis_start(&fake, steps, count);
    connect_with(NULL, NULL);
}

#define SCRIPT(...)                                                                                \
    do {                                                                                           \
        static const struct fake_redis_step script_steps[] = {__VA_ARGS__};                        \
        begin_script(script_steps, sizeof script_steps / sizeof script_steps[0]);                  \
    } while (0)

static void drop_reply(void) {
    if (reply)
        freeReplyObject(reply);
    reply = NULL;
}

static void end_script(void) {
    drop_reply();
    redis_free(&redis);
    fake_redis_stop(&fake);
    timeout_ms = PATIENT_MS;
}

static enum status run_list(int count, const char **words) {
    size_t lengths[8];
    struct redis_command command = {count, words, lengths};

    for (int i = 0; i < count; i++)
        lengths[i] = strlen(words[i]);
    drop_reply();
    return redis_run(redis, &command, &reply);
}

#define RUN(...)                                                                                   \
    run_list((int)(sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)),                        \
             (const char *[]){__VA_ARGS__})

/* --- answers and their loss --- */

START_TEST(an_answer_is_the_callers) {
    SCRIPT({"$5\r\nhello\r\n", 0, false});
    ck_assert_int_eq(RUN("GET", "key"), ST_OK);
    ck_assert_str_eq(reply->str, "hello");
    ck_assert_str_eq(fake_redis_last(&fake), "*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n");
}
END_TEST

START_TEST(an_answer_may_come_in_pieces) {
    SCRIPT({"*2\r\n$5\r\nhello\r\n:12\r\n", 0, true});
    ck_assert_int_eq(RUN("GET", "key"), ST_OK);
    ck_assert_int_eq((int)reply->element[1]->integer, 12);
}
END_TEST

START_TEST(R5_a_server_that_hangs_costs_one_time_out) {
    int64_t started_ms = clock_monotonic_ms();

    timeout_ms = SHORT_MS;
    SCRIPT(FAKE_REDIS_HANG);
    ck_assert_int_eq(RUN("GET", "key"), ST_UNAVAILABLE);
    ck_assert_int_ge(clock_monotonic_ms() - started_ms, SHORT_MS - 10);
    ck_assert_str_eq(redis_code(redis), "timeout");
    ck_assert_int_eq(RUN("GET", "key"), ST_UNAVAILABLE);
    ck_assert_int_eq(fake.connections, 1);
}
END_TEST

START_TEST(R5_an_answer_that_trickles_is_bounded_too) {
    int64_t started_ms = clock_monotonic_ms();
    static char many[20000]; /* a byte a millisecond */

    memset(many, 'x', sizeof many - 1);
    memcpy(many, "$99999\r\n", 8);
    struct fake_redis_step trickle[] = {{many, 0, true}};
    timeout_ms = SHORT_MS;
    begin_script(trickle, 1);
    ck_assert_int_eq(RUN("GET", "key"), ST_UNAVAILABLE);
    ck_assert_int_lt(clock_monotonic_ms() - started_ms, 15000);
    ck_assert_str_eq(redis_code(redis), "timeout");
}
END_TEST

/* More than the kernel keeps for a connection, and a reader that never stops: each write gets on,
 * and all of them together do not. */
START_TEST(R5_a_command_that_trickles_away_is_bounded_too) {
    enum { SIZE = 16 << 20 };
    static struct fake_redis_step steps[SIZE / 4096];
    static char many[SIZE];
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        steps[i] = (struct fake_redis_step){"+OK\r\n", 1, false};
    memset(many, 'x', sizeof many - 1);
    timeout_ms = 500;
    fake_redis_start_tcp(&fake, steps, sizeof steps / sizeof steps[0]);
    snprintf(fake.address, sizeof fake.address, "redis://127.0.0.1:%d", fake.port);
    connect_with(NULL, NULL);
    ck_assert_int_eq(RUN("SET", "key", many), ST_UNAVAILABLE);
    ck_assert_str_eq(redis_code(redis), "timeout");
}
END_TEST

START_TEST(R6_a_late_answer_is_never_another_commands) {
    timeout_ms = 400;
    SCRIPT({"$4\r\nlate\r\n", 700, false}, {"$5\r\nright\r\n", 0, false});
    ck_assert_int_eq(RUN("GET", "first"), ST_UNAVAILABLE);
    usleep(700000);
    ck_assert_int_eq(RUN("GET", "second"), ST_OK);
    ck_assert_str_eq(reply->str, "right");
    ck_assert_int_eq(fake.connections, 2);
}
END_TEST

START_TEST(an_answer_nobody_asked_for_ends_the_connection) {
    SCRIPT({"+OK\r\n+stray\r\n", 0, false}, {"$5\r\nright\r\n", 0, false});
    ck_assert_int_eq(RUN("SET", "key", "value"), ST_OK);
    usleep(20000);
    ck_assert_int_eq(RUN("GET", "key"), ST_OK);
    ck_assert_str_eq(reply->str, "right");
}
END_TEST

START_TEST(a_connection_that_ended_while_idle_is_replaced_unseen) {
    SCRIPT({"+OK\r\n", 0, false}, FAKE_REDIS_CLOSE, {"$5\r\nright\r\n", 0, false});
    ck_assert_int_eq(RUN("SET", "key", "value"), ST_OK);
    ck_assert_int_eq(RUN("GET", "key"), ST_UNAVAILABLE);
    ck_assert_str_eq(redis_code(redis), "closed");
    usleep(100000);
    ck_assert_int_eq(RUN("GET", "key"), ST_OK);
}
END_TEST

START_TEST(garbage_is_a_protocol_error) {
    SCRIPT({"HTTP/1.1 400\r\n", 0, false});
    ck_assert_int_eq(RUN("GET", "key"), ST_UNAVAILABLE);
    ck_assert_str_eq(redis_code(redis), "protocol");
}
END_TEST

struct error {
    const char *message, *code;
    enum status status;
    bool stays;
};

static const struct error errors[] = {
    {"-OOM command not allowed\r\n", "OOM", ST_FAULT, true},
    {"-WRONGTYPE Operation against a key\r\n", "WRONGTYPE", ST_FAULT, true},
    {"-NOPERM this user has no permissions\r\n", "NOPERM", ST_FAULT, true},
    {"-BUSY Redis is busy running a script\r\n", "BUSY", ST_FAULT, true},
    {"-ERR unknown command\r\n", "ERR", ST_FAULT, true},
    {"-someone@example.org\r\n", "someone", ST_FAULT, true},
    {"-READONLY You can't write\r\n", "READONLY", ST_UNAVAILABLE, false},
    {"-LOADING Redis is loading\r\n", "LOADING", ST_UNAVAILABLE, false},
    {"-MISCONF Redis is configured\r\n", "MISCONF", ST_UNAVAILABLE, false},
    {"-NOAUTH Authentication required.\r\n", "NOAUTH", ST_UNAVAILABLE, false},
    {"-MASTERDOWN Link with MASTER is down\r\n", "MASTERDOWN", ST_UNAVAILABLE, false},
    {"-CLUSTERDOWN The cluster is down\r\n", "CLUSTERDOWN", ST_UNAVAILABLE, false},
    {"-ERR max number of clients reached\r\n", "maxclients", ST_UNAVAILABLE, false},
};

START_TEST(R10_every_error_has_its_status) {
    const struct error *error = &errors[_i];
    struct fake_redis_step list[] = {{error->message, 0, false}};

    begin_script(list, 1);
    ck_assert_msg(RUN("GET", "key") == error->status, "%s", error->message);
    ck_assert_ptr_null(reply);
    ck_assert_str_eq(redis_code(redis), error->code);
    ck_assert_int_eq(redis_probe(redis), ST_OK);
    ck_assert_int_eq(fake.connections, error->stays ? 1 : 2);
}
END_TEST

/* --- connecting --- */

START_TEST(R1_a_server_that_is_not_there_is_refused_with_a_back_off) {
    SCRIPT({"+OK\r\n", 0, false});
    redis_free(&redis);
    snprintf(fake.address, sizeof fake.address, "unix:%s/nothing", fake.folder);
    connect_with(NULL, NULL);
    ck_assert_int_eq(RUN("GET", "key"), ST_UNAVAILABLE);
    ck_assert_str_eq(redis_code(redis), "refused");
    ck_assert_int_eq(redis_probe(redis), ST_UNAVAILABLE);
    ck_assert_str_eq(redis_code(redis), "refused");
}
END_TEST

START_TEST(a_probe_does_not_wait_for_the_back_off) {
    SCRIPT(FAKE_REDIS_CLOSE, {"+PONG\r\n", 0, false}, {"+OK\r\n", 0, false});
    ck_assert_int_eq(RUN("GET", "key"), ST_UNAVAILABLE);
    ck_assert_int_eq(redis_probe(redis), ST_OK);
    ck_assert_int_eq(RUN("SET", "key", "value"), ST_OK);
    ck_assert_int_eq(fake.connections, 2);
}
END_TEST

START_TEST(R17_the_back_off_grows) {
    static struct fake_redis_step many[64];

    for (size_t i = 0; i < 64; i++)
        many[i] = (struct fake_redis_step)FAKE_REDIS_CLOSE;
    begin_script(many, 64);
    /* 25-50, 50-100, 100-200, 200-400 ms: however slow the machine, not sooner. */
    int64_t started_ms = clock_monotonic_ms();
    while (fake.connections < 5 && clock_monotonic_ms() - started_ms < 30000) {
        ck_assert_int_eq(RUN("GET", "key"), ST_UNAVAILABLE);
        usleep(2000);
    }
    ck_assert_int_eq(fake.connections, 5);
    ck_assert_int_ge(clock_monotonic_ms() - started_ms, 375);
}
END_TEST

START_TEST(a_password_is_told_first) {
    SCRIPT({"+OK\r\n", 0, false}, {"$5\r\nright\r\n", 0, false});
    redis_free(&redis);
    connect_with(NULL, "secret");
    ck_assert_int_eq(RUN("GET", "key"), ST_OK);
    ck_assert_int_eq(fake.commands, 2);
    redis_free(&redis);
    connect_with("worker", "secret");
    ck_assert_int_eq(redis_probe(redis), ST_OK);
    ck_assert_int_eq(fake.commands, 4);
}
END_TEST

START_TEST(a_wrong_password_is_unavailable) {
    SCRIPT({"-WRONGPASS invalid username-password pair\r\n", 0, false});
    redis_free(&redis);
    connect_with("worker", "wrong");
    ck_assert_int_eq(RUN("GET", "key"), ST_UNAVAILABLE);
    ck_assert_str_eq(redis_code(redis), "WRONGPASS");
    ck_assert_str_eq(fake_redis_last(&fake), "*3\r\n$4\r\nAUTH\r\n$6\r\nworker\r\n$5\r\nwrong\r\n");
}
END_TEST

/* --- scripts --- */

static enum status run_script(const struct redis_script *script) {
    const char *values[] = {"key", "argument"};
    const size_t lengths[] = {3, 8};
    struct redis_command command = {2, values, lengths};

    drop_reply();
    return redis_run_script(redis, script, 1, &command, &reply);
}

START_TEST(R4_a_script_the_server_forgot_is_sent_once) {
    struct redis_script script;

    SCRIPT({"-NOSCRIPT No matching script\r\n", 0, false}, {":1\r\n", 0, false},
           {":2\r\n", 0, false});
    redis_script_init(&script, "return 1");
    ck_assert_int_eq(run_script(&script), ST_OK);
    ck_assert_int_eq((int)reply->integer, 1);
    ck_assert_ptr_nonnull(
        strstr(fake_redis_last(&fake), "EVAL\r\n$8\r\nreturn 1\r\n$1\r\n1\r\n$3\r\nkey"));
    ck_assert_int_eq(run_script(&script), ST_OK);
    ck_assert_int_eq(fake.commands, 3);
    ck_assert_ptr_nonnull(strstr(fake_redis_last(&fake), script.sha));
}
END_TEST

START_TEST(an_error_in_a_script_is_a_fault) {
    struct redis_script script;

    SCRIPT({"-ERR user_script:1: oh\r\n", 0, false}, {"-NOSCRIPT No\r\n", 0, false},
           FAKE_REDIS_CLOSE);
    redis_script_init(&script, "return 1");
    ck_assert_int_eq(run_script(&script), ST_FAULT);
    ck_assert_int_eq(run_script(&script), ST_UNAVAILABLE);
}
END_TEST

/* --- a real server --- */

START_TEST(a_real_server_agrees) {
    struct redis_script script;
    pid_t child;

    SCRIPT({"+OK\r\n", 0, false});
    redis_free(&redis);
    snprintf(fake.address, sizeof fake.address, "unix:%s/real", fake.folder);
    child = fork();
    if (child == 0) {
        execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", fake.address + 5,
               "--save", "", "--requirepass", "secret", "--dir", fake.folder, "--logfile",
               "/dev/null", NULL);
        _exit(127);
    }
    connect_with("default", "secret");
    for (int i = 0; i < 200 && redis_probe(redis) != ST_OK; i++)
        usleep(20000);
    redis_script_init(&script, "return {KEYS[1], ARGV[1]}");
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(run_script(&script), ST_OK);
        ck_assert_str_eq(reply->element[0]->str, "key");
        ck_assert_str_eq(reply->element[1]->str, "argument");
    }
    ck_assert_int_eq(RUN("SCRIPT", "EXISTS", script.sha), ST_OK);
    ck_assert_int_eq((int)reply->element[0]->integer, 1);
    ck_assert_int_eq(RUN("SET", "key", "value"), ST_OK);
    ck_assert_int_eq(RUN("LPUSH", "key", "value"), ST_FAULT);
    ck_assert_str_eq(redis_code(redis), "WRONGTYPE");
    ck_assert_int_eq(RUN("REPLICAOF", "127.0.0.1", "1"), ST_OK);
    ck_assert_int_eq(RUN("SET", "key", "value"), ST_UNAVAILABLE);
    ck_assert_str_eq(redis_code(redis), "READONLY");
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    ck_assert_int_eq(redis_probe(redis), ST_UNAVAILABLE);
    unlink(fake.address + 5);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("redis");
    TCase *tcase = tcase_create("script");
    static const struct {
        const TTest *const *test;
        int count;
    } tests[] = {
        {&an_answer_is_the_callers, 1},
        {&an_answer_may_come_in_pieces, 1},
        {&R5_a_server_that_hangs_costs_one_time_out, 1},
        {&R5_an_answer_that_trickles_is_bounded_too, 1},
        {&R5_a_command_that_trickles_away_is_bounded_too, 1},
        {&R6_a_late_answer_is_never_another_commands, 1},
        {&an_answer_nobody_asked_for_ends_the_connection, 1},
        {&a_connection_that_ended_while_idle_is_replaced_unseen, 1},
        {&garbage_is_a_protocol_error, 1},
        {&R10_every_error_has_its_status, sizeof errors / sizeof errors[0]},
        {&R1_a_server_that_is_not_there_is_refused_with_a_back_off, 1},
        {&a_probe_does_not_wait_for_the_back_off, 1},
        {&R17_the_back_off_grows, 1},
        {&a_password_is_told_first, 1},
        {&a_wrong_password_is_unavailable, 1},
        {&R4_a_script_the_server_forgot_is_sent_once, 1},
        {&an_error_in_a_script_is_a_fault, 1},
        {&a_real_server_agrees, 1},
    };

    signal(SIGPIPE, SIG_IGN);
    tcase_set_timeout(tcase, 30);
    tcase_add_checked_fixture(tcase, NULL, end_script);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
        tcase_add_loop_test(tcase, *tests[i].test, 0, tests[i].count);
    suite_add_tcase(suite, tcase);
    return unit_run(suite);
}

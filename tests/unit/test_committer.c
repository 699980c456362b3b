/* What the committer does with each answer of PostgreSQL and Redis, by script: one status a call.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "core/json.h"
#include "fake_fcgi.inc"
#include "serve/committer.h"
#include "serve/metrics.h"
#include "serve/worker.h"
#include "store/plans.h"
#include "unit.h"

enum { REQUESTS = 8, SCRIPT = 64 };

static struct worker worker;
static struct settings settings;
static struct petition petition;
static struct fcgi_request fcgi[REQUESTS];
static struct request *requests[REQUESTS];

/* The script: what each write and each connection answers; ST_OK when it is over. */
static enum status writes[SCRIPT], connects[SCRIPT];
static int writes_done, connects_done, limits_done;
static size_t rows_written[SCRIPT];
static int32_t poison; /* a petition whose rows are refused; 0: none */
static enum status limits_status;
static int64_t limits_wait_ms;
static enum fate fate;

static enum status next_write(size_t count) {
    rows_written[writes_done] = count;
    return writes[writes_done++];
}

/* --- in place of store and link --- */

struct writes {
    int unused;
};
static struct writes fake_writes;
static size_t planned_for;

enum status plans_refresh(struct plans *plans, struct pg *pg, size_t rows, int64_t deadline_ms) {
    (void)plans;
    (void)pg;
    (void)deadline_ms;
    planned_for += rows;
    return ST_UNAVAILABLE; /* which hinders nobody */
}

struct writes *writes_new(struct pg *pg, int slot, int letters_per_day) {
    (void)pg;
    (void)slot;
    (void)letters_per_day;
    return &fake_writes;
}

void writes_free(struct writes **of) {
    *of = NULL;
}

struct pg *writes_pg(const struct writes *of) {
    (void)of;
    return NULL;
}

void writes_set_letters_per_day(struct writes *of, int letters_per_day) {
    (void)of;
    (void)letters_per_day;
}

enum status writes_sign(struct writes *of, struct sign_row *const *rows, size_t count,
                        int64_t deadline_ms) {
    (void)of;
    (void)deadline_ms;
    enum status status = next_write(count);
    for (size_t i = 0; i < count; i++) {
        if (poison && rows[i]->petition == poison)
            status = ST_FAULT;
        rows[i]->fate = fate;
    }
    return status;
}

enum status writes_resend(struct writes *of, struct resend_row *const *rows, size_t count,
                          int64_t deadline_ms) {
    (void)of;
    (void)rows;
    (void)deadline_ms;
    return next_write(count);
}

enum status openings_add(struct pg *pg, struct opening_row *const *rows, size_t count,
                         int64_t deadline_ms) {
    (void)pg;
    (void)rows;
    (void)deadline_ms;
    return next_write(count);
}

enum status writes_correct(struct writes *of, struct correct_row *const *rows, size_t count,
                           int64_t deadline_ms) {
    (void)of;
    (void)deadline_ms;
    for (size_t i = 0; i < count; i++)
        rows[i]->row.fate = fate;
    return next_write(count);
}

enum status writes_confirm(struct writes *of, struct token_row *const *rows, size_t count,
                           int64_t deadline_ms) {
    (void)of;
    (void)deadline_ms;
    rows[0]->valid = true;
    strcpy(rows[0]->slug, "demo");
    return next_write(count);
}

enum status writes_withdraw(struct writes *of, struct token_row *const *rows, size_t count,
                            int64_t deadline_ms) {
    (void)of;
    (void)deadline_ms;
    rows[0]->valid = false;
    return next_write(count);
}

struct limits {
    int unused;
};
static struct limits fake_limits;

struct limits *limits_new(struct redis *redis) {
    (void)redis;
    return &fake_limits;
}

void limits_free(struct limits **of) {
    *of = NULL;
}

enum status limits_check(struct limits *of, const struct limit_rules *rules,
                         struct limit_check *const *checks, size_t count) {
    (void)of;
    (void)rules;
    limits_done++;
    for (size_t i = 0; limits_status == ST_OK && i < count; i++)
        checks[i]->wait_ms = limits_wait_ms;
    return limits_status;
}

static int fake_connection;

struct pg *pg_new(const struct pg_options *options) {
    (void)options;
    return (struct pg *)&fake_connection;
}

void pg_free(struct pg **pg) {
    *pg = NULL;
}

enum status pg_connect(struct pg *pg, bool now, int64_t deadline_ms) {
    (void)pg;
    (void)deadline_ms;
    ck_assert(now);
    return connects[connects_done++ % SCRIPT];
}

const char *pg_sqlstate(const struct pg *pg) {
    (void)pg;
    return "08006";
}

const char *pg_message(const struct pg *pg) {
    (void)pg;
    return "by script";
}

enum status redis_new(const struct redis_options *options, struct redis **out) {
    (void)options;
    *out = (struct redis *)&fake_connection;
    return ST_OK;
}

void redis_free(struct redis **redis) {
    *redis = NULL;
}

const char *redis_code(const struct redis *redis) {
    (void)redis;
    return "timeout";
}

/* --- a worker with one petition --- */

static void set_up(void) {
    struct snapshot *snapshot = snapshot_new();
    /* In the case's own process: the generator does not survive a fork. */
    ck_assert_int_eq(secret_start(), ST_OK);
    memset(&worker, 0, sizeof worker);
    outage_init(&worker.redis_outage);
    memset(writes, 0, sizeof writes);
    memset(connects, 0, sizeof connects);
    writes_done = connects_done = limits_done = 0;
    poison = 0;
    limits_status = ST_OK;
    limits_wait_ms = 0;
    fate = FATE_ACCEPTED;
    settings = (struct settings){.base_url = "https://sign.example",
                                 .queue_limit = REQUESTS,
                                 .batch_limit = REQUESTS,
                                 .statement_timeout_ms = 3000,
                                 .request_timeout_ms = 5000};
    petition = (struct petition){.id = 1, .slug = text_of("demo")};
    snapshot->settings = &settings;
    snapshot->petitions = &petition;
    snapshot->petitions_count = 1;
    snapshot->rules.rules[LIMIT_SIGNING] = (struct gcra_rule){60000000, 2};
    snapshot->rules.rules[LIMIT_TOKENS] = (struct gcra_rule){1000000, 60};
    worker.settings = &settings;
    worker.snapshots = snapshot_holder_new();
    worker.board = board_new();
    worker.metrics = worker_metrics_new();
    atomic_store(&worker.database_up, true);
    atomic_store(&worker.redis_up, true);
    snapshot_set(worker.snapshots, snapshot);
}

static void tear_down(void) {
    for (size_t i = 0; i < REQUESTS; i++)
        fake_fcgi_done(&fcgi[i]);
    snapshot_holder_free(&worker.snapshots);
    board_free(&worker.board);
    metrics_free(&worker.metrics);
}

static void make(size_t at, enum write_kind kind) {
    fake_fcgi_init(&fcgi[at]);
    struct request *request = arena_alloc(fcgi[at].arena, sizeof *request);
    request->worker = &worker;
    request->fcgi = &fcgi[at];
    request->snapshot = snapshot_take(worker.snapshots);
    request->petition = &petition;
    request->started_us = clock_monotonic_us();
    request->deadline_ms = clock_monotonic_ms() + 5000;
    request->work.write.kind = kind;
    request->work.write.limit.count = 1;
    request->work.write.limit.keys[0].policy = LIMIT_SIGNING;
    request->work.write.row.sign.petition = (int32_t)at + 1;
    requests[at] = request;
}

/* `count` requests of a kind through a committer that starts with all of them queued, and ends. */
static void commit_all(size_t count, enum write_kind kind) {
    for (size_t i = 0; i < count; i++)
        make(i, kind);
    struct committer *committer = committer_start(&worker);
    for (size_t i = 0; i < count; i++)
        committer_put(committer, requests[i]);
    committer_stop(&committer);
    for (size_t i = 0; i < count; i++)
        ck_assert_int_eq(fcgi[i].replies, 1);
}

static int status_of(size_t at) {
    return fake_fcgi_status(&fcgi[at]);
}

static bool is_marked(void) {
    int32_t ids[2];
    int64_t since_ms;
    return board_take_marked(worker.board, 0, ids, 2, &since_ms) == 1 && ids[0] == 1;
}

START_TEST(an_accepted_signature_is_202_and_its_petition_is_marked) {
    commit_all(1, WRITE_SIGN);
    ck_assert_int_eq(status_of(0), 202);
    ck_assert_str_eq(fcgi[0].answer, "{\"status\":\"accepted\",\"confirmation\":\"none\"}");
    ck_assert(is_marked());
}
END_TEST

START_TEST(plans_are_refreshed_by_the_rows_of_each_batch) {
    planned_for = 0;
    commit_all(2, WRITE_SIGN);
    ck_assert_uint_eq(planned_for, 2);
    ck_assert_int_eq(status_of(1), 202);
}
END_TEST

START_TEST(nothing_is_marked_for_a_signature_that_does_not_count_yet) {
    petition.confirms_by_email = true;
    commit_all(1, WRITE_SIGN);
    ck_assert_int_eq(status_of(0), 202);
    ck_assert(!is_marked());
}
END_TEST

START_TEST(each_fate_has_its_answer) {
    static const struct {
        enum fate fate;
        int status;
    } fates[] = {{FATE_CLOSED, 410}, {FATE_CHANGED, 409}, {FATE_UNKNOWN, 404}};
    fate = fates[_i].fate;
    commit_all(1, WRITE_SIGN);
    ck_assert_int_eq(status_of(0), fates[_i].status);
    ck_assert(!is_marked());
}
END_TEST

START_TEST(D5_a_lost_answer_is_asked_for_again_with_the_same_rows) {
    writes[0] = ST_UNCERTAIN;
    commit_all(1, WRITE_SIGN);
    ck_assert_int_eq(status_of(0), 202);
    ck_assert_int_eq(writes_done, 2);
    ck_assert_uint_eq(rows_written[1], 1);
}
END_TEST

START_TEST(D4_a_lost_answer_waits_for_a_server_that_comes_back) {
    writes[0] = ST_UNCERTAIN;
    connects[0] = connects[1] = connects[2] = ST_UNAVAILABLE;
    commit_all(1, WRITE_SIGN);
    ck_assert_int_eq(status_of(0), 202);
    ck_assert_int_eq(connects_done, 4);
}
END_TEST

START_TEST(D2_a_server_that_stays_away_is_503_and_the_circuit_opens) {
    writes[0] = ST_UNAVAILABLE;
    connects[0] = ST_UNAVAILABLE;
    commit_all(1, WRITE_SIGN);
    ck_assert_int_eq(status_of(0), 503);
    ck_assert_ptr_nonnull(strstr(fcgi[0].head, "Retry-After: "));
    ck_assert(!atomic_load(&worker.database_up));
    ck_assert_int_eq(connects_done, 1);
}
END_TEST

START_TEST(D2_with_an_open_circuit_nothing_is_tried) {
    atomic_store(&worker.database_up, false);
    commit_all(3, WRITE_SIGN);
    ck_assert_int_eq(status_of(2), 503);
    ck_assert_int_eq(writes_done + connects_done + limits_done, 0);
}
END_TEST

START_TEST(D3_a_connection_that_died_unused_is_made_anew) {
    writes[0] = ST_UNAVAILABLE;
    commit_all(1, WRITE_SIGN);
    ck_assert_int_eq(status_of(0), 202);
    ck_assert(atomic_load(&worker.database_up));
}
END_TEST

START_TEST(D12_a_deadlock_is_tried_once_more_and_then_503) {
    writes[0] = ST_BUSY;
    commit_all(1, WRITE_SIGN);
    ck_assert_int_eq(status_of(0), 202);
    ck_assert_int_eq(connects_done, 0);
    tear_down();
    set_up();
    writes[0] = writes[1] = ST_BUSY;
    commit_all(1, WRITE_SIGN);
    ck_assert_int_eq(status_of(0), 503);
    ck_assert_int_eq(writes_done, 2);
}
END_TEST

START_TEST(D13_a_row_that_is_refused_takes_no_other_with_it) {
    poison = 3;
    commit_all(REQUESTS, WRITE_SIGN);
    for (size_t i = 0; i < REQUESTS; i++)
        ck_assert_int_eq(status_of(i), i == 2 ? 500 : 202);
}
END_TEST

START_TEST(D20_an_epoch_that_is_not_known_there_is_503_and_asks_for_new_ones) {
    writes[0] = ST_GONE;
    commit_all(2, WRITE_SIGN);
    ck_assert_int_eq(status_of(0), 503);
    ck_assert(atomic_load(&worker.epochs_lost));
}
END_TEST

START_TEST(I6_over_the_limit_is_429_with_its_wait_and_nothing_written) {
    limits_wait_ms = 1500;
    commit_all(1, WRITE_SIGN);
    ck_assert_int_eq(status_of(0), 429);
    ck_assert(fake_fcgi_has_header(&fcgi[0], "Retry-After: 2"));
    ck_assert(fake_fcgi_has_header(&fcgi[0], "RateLimit: \"signing\";r=0;t=2"));
    ck_assert(fake_fcgi_has_header(&fcgi[0], "RateLimit-Policy: \"signing\";q=2;w=120"));
    ck_assert_int_eq(writes_done, 0);
}
END_TEST

START_TEST(T9_a_wait_is_at_least_one_second) {
    limits_wait_ms = 1;
    commit_all(1, WRITE_CONFIRM);
    ck_assert(fake_fcgi_has_header(&fcgi[0], "Retry-After: 1"));
    ck_assert(fake_fcgi_has_header(&fcgi[0], "RateLimit: \"tokens\";r=0;t=1"));
}
END_TEST

START_TEST(R1_without_redis_this_process_keeps_the_limits) {
    limits_status = ST_UNAVAILABLE;
    commit_all(4, WRITE_SIGN);
    ck_assert_int_eq(status_of(0), 202);
    ck_assert_int_eq(status_of(1), 202);
    ck_assert_int_eq(status_of(2), 429);
    ck_assert_int_eq(status_of(3), 429);
    ck_assert(!atomic_load(&worker.redis_up));
}
END_TEST

START_TEST(R5_redis_is_left_alone_once_it_has_failed) {
    atomic_store(&worker.redis_up, false);
    commit_all(1, WRITE_SIGN);
    ck_assert_int_eq(status_of(0), 202);
    ck_assert_int_eq(limits_done, 0);
}
END_TEST

START_TEST(what_waited_too_long_is_503_and_not_written) {
    for (size_t i = 0; i < 1; i++)
        make(i, WRITE_SIGN);
    requests[0]->deadline_ms = clock_monotonic_ms() - 1;
    struct committer *committer = committer_start(&worker);
    committer_put(committer, requests[0]);
    committer_stop(&committer);
    ck_assert_int_eq(status_of(0), 503);
    ck_assert_int_eq(writes_done, 0);
}
END_TEST

START_TEST(L2_a_full_queue_refuses_at_once) {
    settings.queue_limit = 1;
    writes[0] = ST_UNCERTAIN;
    for (int i = 0; i < SCRIPT; i++)
        connects[i] = ST_UNAVAILABLE; /* keeps the committer waiting */
    struct committer *committer = committer_start(&worker);
    for (size_t i = 0; i < REQUESTS; i++) {
        make(i, WRITE_SIGN);
        committer_put(committer, requests[i]);
    }
    size_t refused = 0;
    for (size_t i = 0; i < REQUESTS; i++)
        refused += status_of(i) == 503;
    ck_assert_uint_ge(refused, REQUESTS - 3);
    committer_stop(&committer);
}
END_TEST

START_TEST(a_confirmation_says_which_petition_and_marks_it) {
    commit_all(1, WRITE_CONFIRM);
    ck_assert_int_eq(status_of(0), 200);
    ck_assert_str_eq(fcgi[0].answer, "{\"status\":\"confirmed\",\"petition\":\"demo\"}");
    ck_assert(is_marked());
}
END_TEST

START_TEST(a_bad_token_is_404_whatever_is_wrong_with_it) {
    commit_all(1, WRITE_WITHDRAW);
    ck_assert_int_eq(status_of(0), 404);
    ck_assert_ptr_nonnull(strstr(fcgi[0].answer, "\"code\":\"invalid_token\""));
    ck_assert(!is_marked());
}
END_TEST

START_TEST(a_correction_is_told_by_its_fate_and_moves_no_number) {
    commit_all(1, WRITE_CORRECT);
    ck_assert_int_eq(status_of(0), 200);
    ck_assert_str_eq(fcgi[0].answer, "{\"status\":\"corrected\",\"petition\":\"demo\"}");
    ck_assert(!is_marked());
}
END_TEST

START_TEST(a_correction_of_another_version_is_409_and_of_nobody_404) {
    fate = FATE_CHANGED;
    commit_all(1, WRITE_CORRECT);
    ck_assert_int_eq(status_of(0), 409);
    tear_down();
    set_up();
    fate = FATE_UNKNOWN;
    commit_all(1, WRITE_CORRECT);
    ck_assert_int_eq(status_of(0), 404);
    ck_assert_ptr_nonnull(strstr(fcgi[0].answer, "\"code\":\"invalid_token\""));
}
END_TEST

START_TEST(I12_a_confirmation_request_is_202) {
    commit_all(1, WRITE_RESEND);
    ck_assert_int_eq(status_of(0), 202);
}
END_TEST

START_TEST(an_opened_link_is_200) {
    commit_all(1, WRITE_OPENED);
    ck_assert_int_eq(status_of(0), 200);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("committer");
    TCase *cases = tcase_create("committer");
    json_start();
    tcase_set_timeout(cases, 30);
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, an_accepted_signature_is_202_and_its_petition_is_marked);
    tcase_add_test(cases, plans_are_refreshed_by_the_rows_of_each_batch);
    tcase_add_test(cases, nothing_is_marked_for_a_signature_that_does_not_count_yet);
    tcase_add_loop_test(cases, each_fate_has_its_answer, 0, 3);
    tcase_add_test(cases, D5_a_lost_answer_is_asked_for_again_with_the_same_rows);
    tcase_add_test(cases, D4_a_lost_answer_waits_for_a_server_that_comes_back);
    tcase_add_test(cases, D2_a_server_that_stays_away_is_503_and_the_circuit_opens);
    tcase_add_test(cases, D2_with_an_open_circuit_nothing_is_tried);
    tcase_add_test(cases, D3_a_connection_that_died_unused_is_made_anew);
    tcase_add_test(cases, D12_a_deadlock_is_tried_once_more_and_then_503);
    tcase_add_test(cases, D13_a_row_that_is_refused_takes_no_other_with_it);
    tcase_add_test(cases, D20_an_epoch_that_is_not_known_there_is_503_and_asks_for_new_ones);
    tcase_add_test(cases, I6_over_the_limit_is_429_with_its_wait_and_nothing_written);
    tcase_add_test(cases, T9_a_wait_is_at_least_one_second);
    tcase_add_test(cases, R1_without_redis_this_process_keeps_the_limits);
    tcase_add_test(cases, R5_redis_is_left_alone_once_it_has_failed);
    tcase_add_test(cases, what_waited_too_long_is_503_and_not_written);
    tcase_add_test(cases, L2_a_full_queue_refuses_at_once);
    tcase_add_test(cases, a_confirmation_says_which_petition_and_marks_it);
    tcase_add_test(cases, a_bad_token_is_404_whatever_is_wrong_with_it);
    tcase_add_test(cases, a_correction_is_told_by_its_fate_and_moves_no_number);
    tcase_add_test(cases, a_correction_of_another_version_is_409_and_of_nobody_404);
    tcase_add_test(cases, an_opened_link_is_200);
    tcase_add_test(cases, I12_a_confirmation_request_is_202);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

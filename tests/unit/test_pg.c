/* One PostgreSQL connection against a server that misbehaves on script. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "fake_postgres.h"
#include "link/pg.h"

static const struct pg_statement seven = {"seven", "SELECT 7"};
static const struct pg_statement eight = {"eight", "SELECT 8"};
static struct fake_postgres fake;
static struct pg *pg;
static PGresult *result;

#define SCRIPT(...)                                                                                \
    do {                                                                                           \
        static const struct fake_step script_steps[] = {__VA_ARGS__};                              \
        begin_script(script_steps, sizeof script_steps / sizeof script_steps[0]);                  \
    } while (0)

static void begin_script(const struct fake_step *steps, size_t count) {
    char conninfo[128];
    struct pg_options options = {.conninfo = conninfo,
                                 .password = {"secret", 6},
                                 .application_name = "countersignd.3 committer",
                                 .connect_timeout_ms = 300,
                                 .statement_timeout_ms = 3000,
                                 .lock_timeout_ms = 1000};

    fake_postgres_start(&fake, steps, count);
    snprintf(conninfo, sizeof conninfo, "host=%s user=worker dbname=petitions", fake.folder);
    pg = pg_new(&options);
    ck_assert_ptr_nonnull(pg);
}

static void tear_down(void) {
    PQclear(result);
    result = NULL;
    pg_free(&pg);
    fake_postgres_stop(&fake);
}

static int64_t in_ms(int ms) {
    return clock_monotonic_ms() + ms;
}

static enum status run(const struct pg_statement *statement) {
    PQclear(result);
    result = NULL;
    return pg_run(pg, statement, NULL, in_ms(300), &result);
}

static void run_ok(const struct pg_statement *statement) {
    ck_assert_str_eq(status_name(run(statement)), "ok");
    ck_assert_int_eq(pg_get_int(result, 0, 0), 7);
}

/* The next call is not held up by the back-off. */
static void forgive(void) {
    ck_assert_int_eq(pg_connect(pg, true, in_ms(500)), ST_OK);
}

/* --- connecting --- */

START_TEST(a_connection_carries_its_settings) {
    SCRIPT({FAKE_OK, NULL});
    run_ok(&seven);
    ck_assert_ptr_nonnull(strstr(fake.startup, "application_name countersignd.3 committer"));
    ck_assert_ptr_nonnull(
        strstr(fake.startup, "options  -c statement_timeout=3000 -c lock_timeout=1000"));
    ck_assert_ptr_nonnull(strstr(fake.startup, "client_encoding UTF8"));
    ck_assert_ptr_nonnull(strstr(fake.startup, "user worker"));
    ck_assert_uint_eq(pg_generation(pg), 1);
    ck_assert(pg_connected(pg));
}
END_TEST

START_TEST(a_conninfo_that_is_none_is_a_fault) {
    struct pg_options options = {.conninfo = "nonsense=1", .connect_timeout_ms = 100};

    SCRIPT({FAKE_OK, NULL});
    pg_free(&pg);
    pg = pg_new(&options);
    ck_assert_int_eq(run(&seven), ST_FAULT);
    ck_assert_ptr_nonnull(strstr(pg_message(pg), "nonsense"));
}
END_TEST

START_TEST(a_server_that_is_not_there_is_unavailable) {
    struct pg_options options = {.conninfo = "host=/nonexistent", .connect_timeout_ms = 100};

    SCRIPT({FAKE_OK, NULL});
    pg_free(&pg);
    pg = pg_new(&options);
    ck_assert_int_eq(run(&seven), ST_UNAVAILABLE);
    ck_assert_str_eq(pg_sqlstate(pg), "08006");
    ck_assert_ptr_null(strchr(pg_message(pg), '\n'));
}
END_TEST

static void check_no_connection(const char *part) {
    int64_t started_ms = clock_monotonic_ms();

    ck_assert_int_eq(pg_connect(pg, true, in_ms(2000)), ST_UNAVAILABLE);
    ck_assert_int_lt(clock_monotonic_ms() - started_ms, 600);
    ck_assert_msg(strstr(pg_message(pg), part) != NULL, "'%s' not in '%s'", part, pg_message(pg));
    ck_assert(!pg_connected(pg));
}

START_TEST(every_way_not_to_be_connected_is_unavailable) {
    SCRIPT({FAKE_FATAL, "57P03"}, {FAKE_FATAL, "53300"}, {FAKE_FATAL, "28P01"}, {FAKE_CLOSE, NULL},
           {FAKE_HANG, NULL}, {FAKE_GARBAGE, NULL}, {FAKE_READ_ONLY, NULL}, {FAKE_OK, NULL});
    check_no_connection("the primary message");
    check_no_connection("the primary message");
    check_no_connection("the primary message");
    check_no_connection("closed the connection");
    check_no_connection("no connection in time");
    check_no_connection("expected authentication request");
    check_no_connection("session is read-only");
    forgive();
    run_ok(&seven);
    ck_assert_int_eq(fake.connections, 8);
}
END_TEST

START_TEST(the_callers_deadline_bounds_connecting_too) {
    int64_t started_ms = clock_monotonic_ms();

    SCRIPT({FAKE_HANG, NULL});
    ck_assert_int_eq(pg_run(pg, &seven, NULL, in_ms(50), &result), ST_UNAVAILABLE);
    ck_assert_int_lt(clock_monotonic_ms() - started_ms, 200);
}
END_TEST

START_TEST(failures_are_followed_by_a_growing_back_off) {
    SCRIPT({FAKE_CLOSE, NULL}, {FAKE_CLOSE, NULL}, {FAKE_CLOSE, NULL}, {FAKE_CLOSE, NULL},
           {FAKE_CLOSE, NULL}, {FAKE_CLOSE, NULL}, {FAKE_CLOSE, NULL}, {FAKE_CLOSE, NULL});
    for (int i = 0; i < 2000 / 5; i++) {
        ck_assert_int_eq(run(&seven) == ST_UNAVAILABLE || fake.connections == 8, 1);
        usleep(5000);
    }
    /* 25-50, 50-100, 100-200 ... ms */
    ck_assert_int_ge(fake.connections, 4);
    ck_assert_int_le(fake.connections, 7);
    ck_assert_int_eq(pg_connect(pg, true, in_ms(300)), ST_UNAVAILABLE);
}
END_TEST

START_TEST(a_host_that_hangs_is_tried_last_the_next_time) {
    static const struct fake_step hanging[] = {{FAKE_HANG, NULL}};
    struct fake_postgres dead;
    char conninfo[256];
    struct pg_options options = {.conninfo = conninfo, .connect_timeout_ms = 100};

    SCRIPT({FAKE_OK, NULL});
    fake_postgres_start(&dead, hanging, 1);
    pg_free(&pg);
    snprintf(conninfo, sizeof conninfo, "host=%s,%s user=worker", dead.folder, fake.folder);
    pg = pg_new(&options);
    ck_assert_int_eq(pg_connect(pg, true, in_ms(1000)), ST_UNAVAILABLE);
    ck_assert_int_eq(pg_connect(pg, true, in_ms(1000)), ST_OK);
    pg_disconnect(pg);
    fake_postgres_stop(&dead);
}
END_TEST

START_TEST(a_host_that_refuses_is_passed_over_at_once) {
    char conninfo[256];
    struct pg_options options = {.conninfo = conninfo, .connect_timeout_ms = 1000};

    SCRIPT({FAKE_OK, NULL});
    pg_free(&pg);
    snprintf(conninfo, sizeof conninfo, "host=/nonexistent,%s user=worker", fake.folder);
    pg = pg_new(&options);
    run_ok(&seven);
}
END_TEST

/* --- statements --- */

START_TEST(a_statement_is_prepared_once_a_connection) {
    SCRIPT({FAKE_OK, NULL});
    run_ok(&seven);
    run_ok(&seven);
    run_ok(&eight);
    run_ok(&seven);
    ck_assert_int_eq(fake.prepares, 2);
    ck_assert_int_eq(fake.executions, 4);
    pg_disconnect(pg);
    run_ok(&seven);
    ck_assert_int_eq(fake.prepares, 3);
    ck_assert_uint_eq(pg_generation(pg), 2);
}
END_TEST

struct meaning {
    const char *sqlstate;
    enum fake_act act;
    enum status status;
    bool stays; /* connected */
};

static const struct meaning meanings[] = {
    {"57014", FAKE_ERROR, ST_BUSY, true},         {"55P03", FAKE_ERROR, ST_BUSY, true},
    {"40P01", FAKE_ERROR, ST_BUSY, true},         {"40001", FAKE_ERROR, ST_BUSY, true},
    {"40003", FAKE_ERROR, ST_UNCERTAIN, false},   {"57P01", FAKE_FATAL, ST_UNCERTAIN, false},
    {"57P02", FAKE_FATAL, ST_UNCERTAIN, false},   {"57P05", FAKE_FATAL, ST_UNCERTAIN, false},
    {"25P03", FAKE_FATAL, ST_UNCERTAIN, false},   {"57P03", FAKE_FATAL, ST_UNAVAILABLE, false},
    {"25006", FAKE_ERROR, ST_UNAVAILABLE, false}, {"53100", FAKE_ERROR, ST_UNAVAILABLE, false},
    {"53300", FAKE_FATAL, ST_UNAVAILABLE, false}, {"53200", FAKE_ERROR, ST_UNAVAILABLE, false},
    {"58030", FAKE_ERROR, ST_UNAVAILABLE, false}, {"08006", FAKE_ERROR, ST_UNCERTAIN, false},
    {"XX000", FAKE_FATAL, ST_UNCERTAIN, false},   {"XX000", FAKE_ERROR, ST_FAULT, true},
    {"23505", FAKE_ERROR, ST_FAULT, true},        {"23514", FAKE_ERROR, ST_FAULT, true},
    {"42501", FAKE_ERROR, ST_FAULT, true},        {"42P01", FAKE_ERROR, ST_FAULT, true},
    {"P0001", FAKE_ERROR, ST_FAULT, true},        {"25P02", FAKE_ERROR, ST_FAULT, true},
};

START_TEST(every_sqlstate_has_its_status) {
    const struct meaning *meaning = &meanings[_i];
    struct fake_step steps[] = {
        {FAKE_OK, NULL}, {FAKE_OK, NULL}, {meaning->act, meaning->sqlstate}};

    begin_script(steps, 3);
    ck_assert_msg(run(&seven) == meaning->status, "%s", meaning->sqlstate);
    ck_assert_ptr_null(result);
    ck_assert_str_eq(pg_sqlstate(pg), meaning->sqlstate);
    ck_assert_str_eq(pg_message(pg), "the primary message");
    ck_assert_int_eq(pg_connected(pg), meaning->stays);
    forgive();
    run_ok(&seven);
}
END_TEST

START_TEST(a_data_exception_does_not_quote_the_value) {
    SCRIPT({FAKE_OK, NULL}, {FAKE_OK, NULL}, {FAKE_ERROR, "22P02"});
    ck_assert_int_eq(run(&seven), ST_FAULT);
    ck_assert_str_eq(pg_message(pg), "invalid data");
}
END_TEST

START_TEST(an_answer_that_was_lost_is_uncertain) {
    static const enum fake_act ways[] = {FAKE_CLOSE, FAKE_HALF, FAKE_GARBAGE, FAKE_HANG};
    struct fake_step steps[] = {{FAKE_OK, NULL}, {FAKE_OK, NULL}, {ways[_i], NULL}};
    int64_t started_ms = clock_monotonic_ms();

    begin_script(steps, 3);
    ck_assert_str_eq(status_name(run(&seven)), "uncertain");
    ck_assert_int_lt(clock_monotonic_ms() - started_ms, 600);
    ck_assert_str_eq(pg_sqlstate(pg), "08006");
    ck_assert_str_ne(pg_message(pg), "");
    ck_assert(!pg_connected(pg));
    forgive();
    run_ok(&seven);
    ck_assert_int_eq(fake.connections, 2);
}
END_TEST

START_TEST(what_is_lost_while_preparing_was_not_done) {
    static const enum fake_act ways[] = {FAKE_CLOSE, FAKE_HALF, FAKE_GARBAGE, FAKE_HANG};
    struct fake_step steps[] = {{FAKE_OK, NULL}, {ways[_i], NULL}};

    begin_script(steps, 2);
    ck_assert_str_eq(status_name(run(&seven)), "unavailable");
    ck_assert(!pg_connected(pg));
    ck_assert_int_eq(fake.executions, 0);
    forgive();
    run_ok(&seven);
}
END_TEST

START_TEST(an_answer_may_come_in_pieces) {
    SCRIPT({FAKE_OK, NULL}, {FAKE_SLOW, NULL}, {FAKE_SLOW, NULL});
    run_ok(&seven);
}
END_TEST

START_TEST(a_notice_is_no_answer) {
    SCRIPT({FAKE_OK, NULL}, {FAKE_NOTICE, NULL}, {FAKE_NOTICE, NULL});
    run_ok(&seven);
}
END_TEST

START_TEST(a_connection_that_ended_while_idle_is_replaced_unseen) {
    static const enum fake_act ways[] = {FAKE_OK_CLOSE, FAKE_OK_VANISH};
    struct fake_step steps[] = {{FAKE_OK, NULL}, {FAKE_OK, NULL}, {ways[_i], NULL}};

    begin_script(steps, 3);
    run_ok(&seven);
    usleep(100000);
    run_ok(&seven);
    ck_assert_int_eq(fake.connections, 2);
    ck_assert_int_eq(fake.executions, 2);
}
END_TEST

START_TEST(the_rest_of_a_transaction_is_not_run_without_its_beginning) {
    SCRIPT({FAKE_OK, NULL}, {FAKE_BEGIN, NULL}, {FAKE_OK, NULL}, {FAKE_OK_CLOSE, NULL});
    ck_assert_int_eq(pg_script(pg, "BEGIN", in_ms(300), NULL), ST_OK);
    run_ok(&seven);
    usleep(100000);
    ck_assert_int_eq(run(&seven), ST_UNAVAILABLE);
    ck_assert_int_eq(fake.executions, 1);
    run_ok(&seven);
}
END_TEST

START_TEST(a_plan_that_was_lost_is_made_anew) {
    static const char *const states[] = {"0A000", "26000"};
    struct fake_step steps[] = {{FAKE_OK, NULL}, {FAKE_OK, NULL}, {FAKE_ERROR, states[_i]}};
    char name[128];

    begin_script(steps, 3);
    ck_assert_int_eq(pg_connect(pg, true, in_ms(300)), ST_OK);
    run_ok(&seven);
    ck_assert_int_eq(fake.prepares, 2);
    strcpy(name, fake.prepared_name);
    ck_assert_int_eq(strncmp(name, "seven_", 6), 0);
    run_ok(&seven);
    ck_assert_int_eq(fake.prepares, 2);
}
END_TEST

START_TEST(a_plan_that_stays_lost_is_a_fault) {
    SCRIPT({FAKE_OK, NULL}, {FAKE_OK, NULL}, {FAKE_ERROR, "0A000"}, {FAKE_OK, NULL},
           {FAKE_ERROR, "0A000"});
    ck_assert_int_eq(run(&seven), ST_FAULT);
    ck_assert_str_eq(pg_sqlstate(pg), "0A000");
    run_ok(&seven);
}
END_TEST

START_TEST(a_plan_lost_inside_a_transaction_is_not_tried_again) {
    SCRIPT({FAKE_OK, NULL}, {FAKE_BEGIN, NULL}, {FAKE_OK, NULL}, {FAKE_ERROR, "0A000"});
    ck_assert_int_eq(pg_script(pg, "BEGIN", in_ms(300), NULL), ST_OK);
    ck_assert_int_eq(run(&seven), ST_FAULT);
    ck_assert_int_eq(fake.executions, 1);
}
END_TEST

START_TEST(a_server_that_does_not_read_ends_at_the_deadline) {
    static char much[4 * 1024 * 1024];
    struct pg_params params;
    int64_t started_ms = clock_monotonic_ms();

    SCRIPT({FAKE_OK, NULL}, {FAKE_DEAF, NULL});
    pg_params_init(&params);
    pg_params_add(&params, much, sizeof much);
    ck_assert_int_eq(pg_run(pg, &seven, &params, in_ms(100), &result), ST_UNCERTAIN);
    ck_assert(!pg_connected(pg));
    ck_assert_int_lt(clock_monotonic_ms() - started_ms, 1000);
}
END_TEST

START_TEST(a_large_statement_is_sent_in_parts) {
    static char much[4 * 1024 * 1024];
    struct pg_params params;

    SCRIPT({FAKE_OK, NULL});
    pg_params_init(&params);
    pg_params_add(&params, much, sizeof much);
    ck_assert_int_eq(pg_run(pg, &seven, &params, in_ms(3000), &result), ST_OK);
}
END_TEST

START_TEST(a_deadline_that_passed_sends_nothing) {
    SCRIPT({FAKE_OK, NULL});
    run_ok(&seven);
    PQclear(result);
    result = NULL;
    ck_assert_int_eq(pg_run(pg, &seven, NULL, clock_monotonic_ms() - 1, &result), ST_UNAVAILABLE);
    ck_assert_int_eq(fake.executions, 1);
    ck_assert(pg_connected(pg));
}
END_TEST

START_TEST(too_many_parameters_are_a_fault) {
    struct pg_params params;

    SCRIPT({FAKE_OK, NULL});
    pg_params_init(&params);
    for (int i = 0; i <= PG_PARAMS_MAX; i++)
        pg_params_add_text(&params, text_of("x"));
    ck_assert_int_eq(pg_run(pg, &seven, &params, in_ms(300), &result), ST_FAULT);
    ck_assert_int_eq(fake.executions, 0);
}
END_TEST

START_TEST(a_script_gives_text) {
    SCRIPT({FAKE_OK, NULL});
    ck_assert_int_eq(pg_script(pg, "SELECT 7", in_ms(300), &result), ST_OK);
    ck_assert_int_eq(PQfformat(result, 0), 0);
    ck_assert_int_eq(pg_get_int(result, 0, 0), 7);
    ck_assert_int_eq(fake.queries, 1);
}
END_TEST

START_TEST(copy_is_not_for_scripts) {
    SCRIPT({FAKE_OK, NULL}, {FAKE_COPY, NULL});
    ck_assert_int_eq(pg_script(pg, "COPY t TO STDOUT", in_ms(300), NULL), ST_UNCERTAIN);
    ck_assert(!pg_connected(pg));
}
END_TEST

/* --- row by row --- */

START_TEST(rows_come_one_by_one) {
    SCRIPT({FAKE_OK, NULL}, {FAKE_OK, NULL}, {FAKE_ROWS, NULL});
    ck_assert_int_eq(pg_stream(pg, &seven, NULL, in_ms(300)), ST_OK);
    for (int i = 0; i < 3; i++) {
        PGresult *row = NULL;

        ck_assert_int_eq(pg_next(pg, in_ms(300), &row), ST_OK);
        ck_assert_int_eq(PQntuples(row), 1);
        ck_assert_int_eq(pg_get_int(row, 0, 0), 7 + i);
        PQclear(row);
    }
    ck_assert_int_eq(pg_next(pg, in_ms(300), &result), ST_NOT_FOUND);
    ck_assert_int_eq(pg_next(pg, in_ms(300), &result), ST_NOT_FOUND);
    run_ok(&seven);
    ck_assert_int_eq(fake.connections, 1);
}
END_TEST

START_TEST(an_error_ends_the_rows) {
    SCRIPT({FAKE_OK, NULL}, {FAKE_OK, NULL}, {FAKE_ROW_ERROR, "57014"});
    ck_assert_int_eq(pg_stream(pg, &seven, NULL, in_ms(300)), ST_OK);
    ck_assert_int_eq(pg_next(pg, in_ms(300), &result), ST_OK);
    PQclear(result);
    result = NULL;
    ck_assert_int_eq(pg_next(pg, in_ms(300), &result), ST_BUSY);
    ck_assert_int_eq(pg_next(pg, in_ms(300), &result), ST_NOT_FOUND);
    run_ok(&seven);
    ck_assert_int_eq(fake.connections, 1);
}
END_TEST

START_TEST(rows_that_stay_away_are_uncertain) {
    static const enum fake_act ways[] = {FAKE_CLOSE, FAKE_GARBAGE, FAKE_HANG};
    struct fake_step steps[] = {{FAKE_OK, NULL}, {FAKE_OK, NULL}, {ways[_i], NULL}};

    begin_script(steps, 3);
    ck_assert_int_eq(pg_stream(pg, &seven, NULL, in_ms(300)), ST_OK);
    ck_assert_int_eq(pg_next(pg, in_ms(100), &result), ST_UNCERTAIN);
    ck_assert_int_eq(pg_next(pg, in_ms(100), &result), ST_NOT_FOUND);
    ck_assert(!pg_connected(pg));
}
END_TEST

START_TEST(rows_nobody_fetches_are_not_taken_for_another_answer) {
    SCRIPT({FAKE_OK, NULL}, {FAKE_OK, NULL}, {FAKE_ROWS, NULL});
    ck_assert_int_eq(pg_stream(pg, &seven, NULL, in_ms(300)), ST_OK);
    ck_assert_int_eq(pg_next(pg, in_ms(300), &result), ST_OK);
    run_ok(&eight);
    ck_assert_int_eq(PQntuples(result), 1);
    ck_assert_int_eq(fake.connections, 2);
}
END_TEST

START_TEST(a_plan_lost_before_the_rows_is_made_anew_the_next_time) {
    SCRIPT({FAKE_OK, NULL}, {FAKE_OK, NULL}, {FAKE_ERROR, "26000"});
    ck_assert_int_eq(pg_stream(pg, &seven, NULL, in_ms(300)), ST_OK);
    ck_assert_int_eq(pg_next(pg, in_ms(300), &result), ST_FAULT);
    run_ok(&seven);
    ck_assert_int_eq(fake.prepares, 2);
}
END_TEST

/* --- notifications --- */

START_TEST(a_notification_ends_the_wait) {
    int64_t started_ms = clock_monotonic_ms();

    SCRIPT({FAKE_OK, NULL}, {FAKE_NOTIFY, NULL});
    ck_assert_int_eq(pg_script(pg, "LISTEN channel", in_ms(300), NULL), ST_OK);
    ck_assert(pg_wait_notify(pg, -1, in_ms(2000)));
    ck_assert_int_lt(clock_monotonic_ms() - started_ms, 1000);
    ck_assert(!pg_wait_notify(pg, -1, in_ms(20)));
    ck_assert(pg_connected(pg));
}
END_TEST

START_TEST(a_wake_up_ends_the_wait) {
    int wake = eventfd(1, 0);
    int64_t started_ms = clock_monotonic_ms();

    SCRIPT({FAKE_OK, NULL});
    run_ok(&seven);
    ck_assert(!pg_wait_notify(pg, wake, in_ms(2000)));
    ck_assert_int_lt(clock_monotonic_ms() - started_ms, 1000);
    close(wake);
}
END_TEST

START_TEST(the_end_of_the_connection_ends_the_wait) {
    static const enum fake_act ways[] = {FAKE_OK_CLOSE, FAKE_OK_VANISH};
    struct fake_step steps[] = {{FAKE_OK, NULL}, {ways[_i], NULL}};
    int64_t started_ms = clock_monotonic_ms();

    begin_script(steps, 2);
    ck_assert_int_eq(pg_script(pg, "LISTEN channel", in_ms(300), NULL), ST_OK);
    ck_assert(!pg_wait_notify(pg, -1, in_ms(2000)));
    ck_assert_int_lt(clock_monotonic_ms() - started_ms, 1000);
    ck_assert(!pg_connected(pg));
    ck_assert(!pg_wait_notify(pg, -1, in_ms(2000)));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("pg");
    TCase *tcase = tcase_create("script");
    static const struct {
        const TTest *const *test;
        int count;
    } tests[] = {
        {&a_connection_carries_its_settings, 1},
        {&a_conninfo_that_is_none_is_a_fault, 1},
        {&a_server_that_is_not_there_is_unavailable, 1},
        {&every_way_not_to_be_connected_is_unavailable, 1},
        {&the_callers_deadline_bounds_connecting_too, 1},
        {&failures_are_followed_by_a_growing_back_off, 1},
        {&a_host_that_hangs_is_tried_last_the_next_time, 1},
        {&a_host_that_refuses_is_passed_over_at_once, 1},
        {&a_statement_is_prepared_once_a_connection, 1},
        {&every_sqlstate_has_its_status, sizeof meanings / sizeof meanings[0]},
        {&a_data_exception_does_not_quote_the_value, 1},
        {&an_answer_that_was_lost_is_uncertain, 4},
        {&what_is_lost_while_preparing_was_not_done, 4},
        {&an_answer_may_come_in_pieces, 1},
        {&a_notice_is_no_answer, 1},
        {&a_connection_that_ended_while_idle_is_replaced_unseen, 2},
        {&the_rest_of_a_transaction_is_not_run_without_its_beginning, 1},
        {&a_plan_that_was_lost_is_made_anew, 2},
        {&a_plan_that_stays_lost_is_a_fault, 1},
        {&a_plan_lost_inside_a_transaction_is_not_tried_again, 1},
        {&a_server_that_does_not_read_ends_at_the_deadline, 1},
        {&a_large_statement_is_sent_in_parts, 1},
        {&a_deadline_that_passed_sends_nothing, 1},
        {&too_many_parameters_are_a_fault, 1},
        {&a_script_gives_text, 1},
        {&copy_is_not_for_scripts, 1},
        {&rows_come_one_by_one, 1},
        {&an_error_ends_the_rows, 1},
        {&rows_that_stay_away_are_uncertain, 3},
        {&rows_nobody_fetches_are_not_taken_for_another_answer, 1},
        {&a_plan_lost_before_the_rows_is_made_anew_the_next_time, 1},
        {&a_notification_ends_the_wait, 1},
        {&a_wake_up_ends_the_wait, 1},
        {&the_end_of_the_connection_ends_the_wait, 2},
    };

    tcase_set_timeout(tcase, 30);
    tcase_add_checked_fixture(tcase, NULL, tear_down);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
        tcase_add_loop_test(tcase, *tests[i].test, 0, tests[i].count);
    suite_add_tcase(suite, tcase);
    return unit_run(suite);
}

/* Statements on a server that misbehaves on script: every answer, and every way to lose it. */
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "pg_case.h"

/* --- statements --- */

START_TEST(a_statement_is_prepared_once_a_connection) {
    PG_CASE({FAKE_OK, NULL});
    pg_case_run_ok(&pg_case_seven);
    pg_case_run_ok(&pg_case_seven);
    pg_case_run_ok(&pg_case_eight);
    pg_case_run_ok(&pg_case_seven);
    ck_assert_int_eq(pg_case.fake.prepares, 2);
    ck_assert_int_eq(pg_case.fake.executions, 4);
    pg_disconnect(pg_case.pg);
    pg_case_run_ok(&pg_case_seven);
    ck_assert_int_eq(pg_case.fake.prepares, 3);
    ck_assert_uint_eq(pg_generation(pg_case.pg), 2);
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

    pg_case_begin_script(steps, 3);
    ck_assert_msg(pg_case_run(&pg_case_seven) == meaning->status, "%s", meaning->sqlstate);
    ck_assert_ptr_null(pg_case.result);
    ck_assert_str_eq(pg_sqlstate(pg_case.pg), meaning->sqlstate);
    ck_assert_str_eq(pg_message(pg_case.pg), "the primary message");
    ck_assert_int_eq(pg_connected(pg_case.pg), meaning->stays);
    pg_case_forgive();
    pg_case_run_ok(&pg_case_seven);
}
END_TEST

START_TEST(a_data_exception_does_not_quote_the_value) {
    PG_CASE({FAKE_OK, NULL}, {FAKE_OK, NULL}, {FAKE_ERROR, "22P02"});
    ck_assert_int_eq(pg_case_run(&pg_case_seven), ST_FAULT);
    ck_assert_str_eq(pg_message(pg_case.pg), "invalid data");
}
END_TEST

START_TEST(an_answer_that_was_lost_is_uncertain) {
    static const enum fake_act ways[] = {FAKE_CLOSE, FAKE_HALF, FAKE_GARBAGE, FAKE_HANG};
    struct fake_step steps[] = {{FAKE_OK, NULL}, {FAKE_OK, NULL}, {ways[_i], NULL}};
    int64_t started_ms = clock_monotonic_ms();

    pg_case_begin_script(steps, 3);
    ck_assert_str_eq(status_name(pg_case_run(&pg_case_seven)), "uncertain");
    ck_assert_int_lt(clock_monotonic_ms() - started_ms, 15000);
    ck_assert_str_eq(pg_sqlstate(pg_case.pg), "08006");
    ck_assert_str_ne(pg_message(pg_case.pg), "");
    ck_assert(!pg_connected(pg_case.pg));
    pg_case_forgive();
    pg_case_run_ok(&pg_case_seven);
    ck_assert_int_eq(pg_case.fake.connections, 2);
}
END_TEST

START_TEST(what_is_lost_while_preparing_was_not_done) {
    static const enum fake_act ways[] = {FAKE_CLOSE, FAKE_HALF, FAKE_GARBAGE, FAKE_HANG};
    struct fake_step steps[] = {{FAKE_OK, NULL}, {ways[_i], NULL}};

    pg_case_begin_script(steps, 2);
    ck_assert_str_eq(status_name(pg_case_run(&pg_case_seven)), "unavailable");
    ck_assert(!pg_connected(pg_case.pg));
    ck_assert_int_eq(pg_case.fake.executions, 0);
    pg_case_forgive();
    pg_case_run_ok(&pg_case_seven);
}
END_TEST

START_TEST(an_answer_may_come_in_pieces) {
    PG_CASE({FAKE_OK, NULL}, {FAKE_SLOW, NULL}, {FAKE_SLOW, NULL});
    pg_case_run_ok(&pg_case_seven);
}
END_TEST

START_TEST(a_notice_is_no_answer) {
    PG_CASE({FAKE_OK, NULL}, {FAKE_NOTICE, NULL}, {FAKE_NOTICE, NULL});
    pg_case_run_ok(&pg_case_seven);
}
END_TEST

START_TEST(a_connection_that_ended_while_idle_is_replaced_unseen) {
    static const enum fake_act ways[] = {FAKE_OK_CLOSE, FAKE_OK_VANISH};
    struct fake_step steps[] = {{FAKE_OK, NULL}, {FAKE_OK, NULL}, {ways[_i], NULL}};

    pg_case_begin_script(steps, 3);
    pg_case_run_ok(&pg_case_seven);
    usleep(100000);
    pg_case_run_ok(&pg_case_seven);
    ck_assert_int_eq(pg_case.fake.connections, 2);
    ck_assert_int_eq(pg_case.fake.executions, 2);
}
END_TEST

START_TEST(the_rest_of_a_transaction_is_not_run_without_its_beginning) {
    PG_CASE({FAKE_OK, NULL}, {FAKE_BEGIN, NULL}, {FAKE_OK, NULL}, {FAKE_OK_CLOSE, NULL});
    ck_assert_int_eq(pg_script(pg_case.pg, "BEGIN", pg_case_in_ms(300), NULL), ST_OK);
    pg_case_run_ok(&pg_case_seven);
    usleep(100000);
    ck_assert_int_eq(pg_case_run(&pg_case_seven), ST_UNAVAILABLE);
    ck_assert_int_eq(pg_case.fake.executions, 1);
    pg_case_run_ok(&pg_case_seven);
}
END_TEST

START_TEST(a_plan_that_was_lost_is_made_anew) {
    static const char *const states[] = {"0A000", "26000"};
    struct fake_step steps[] = {{FAKE_OK, NULL}, {FAKE_OK, NULL}, {FAKE_ERROR, states[_i]}};
    char name[128];

    pg_case_begin_script(steps, 3);
    ck_assert_int_eq(pg_connect(pg_case.pg, true, pg_case_in_ms(300)), ST_OK);
    pg_case_run_ok(&pg_case_seven);
    ck_assert_int_eq(pg_case.fake.prepares, 2);
    strcpy(name, pg_case.fake.prepared_name);
    ck_assert_int_eq(strncmp(name, "seven_", 6), 0);
    pg_case_run_ok(&pg_case_seven);
    ck_assert_int_eq(pg_case.fake.prepares, 2);
}
END_TEST

START_TEST(a_plan_that_stays_lost_is_a_fault) {
    PG_CASE({FAKE_OK, NULL}, {FAKE_OK, NULL}, {FAKE_ERROR, "0A000"}, {FAKE_OK, NULL},
            {FAKE_ERROR, "0A000"});
    ck_assert_int_eq(pg_case_run(&pg_case_seven), ST_FAULT);
    ck_assert_str_eq(pg_sqlstate(pg_case.pg), "0A000");
    pg_case_run_ok(&pg_case_seven);
}
END_TEST

START_TEST(a_plan_lost_inside_a_transaction_is_not_tried_again) {
    PG_CASE({FAKE_OK, NULL}, {FAKE_BEGIN, NULL}, {FAKE_OK, NULL}, {FAKE_ERROR, "0A000"});
    ck_assert_int_eq(pg_script(pg_case.pg, "BEGIN", pg_case_in_ms(300), NULL), ST_OK);
    ck_assert_int_eq(pg_case_run(&pg_case_seven), ST_FAULT);
    ck_assert_int_eq(pg_case.fake.executions, 1);
}
END_TEST

START_TEST(a_server_that_does_not_read_ends_at_the_deadline) {
    static char much[4 * 1024 * 1024];
    struct pg_params params;
    int64_t started_ms = clock_monotonic_ms();

    PG_CASE({FAKE_OK, NULL}, {FAKE_DEAF, NULL});
    pg_params_init(&params);
    pg_params_add(&params, much, sizeof much);
    ck_assert_int_eq(
        pg_run(pg_case.pg, &pg_case_seven, &params, pg_case_in_ms(100), &pg_case.result),
        ST_UNCERTAIN);
    ck_assert(!pg_connected(pg_case.pg));
    ck_assert_int_lt(clock_monotonic_ms() - started_ms, 5000); /* the peer would wait for ever */
}
END_TEST

START_TEST(a_large_statement_is_sent_in_parts) {
    static char much[4 * 1024 * 1024];
    struct pg_params params;

    PG_CASE({FAKE_OK, NULL});
    pg_params_init(&params);
    pg_params_add(&params, much, sizeof much);
    ck_assert_int_eq(
        pg_run(pg_case.pg, &pg_case_seven, &params, pg_case_in_ms(3000), &pg_case.result), ST_OK);
}
END_TEST

START_TEST(a_deadline_that_passed_sends_nothing) {
    PG_CASE({FAKE_OK, NULL});
    pg_case_run_ok(&pg_case_seven);
    PQclear(pg_case.result);
    pg_case.result = NULL;
    ck_assert_int_eq(
        pg_run(pg_case.pg, &pg_case_seven, NULL, clock_monotonic_ms() - 1, &pg_case.result),
        ST_UNAVAILABLE);
    ck_assert_int_eq(pg_case.fake.executions, 1);
    ck_assert(pg_connected(pg_case.pg));
}
END_TEST

START_TEST(too_many_parameters_are_a_fault) {
    struct pg_params params;

    PG_CASE({FAKE_OK, NULL});
    pg_params_init(&params);
    for (int i = 0; i <= PG_PARAMS_MAX; i++)
        pg_params_add_text(&params, text_of("x"));
    ck_assert_int_eq(
        pg_run(pg_case.pg, &pg_case_seven, &params, pg_case_in_ms(300), &pg_case.result), ST_FAULT);
    ck_assert_int_eq(pg_case.fake.executions, 0);
}
END_TEST

START_TEST(a_script_gives_text) {
    PG_CASE({FAKE_OK, NULL});
    ck_assert_int_eq(pg_script(pg_case.pg, "SELECT 7", pg_case_in_ms(300), &pg_case.result), ST_OK);
    ck_assert_int_eq(PQfformat(pg_case.result, 0), 0);
    ck_assert_int_eq(pg_get_int(pg_case.result, 0, 0), 7);
    ck_assert_int_eq(pg_case.fake.queries, 1);
}
END_TEST

START_TEST(copy_is_not_for_scripts) {
    PG_CASE({FAKE_OK, NULL}, {FAKE_COPY, NULL});
    ck_assert_int_eq(pg_script(pg_case.pg, "COPY t TO STDOUT", pg_case_in_ms(300), NULL),
                     ST_UNCERTAIN);
    ck_assert(!pg_connected(pg_case.pg));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("pg");
    TCase *tcase = tcase_create("cases");
    static const struct {
        const TTest *const *test;
        int count;
    } tests[] = {
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
    };

    tcase_set_timeout(tcase, 30);
    tcase_add_checked_fixture(tcase, NULL, pg_case_tear_down);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
        tcase_add_loop_test(tcase, *tests[i].test, 0, tests[i].count);
    suite_add_tcase(suite, tcase);
    return unit_run(suite);
}

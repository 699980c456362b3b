/* Connecting, rows one by one and notifications on a server that misbehaves on script. */
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "pg_case.h"

/* --- connecting --- */

START_TEST(a_connection_carries_its_settings) {
    PG_CASE({FAKE_OK, NULL});
    pg_case_run_ok(&pg_case_seven);
    ck_assert_ptr_nonnull(
        strstr(pg_case.fake.startup, "application_name countersignd.3 committer"));
    ck_assert_ptr_nonnull(
        strstr(pg_case.fake.startup, "options  -c statement_timeout=3000 -c lock_timeout=1000"));
    ck_assert_ptr_nonnull(strstr(pg_case.fake.startup, "client_encoding UTF8"));
    ck_assert_ptr_nonnull(strstr(pg_case.fake.startup, "user worker"));
    ck_assert_uint_eq(pg_generation(pg_case.pg), 1);
    ck_assert(pg_connected(pg_case.pg));
}
END_TEST

START_TEST(a_conninfo_that_is_none_is_a_fault) {
    struct pg_options options = {.conninfo = "nonsense=1", .connect_timeout_ms = 100};

    PG_CASE({FAKE_OK, NULL});
    pg_free(&pg_case.pg);
    pg_case.pg = pg_new(&options);
    ck_assert_int_eq(pg_case_run(&pg_case_seven), ST_FAULT);
    ck_assert_ptr_nonnull(strstr(pg_message(pg_case.pg), "nonsense"));
}
END_TEST

START_TEST(O14_a_conninfo_that_is_none_is_told_from_a_good_one) {
    static const struct {
        const char *conninfo;
        bool good;
    } cases[] = {{"", true},
                 {"host=/run dbname=x", true},
                 {"host=a,b port=5432,5433", true},
                 {"host=a,b port=,", true},
                 {"postgresql://u@[::1]:5432,b/x?sslmode=verify-full", true},
                 {"host=/run dbname", false},
                 {"host='/run", false},
                 {"colour=blue", false},
                 {"port=postgres", false},
                 {"port=0", false},
                 {"port=5432,65536", false},
                 {"postgresql://a:b/x", false}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        ck_assert_msg(pg_conninfo_is_good(cases[i].conninfo) == cases[i].good, "%s",
                      cases[i].conninfo);
}
END_TEST

START_TEST(a_conninfo_tells_how_many_hosts_and_passwords_it_has) {
    static const struct {
        const char *conninfo, *keyword;
        size_t count;
    } cases[] = {{"dbname=hostel host = a,b,c user=x", "host", 3},
                 {"dbname=a,b host=one", "host", 1},
                 {"dbname=hostel user=a,b", "host", 0},
                 {"postgresql://u@a:5432,b/x", "host", 2},
                 {"postgresql://u:secret@a/x", "password", 1},
                 {"host=a password = x", "password", 1},
                 {"host=a passfile=/x", "password", 0},
                 {"colour=blue", "host", 0}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        ck_assert_msg(pg_conninfo_count(cases[i].conninfo, cases[i].keyword) == cases[i].count,
                      "%s", cases[i].conninfo);
}
END_TEST

START_TEST(a_server_that_is_not_there_is_unavailable) {
    struct pg_options options = {.conninfo = "host=/nonexistent", .connect_timeout_ms = 100};

    PG_CASE({FAKE_OK, NULL});
    pg_free(&pg_case.pg);
    pg_case.pg = pg_new(&options);
    ck_assert_int_eq(pg_case_run(&pg_case_seven), ST_UNAVAILABLE);
    ck_assert_str_eq(pg_sqlstate(pg_case.pg), "08006");
    ck_assert_ptr_null(strchr(pg_message(pg_case.pg), '\n'));
}
END_TEST

static void check_no_connection(const char *part) {
    int64_t started_ms = clock_monotonic_ms();

    ck_assert_int_eq(pg_connect(pg_case.pg, true, pg_case_in_ms(30000)), ST_UNAVAILABLE);
    ck_assert_int_lt(clock_monotonic_ms() - started_ms, 15000);
    ck_assert_msg(strstr(pg_message(pg_case.pg), part) != NULL, "'%s' not in '%s'", part,
                  pg_message(pg_case.pg));
    ck_assert(!pg_connected(pg_case.pg));
}

START_TEST(every_way_not_to_be_connected_is_unavailable) {
    PG_CASE({FAKE_FATAL, "57P03"}, {FAKE_FATAL, "53300"}, {FAKE_FATAL, "28P01"}, {FAKE_CLOSE, NULL},
            {FAKE_HANG, NULL}, {FAKE_GARBAGE, NULL}, {FAKE_READ_ONLY, NULL}, {FAKE_OK, NULL});
    check_no_connection("the primary message");
    check_no_connection("the primary message");
    check_no_connection("the primary message");
    check_no_connection("closed the connection");
    check_no_connection("no connection in time");
    check_no_connection("expected authentication request");
    check_no_connection("session is read-only");
    pg_case_forgive();
    pg_case_run_ok(&pg_case_seven);
    ck_assert_int_eq(pg_case.fake.connections, 8);
}
END_TEST

START_TEST(the_callers_deadline_bounds_connecting_too) {
    int64_t started_ms = clock_monotonic_ms();

    PG_CASE({FAKE_HANG, NULL});
    ck_assert_int_eq(pg_run(pg_case.pg, &pg_case_seven, NULL, pg_case_in_ms(50), &pg_case.result),
                     ST_UNAVAILABLE);
    ck_assert_int_lt(clock_monotonic_ms() - started_ms,
                     295); /* the time-out of connecting alone is 300 */
}
END_TEST

START_TEST(failures_are_followed_by_a_growing_back_off) {
    PG_CASE({FAKE_CLOSE, NULL}, {FAKE_CLOSE, NULL}, {FAKE_CLOSE, NULL}, {FAKE_CLOSE, NULL},
            {FAKE_CLOSE, NULL}, {FAKE_CLOSE, NULL}, {FAKE_CLOSE, NULL}, {FAKE_CLOSE, NULL});
    /* 25-50, 50-100, 100-200, 200-400 ms: however slow the machine, not sooner. */
    int64_t started_ms = clock_monotonic_ms();
    while (pg_case.fake.connections < 5 && clock_monotonic_ms() - started_ms < 30000) {
        ck_assert_int_eq(pg_case_run(&pg_case_seven), ST_UNAVAILABLE);
        usleep(2000);
    }
    ck_assert_int_eq(pg_case.fake.connections, 5);
    ck_assert_int_ge(clock_monotonic_ms() - started_ms, 375);
    ck_assert_int_eq(pg_connect(pg_case.pg, true, pg_case_in_ms(300)), ST_UNAVAILABLE);
}
END_TEST

START_TEST(a_host_that_hangs_is_tried_last_the_next_time) {
    static const struct fake_step hanging[] = {{FAKE_HANG, NULL}};
    struct fake_postgres dead;
    char conninfo[256];
    struct pg_options options = {.conninfo = conninfo, .connect_timeout_ms = 100};

    PG_CASE({FAKE_OK, NULL});
    fake_postgres_start(&dead, hanging, 1);
    pg_free(&pg_case.pg);
    snprintf(conninfo, sizeof conninfo, "host=%s,%s user=worker", dead.folder, pg_case.fake.folder);
    pg_case.pg = pg_new(&options);
    ck_assert_int_eq(pg_connect(pg_case.pg, true, pg_case_in_ms(1000)), ST_UNAVAILABLE);
    ck_assert_int_eq(pg_connect(pg_case.pg, true, pg_case_in_ms(1000)), ST_OK);
    pg_disconnect(pg_case.pg);
    fake_postgres_stop(&dead);
}
END_TEST

START_TEST(a_host_that_refuses_is_passed_over_at_once) {
    char conninfo[256];
    struct pg_options options = {.conninfo = conninfo, .connect_timeout_ms = 1000};

    PG_CASE({FAKE_OK, NULL});
    pg_free(&pg_case.pg);
    snprintf(conninfo, sizeof conninfo, "host=/nonexistent,%s user=worker", pg_case.fake.folder);
    pg_case.pg = pg_new(&options);
    pg_case_run_ok(&pg_case_seven);
}
END_TEST

START_TEST(behind_a_pooler_nothing_is_prepared_under_a_name) {
    PG_CASE({FAKE_POOLED, NULL}, {FAKE_OK, NULL}, {FAKE_OK, NULL}, {FAKE_CLOSE, NULL},
            {FAKE_OK, NULL});
    snprintf(pg_case.fake.prepared_name, sizeof pg_case.fake.prepared_name, "none");
    pg_case_run_ok(&pg_case_seven);
    ck_assert(pg_is_pooled(pg_case.pg));
    ck_assert_int_eq(pg_backend(pg_case.pg), 0);
    pg_case_run_ok(&pg_case_seven);
    /* Each time, without a name. */
    ck_assert_int_eq(pg_case.fake.prepares, 2);
    ck_assert_str_eq(pg_case.fake.prepared_name, "");
    ck_assert_int_eq(pg_case_run(&pg_case_seven), ST_UNCERTAIN);
    pg_case_forgive();
    pg_case_run_ok(&pg_case_seven);
    ck_assert(!pg_is_pooled(pg_case.pg));
    ck_assert_int_eq(pg_backend(pg_case.pg), 1);
    ck_assert_str_ne(pg_case.fake.prepared_name, "");
}
END_TEST

START_TEST(a_pooler_that_takes_no_options_is_asked_without_at_once) {
    PG_CASE({FAKE_FATAL, "08P01"}, {FAKE_POOLED, NULL}, {FAKE_OK, NULL}, {FAKE_CLOSE, NULL},
            {FAKE_FATAL, "08P01"});
    pg_case_run_ok(&pg_case_seven);
    ck_assert_int_eq(pg_case.fake.connections, 2);
    ck_assert_ptr_null(strstr(pg_case.fake.startup, "options"));
    ck_assert_int_eq(pg_case_run(&pg_case_seven), ST_UNCERTAIN);
    /* One that refuses all the same is not asked again and again. */
    ck_assert_int_eq(pg_connect(pg_case.pg, true, pg_case_in_ms(20000)), ST_UNAVAILABLE);
    ck_assert_int_eq(pg_case.fake.connections, 3);
    ck_assert_ptr_nonnull(strstr(pg_message(pg_case.pg), "unsupported startup parameter"));
}
END_TEST

/* --- row by row --- */

START_TEST(rows_come_one_by_one) {
    PG_CASE({FAKE_OK, NULL}, {FAKE_OK, NULL}, {FAKE_ROWS, NULL});
    ck_assert_int_eq(pg_stream(pg_case.pg, &pg_case_seven, NULL, pg_case_in_ms(300)), ST_OK);
    for (int i = 0; i < 3; i++) {
        PGresult *row = NULL;

        ck_assert_int_eq(pg_next(pg_case.pg, pg_case_in_ms(300), &row), ST_OK);
        ck_assert_int_eq(PQntuples(row), 1);
        ck_assert_int_eq(pg_get_int(row, 0, 0), 7 + i);
        PQclear(row);
    }
    ck_assert_int_eq(pg_next(pg_case.pg, pg_case_in_ms(300), &pg_case.result), ST_NOT_FOUND);
    ck_assert_int_eq(pg_next(pg_case.pg, pg_case_in_ms(300), &pg_case.result), ST_NOT_FOUND);
    pg_case_run_ok(&pg_case_seven);
    ck_assert_int_eq(pg_case.fake.connections, 1);
}
END_TEST

START_TEST(an_error_ends_the_rows) {
    PG_CASE({FAKE_OK, NULL}, {FAKE_OK, NULL}, {FAKE_ROW_ERROR, "57014"});
    ck_assert_int_eq(pg_stream(pg_case.pg, &pg_case_seven, NULL, pg_case_in_ms(300)), ST_OK);
    ck_assert_int_eq(pg_next(pg_case.pg, pg_case_in_ms(300), &pg_case.result), ST_OK);
    PQclear(pg_case.result);
    pg_case.result = NULL;
    ck_assert_int_eq(pg_next(pg_case.pg, pg_case_in_ms(300), &pg_case.result), ST_BUSY);
    ck_assert_int_eq(pg_next(pg_case.pg, pg_case_in_ms(300), &pg_case.result), ST_NOT_FOUND);
    pg_case_run_ok(&pg_case_seven);
    ck_assert_int_eq(pg_case.fake.connections, 1);
}
END_TEST

START_TEST(rows_that_stay_away_are_uncertain) {
    static const enum fake_act ways[] = {FAKE_CLOSE, FAKE_GARBAGE, FAKE_HANG};
    struct fake_step steps[] = {{FAKE_OK, NULL}, {FAKE_OK, NULL}, {ways[_i], NULL}};

    pg_case_begin_script(steps, 3);
    ck_assert_int_eq(pg_stream(pg_case.pg, &pg_case_seven, NULL, pg_case_in_ms(300)), ST_OK);
    ck_assert_int_eq(pg_next(pg_case.pg, pg_case_in_ms(100), &pg_case.result), ST_UNCERTAIN);
    ck_assert_int_eq(pg_next(pg_case.pg, pg_case_in_ms(100), &pg_case.result), ST_NOT_FOUND);
    ck_assert(!pg_connected(pg_case.pg));
}
END_TEST

START_TEST(rows_nobody_fetches_are_not_taken_for_another_answer) {
    PG_CASE({FAKE_OK, NULL}, {FAKE_OK, NULL}, {FAKE_ROWS, NULL});
    ck_assert_int_eq(pg_stream(pg_case.pg, &pg_case_seven, NULL, pg_case_in_ms(300)), ST_OK);
    ck_assert_int_eq(pg_next(pg_case.pg, pg_case_in_ms(300), &pg_case.result), ST_OK);
    pg_case_run_ok(&pg_case_eight);
    ck_assert_int_eq(PQntuples(pg_case.result), 1);
    ck_assert_int_eq(pg_case.fake.connections, 2);
}
END_TEST

START_TEST(a_plan_lost_before_the_rows_is_made_anew_the_next_time) {
    PG_CASE({FAKE_OK, NULL}, {FAKE_OK, NULL}, {FAKE_ERROR, "26000"});
    ck_assert_int_eq(pg_stream(pg_case.pg, &pg_case_seven, NULL, pg_case_in_ms(300)), ST_OK);
    ck_assert_int_eq(pg_next(pg_case.pg, pg_case_in_ms(300), &pg_case.result), ST_FAULT);
    pg_case_run_ok(&pg_case_seven);
    ck_assert_int_eq(pg_case.fake.prepares, 2);
}
END_TEST

/* --- notifications --- */

START_TEST(a_notification_ends_the_wait) {
    int64_t started_ms = clock_monotonic_ms();

    PG_CASE({FAKE_OK, NULL}, {FAKE_NOTIFY, NULL});
    ck_assert_int_eq(pg_script(pg_case.pg, "LISTEN channel", pg_case_in_ms(300), NULL), ST_OK);
    ck_assert(pg_wait_notify(pg_case.pg, -1, pg_case_in_ms(30000)));
    ck_assert_int_lt(clock_monotonic_ms() - started_ms, 15000);
    ck_assert(!pg_wait_notify(pg_case.pg, -1, pg_case_in_ms(20)));
    ck_assert(pg_connected(pg_case.pg));
}
END_TEST

START_TEST(a_wake_up_ends_the_wait) {
    int wake = eventfd(1, 0);
    int64_t started_ms = clock_monotonic_ms();

    PG_CASE({FAKE_OK, NULL});
    pg_case_run_ok(&pg_case_seven);
    ck_assert(!pg_wait_notify(pg_case.pg, wake, pg_case_in_ms(30000)));
    ck_assert_int_lt(clock_monotonic_ms() - started_ms, 15000);
    close(wake);
}
END_TEST

START_TEST(the_end_of_the_connection_ends_the_wait) {
    static const enum fake_act ways[] = {FAKE_OK_CLOSE, FAKE_OK_VANISH};
    struct fake_step steps[] = {{FAKE_OK, NULL}, {ways[_i], NULL}};
    int64_t started_ms = clock_monotonic_ms();

    pg_case_begin_script(steps, 2);
    ck_assert_int_eq(pg_script(pg_case.pg, "LISTEN channel", pg_case_in_ms(300), NULL), ST_OK);
    ck_assert(!pg_wait_notify(pg_case.pg, -1, pg_case_in_ms(30000)));
    ck_assert_int_lt(clock_monotonic_ms() - started_ms, 15000);
    ck_assert(!pg_connected(pg_case.pg));
    ck_assert(!pg_wait_notify(pg_case.pg, -1, pg_case_in_ms(30000)));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("pg_connect");
    TCase *tcase = tcase_create("cases");
    static const struct {
        const TTest *const *test;
        int count;
    } tests[] = {
        {&a_connection_carries_its_settings, 1},
        {&a_conninfo_that_is_none_is_a_fault, 1},
        {&O14_a_conninfo_that_is_none_is_told_from_a_good_one, 1},
        {&a_conninfo_tells_how_many_hosts_and_passwords_it_has, 1},
        {&a_server_that_is_not_there_is_unavailable, 1},
        {&every_way_not_to_be_connected_is_unavailable, 1},
        {&the_callers_deadline_bounds_connecting_too, 1},
        {&failures_are_followed_by_a_growing_back_off, 1},
        {&a_host_that_hangs_is_tried_last_the_next_time, 1},
        {&a_host_that_refuses_is_passed_over_at_once, 1},
        {&behind_a_pooler_nothing_is_prepared_under_a_name, 1},
        {&a_pooler_that_takes_no_options_is_asked_without_at_once, 1},
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
    tcase_add_checked_fixture(tcase, NULL, pg_case_tear_down);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
        tcase_add_loop_test(tcase, *tests[i].test, 0, tests[i].count);
    suite_add_tcase(suite, tcase);
    return unit_run(suite);
}

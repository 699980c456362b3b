/* The PostgreSQL connection against a real server of its own. */
#include "unit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "link/pg.h"

static char folder[64];
static struct pg *pg, *other;
static PGresult *result;

/* --- a server --- */

/* As the user postgres when root, since the server refuses to be root. */
static void run_server(const char *command) {
    static const char format[] =
        "b=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1); cd %s; %s bash -c \"%s\" "
        ">/dev/null 2>&1";
    char line[1024];

    snprintf(line, sizeof line, format, folder, getuid() == 0 ? "runuser -u postgres --" : "",
             command);
    ck_assert_int_eq(system(line), 0);
}

static void start_cluster(void) {
    strcpy(folder, "/tmp/countersign-pg-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chmod(folder, 0777), 0);
    run_server("$b/initdb -D data -U owner -A trust -N --no-locale -E UTF8");
    run_server("$b/pg_ctl -D data -w -o \\\"-k $PWD -c listen_addresses= -F\\\" -l log start");
}

static void stop_cluster(void) {
    char line[128];

    run_server("$b/pg_ctl -D data -m immediate -w stop");
    snprintf(line, sizeof line, "rm -rf %s", folder);
    ck_assert_int_eq(system(line), 0);
}

static struct pg *connect_as(const char *name, int statement_timeout_ms) {
    char conninfo[128];
    struct pg_options options = {.conninfo = conninfo,
                                 .application_name = name,
                                 .connect_timeout_ms = 2000,
                                 .statement_timeout_ms = statement_timeout_ms,
                                 .lock_timeout_ms = 100};

    snprintf(conninfo, sizeof conninfo, "host=%s user=owner dbname=postgres", folder);
    return pg_new(&options);
}

/* Until a connection gives this status: the server may still recover from the case before, or not
 * have read its configuration yet. */
static void wait_for(enum status wanted) {
    enum status status = ST_FAULT;

    for (int i = 0; i < 300 && status != wanted; i++) {
        struct pg *probe = connect_as("probe", 0);
        status = pg_connect(probe, true, clock_monotonic_ms() + 2000);
        pg_free(&probe);
        if (status != wanted)
            usleep(100000);
    }
    ck_assert_int_eq(status, wanted);
}

static void set_up(void) {
    wait_for(ST_OK);
    pg = connect_as("first", 300);
    other = connect_as("second", 0);
}

static void tear_down(void) {
    PQclear(result);
    result = NULL;
    pg_free(&pg);
    pg_free(&other);
}

static int64_t in_ms(int ms) {
    return clock_monotonic_ms() + ms;
}

static enum status run(struct pg *which, const struct pg_statement *statement,
                       const struct pg_params *params) {
    PQclear(result);
    result = NULL;
    return pg_run(which, statement, params, in_ms(3000), &result);
}

static void script(struct pg *which, const char *sql) {
    ck_assert_msg(pg_script(which, sql, in_ms(3000), NULL) == ST_OK, "%s: %s", pg_sqlstate(which),
                  pg_message(which));
}

/* --- values --- */

START_TEST(arrays_go_there_and_back) {
    static const struct pg_statement statement = {
        "arrays",
        "SELECT array_agg(i ORDER BY n), array_agg(t ORDER BY n), array_agg(b ORDER BY n),"
        " count(*) FILTER (WHERE y) FROM unnest($1::int8[], $2::text[], $3::bytea[],"
        " $4::bool[]) WITH ORDINALITY AS u(i, t, b, y, n)"};
    struct pg_array arrays[4];
    static const enum pg_type types[] = {PG_INT8, PG_TEXT, PG_BYTEA, PG_BOOL};
    struct pg_params params;
    struct text texts[3];
    int64_t ints[3];

    pg_params_init(&params);
    for (int i = 0; i < 4; i++)
        pg_array_init(&arrays[i], types[i], 1000);
    for (int i = 0; i < 3; i++) {
        pg_array_add_int(&arrays[0], INT64_MAX - i);
        pg_array_add_text(&arrays[1], i == 1 ? text_of(NULL) : text_of("\xc3\xa4"));
        pg_array_add_bytes(&arrays[2], "\0\xff", (size_t)i);
        pg_array_add_bool(&arrays[3], i != 0);
    }
    for (int i = 0; i < 4; i++)
        ck_assert(pg_params_add_array(&params, &arrays[i]));
    ck_assert_int_eq(run(pg, &statement, &params), ST_OK);
    ck_assert_int_eq(pg_get_ints(result, 0, 0, ints, 3), 3);
    ck_assert_int_eq(ints[2], INT64_MAX - 2);
    ck_assert_int_eq(pg_get_texts(result, 0, 1, texts, 3), 3);
    unit_assert_text(texts[0], "\xc3\xa4");
    ck_assert_ptr_null(texts[1].data);
    ck_assert_int_eq(pg_get_texts(result, 0, 2, texts, 3), 3);
    ck_assert_uint_eq(texts[2].len, 2);
    ck_assert_int_eq(pg_get_int(result, 0, 3), 2);
    for (int i = 0; i < 4; i++)
        pg_array_done(&arrays[i]);
}
END_TEST

START_TEST(times_and_single_values_come_back) {
    static const struct pg_statement statement = {
        "values", "SELECT '2026-11-24 04:21:00.123Z'::timestamptz, 'infinity'::timestamptz,"
                  " $1::int2, $2::int4, $3::int8, $4::text, true"};
    uint8_t two[2], four[4], eight[8];
    struct pg_params params;
    int64_t wanted = 0;

    pg_params_init(&params);
    pg_params_add_int2(&params, two, -3);
    pg_params_add_int4(&params, four, -70000);
    pg_params_add_int8(&params, eight, INT64_MIN);
    pg_params_add_text(&params, text_of("x"));
    ck_assert_int_eq(run(pg, &statement, &params), ST_OK);
    ck_assert(clock_parse(text_of("2026-11-24T04:21:00.123Z"), &wanted));
    ck_assert_int_eq(pg_get_time_ms(result, 0, 0), wanted);
    ck_assert_int_eq(pg_get_time_ms(result, 0, 1), 0);
    ck_assert_int_eq(pg_get_int(result, 0, 2), -3);
    ck_assert_int_eq(pg_get_int(result, 0, 3), -70000);
    ck_assert_int_eq(pg_get_int(result, 0, 4), INT64_MIN);
    unit_assert_text(pg_get_text(result, 0, 5), "x");
    ck_assert(pg_get_bool(result, 0, 6));
}
END_TEST

/* --- faults --- */

START_TEST(D12_a_statement_that_takes_too_long_is_busy) {
    static const struct pg_statement slow = {"slow", "SELECT pg_sleep(5)"};

    ck_assert_int_eq(run(pg, &slow, NULL), ST_BUSY);
    ck_assert_str_eq(pg_sqlstate(pg), "57014");
    ck_assert(pg_connected(pg));
}
END_TEST

START_TEST(D12_a_lock_that_takes_too_long_is_busy) {
    script(other, "CREATE TABLE locked (n int)");
    script(other, "BEGIN; LOCK TABLE locked");
    ck_assert_int_eq(pg_script(pg, "INSERT INTO locked VALUES (1)", in_ms(2000), NULL), ST_BUSY);
    ck_assert_str_eq(pg_sqlstate(pg), "55P03");
    script(other, "ROLLBACK");
    script(other, "DROP TABLE locked");
}
END_TEST

START_TEST(D18_a_plan_that_no_longer_fits_is_made_anew) {
    static const struct pg_statement all = {"all", "SELECT * FROM changing"};

    script(pg, "CREATE TABLE changing (n int); INSERT INTO changing VALUES (1)");
    ck_assert_int_eq(run(pg, &all, NULL), ST_OK);
    script(pg, "ALTER TABLE changing ADD m int DEFAULT 5");
    ck_assert_int_eq(run(pg, &all, NULL), ST_OK);
    ck_assert_int_eq(PQnfields(result), 2);
    script(pg, "DEALLOCATE ALL");
    ck_assert_int_eq(run(pg, &all, NULL), ST_OK);
    ck_assert_uint_eq(pg_generation(pg), 1);
    script(pg, "DROP TABLE changing");
}
END_TEST

START_TEST(D13_a_violated_constraint_is_a_fault_without_values) {
    script(pg, "CREATE TABLE unique_one (mail text PRIMARY KEY)");
    script(pg, "INSERT INTO unique_one VALUES ('someone@example.org')");
    ck_assert_int_eq(
        pg_script(pg, "INSERT INTO unique_one VALUES ('someone@example.org')", in_ms(2000), NULL),
        ST_FAULT);
    ck_assert_str_eq(pg_sqlstate(pg), "23505");
    ck_assert_ptr_null(strchr(pg_message(pg), '@'));
    ck_assert_int_eq(pg_script(pg, "SELECT 'someone@example.org'::int", in_ms(2000), NULL),
                     ST_FAULT);
    ck_assert_ptr_null(strchr(pg_message(pg), '@'));
    script(pg, "DROP TABLE unique_one");
}
END_TEST

static void *end_first(void *argument) {
    usleep(100000);
    script(other, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                  " WHERE application_name = 'first'");
    return argument;
}

START_TEST(D3_a_session_ended_in_mid_statement_is_uncertain) {
    pthread_t thread;

    script(other, "SELECT 1");
    script(pg, "SET statement_timeout = 0");
    ck_assert_int_eq(pthread_create(&thread, NULL, end_first, NULL), 0);
    ck_assert_int_eq(pg_script(pg, "SELECT pg_sleep(5)", in_ms(3000), NULL), ST_UNCERTAIN);
    ck_assert_str_eq(pg_sqlstate(pg), "57P01");
    pthread_join(thread, NULL);
    ck_assert_int_eq(pg_connect(pg, true, in_ms(2000)), ST_OK);
    script(pg, "SELECT 1");
}
END_TEST

START_TEST(D3_a_session_ended_while_idle_is_not_noticed) {
    script(other, "SELECT 1");
    script(pg, "SELECT 1");
    end_first(NULL);
    usleep(50000);
    script(pg, "SELECT 1");
    ck_assert_uint_eq(pg_generation(pg), 2);
}
END_TEST

START_TEST(D4_a_crash_of_the_server_is_recovered_from) {
    int64_t deadline_ms;

    script(pg, "SELECT 1");
    run_server("kill -9 $(ps -o pid= --ppid $(head -1 data/postmaster.pid) | head -1)");
    deadline_ms = in_ms(10000);
    while (pg_script(pg, "SELECT 1", in_ms(1000), NULL) != ST_OK) {
        ck_assert_int_lt(clock_monotonic_ms(), deadline_ms);
        usleep(20000);
    }
}
END_TEST

START_TEST(D8_a_server_that_is_read_only_is_not_connected_to) {
    script(other, "ALTER SYSTEM SET default_transaction_read_only = on");
    script(other, "SELECT pg_reload_conf()");
    wait_for(ST_UNAVAILABLE);
    ck_assert_int_eq(pg_connect(pg, true, in_ms(2000)), ST_UNAVAILABLE);
    ck_assert_ptr_nonnull(strstr(pg_message(pg), "read-only"));
    run_server("sed -i /read_only/d data/postgresql.auto.conf; $b/pg_ctl -D data reload");
    wait_for(ST_OK);
    ck_assert_int_eq(pg_connect(pg, true, in_ms(2000)), ST_OK);
}
END_TEST

START_TEST(rows_stream_and_notifications_come) {
    static const struct pg_statement many = {"many", "SELECT generate_series(1, 1000)"};
    PGresult *row = NULL;
    int64_t sum = 0;

    ck_assert_int_eq(pg_stream(pg, &many, NULL, in_ms(2000)), ST_OK);
    while (pg_next(pg, in_ms(2000), &row) == ST_OK) {
        sum += pg_get_int(row, 0, 0);
        PQclear(row);
    }
    ck_assert_int_eq(sum, 500500);
    script(pg, "LISTEN changed");
    script(other, "NOTIFY changed");
    ck_assert(pg_wait_notify(pg, -1, in_ms(2000)));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("pg_server");
    TCase *tcase = tcase_create("server");
    static const TTest *const *const tests[] = {
        &arrays_go_there_and_back,
        &times_and_single_values_come_back,
        &D12_a_statement_that_takes_too_long_is_busy,
        &D12_a_lock_that_takes_too_long_is_busy,
        &D18_a_plan_that_no_longer_fits_is_made_anew,
        &D13_a_violated_constraint_is_a_fault_without_values,
        &D3_a_session_ended_in_mid_statement_is_uncertain,
        &D3_a_session_ended_while_idle_is_not_noticed,
        &D4_a_crash_of_the_server_is_recovered_from,
        &D8_a_server_that_is_read_only_is_not_connected_to,
        &rows_stream_and_notifications_come,
    };

    tcase_set_timeout(tcase, 60);
    tcase_add_unchecked_fixture(tcase, start_cluster, stop_cluster);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
        tcase_add_test(tcase, *tests[i]);
    suite_add_tcase(suite, tcase);
    return unit_run(suite);
}

#include "pg_case.h"

#include <stdio.h>

#include "base/clock.h"
#include "unit.h"

struct pg_case pg_case;
const struct pg_statement pg_case_seven = {"seven", "SELECT 7"};
const struct pg_statement pg_case_eight = {"eight", "SELECT 8"};

void pg_case_begin_script(const struct fake_step *steps, size_t count) {
    char conninfo[128];
    struct pg_options options = {.conninfo = conninfo,
                                 .password = {"secret", 6},
                                 .application_name = "countersignd.3 committer",
                                 .connect_timeout_ms = 300,
                                 .statement_timeout_ms = 3000,
                                 .lock_timeout_ms = 1000};

    fake_postgres_start(&pg_case.fake, steps, count);
    snprintf(conninfo, sizeof conninfo, "host=%s user=worker dbname=petitions",
             pg_case.fake.folder);
    pg_case.pg = pg_new(&options);
    ck_assert_ptr_nonnull(pg_case.pg);
}

void pg_case_tear_down(void) {
    PQclear(pg_case.result);
    pg_case.result = NULL;
    pg_free(&pg_case.pg);
    fake_postgres_stop(&pg_case.fake);
}

int64_t pg_case_in_ms(int ms) {
    return clock_monotonic_ms() + ms;
}

static enum status run_within(const struct pg_statement *statement, int timeout_ms) {
    PQclear(pg_case.result);
    pg_case.result = NULL;
    return pg_run(pg_case.pg, statement, NULL, pg_case_in_ms(timeout_ms), &pg_case.result);
}

enum status pg_case_run(const struct pg_statement *statement) {
    return run_within(statement, 300);
}

/* It ends by an answer, so it may take as long as a busy machine needs. */
void pg_case_run_ok(const struct pg_statement *statement) {
    ck_assert_str_eq(status_name(run_within(statement, 20000)), "ok");
    ck_assert_int_eq(pg_get_int(pg_case.result, 0, 0), 7);
}

void pg_case_forgive(void) {
    ck_assert_int_eq(pg_connect(pg_case.pg, true, pg_case_in_ms(20000)), ST_OK);
}

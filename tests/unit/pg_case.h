/* pg_case: a connection to a server on script, and its last result. */
#ifndef TESTS_UNIT_PG_CASE_H
#define TESTS_UNIT_PG_CASE_H

#include "fake_postgres.h"
#include "link/pg.h"

extern struct pg_case {
    struct fake_postgres fake;
    struct pg *pg;
    PGresult *result;
} pg_case;

extern const struct pg_statement pg_case_seven, pg_case_eight;

/* PG_CASE({FAKE_OK, NULL}, {FAKE_ERROR, "57014"}): starts the server and makes the connection. */
#define PG_CASE(...)                                                                               \
    do {                                                                                           \
        static const struct fake_step script_steps[] = {__VA_ARGS__};                              \
        pg_case_begin_script(script_steps, sizeof script_steps / sizeof script_steps[0]);          \
    } while (0)

void pg_case_begin_script(const struct fake_step *steps, size_t count);
void pg_case_tear_down(void);
int64_t pg_case_in_ms(int ms);
/* Within 300 ms. */
enum status pg_case_run(const struct pg_statement *statement);
/* It has to give the number 7. */
void pg_case_run_ok(const struct pg_statement *statement);
/* The next call is not held up by the back-off. */
void pg_case_forgive(void);

#endif

/* store_call: one call of a store module against a PostgreSQL on script. */
#ifndef TESTS_UNIT_STORE_CALL_H
#define TESTS_UNIT_STORE_CALL_H

#include "link/pg.h"

/* The call under test, with whatever it needs. */
typedef enum status store_call(struct pg *pg, int64_t deadline_ms);

/* Errors, deadlocks, a connection that breaks, a server that is not there: the status is the one
 * that pg_run promises. */
void store_call_check(store_call *call);
/* What it says of a server that answers each statement with one row: the number 7. */
enum status store_call_with_seven(store_call *call);

#endif

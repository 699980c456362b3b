/* database: whether a PostgreSQL that was reached is one that this worker may store signatures in.
 */
#ifndef SERVE_DATABASE_H
#define SERVE_DATABASE_H

#include "link/pg.h"
#include "serve/worker.h"

/* INVALID: a schema that is not ours, or a role that may not sign; worker->schema_refused or
 * role_refused is set, and the log has said once what to do. Other statuses as pg_run. */
enum status database_check(struct worker *worker, struct pg *pg, int64_t deadline_ms);
/* PostgreSQL's time in an answer that was asked for then (monotonic): a metric, and a line of the
 * log when the clocks differ by more than two seconds. */
void database_clock(struct worker *worker, int64_t server_ms, int64_t asked_ms);
/* PostgreSQL's time now, as of its last answer, whatever this host's clock says. Any thread. */
int64_t database_now_ms(struct worker *worker);

#endif

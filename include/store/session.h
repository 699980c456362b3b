/* session: how PostgreSQL's log (%a) and pg_stat_activity call a connection. */
#ifndef STORE_SESSION_H
#define STORE_SESSION_H

#include "link/pg.h"

/* Until it is named anew or connects anew. Statuses as pg_run. */
enum status session_name(struct pg *pg, struct text name, int64_t deadline_ms);

#endif

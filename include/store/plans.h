/* plans: when a session plans its statements anew. A kept plan is for the sizes that tables had
 * when it was made: one for a few rows may read all of them for each row that it looks for. The
 * server makes new ones only when it analyses a table, a minute later at best. */
#ifndef STORE_PLANS_H
#define STORE_PLANS_H

#include <stddef.h>

#include "link/pg.h"

struct plans {
    int64_t until_ms;  /* 0: nothing was planned yet */
    size_t rows, most; /* that were handled since; so many, and plans are made anew */
};

/* Before work: `rows` more have come than at the last call. Plans are forgotten when those have
 * become four times as many, and after half a minute; not the first time, when there are none.
 * Statuses of pg_run. One thread. */
enum status plans_refresh(struct plans *plans, struct pg *pg, size_t rows, int64_t deadline_ms);

#endif

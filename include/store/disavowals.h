/* disavowals: how many said "this was not me", for the review of fraud. Numbers, no persons. */
#ifndef STORE_DISAVOWALS_H
#define STORE_DISAVOWALS_H

#include <stdint.h>

#include "base/arena.h"
#include "link/pg.h"

/* One petition's day (UTC). */
struct disavowals_row {
    struct text slug;
    int64_t day_ms; /* its start; 0: nothing is there of this petition */
    int64_t disavowed, signed_then, sent;
};

struct disavowals_rows {
    struct disavowals_row *items; /* by slug and day */
    size_t count;
};

/* One petition (NOT_FOUND), or all with an absent slug. Reads whole tables. Texts live in the
 * arena. Statuses that are not told are those of pg_run. */
enum status disavowals_read(struct pg *pg, struct text slug, struct arena *arena,
                            int64_t deadline_ms, struct disavowals_rows *out);

#endif

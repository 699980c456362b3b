/* restored: what becomes of the letters that were owed when a backup was made. Works with the
 * operator's connection. */
#ifndef STORE_RESTORED_H
#define STORE_RESTORED_H

#include "core/verp.h"
#include "link/pg.h"

struct restored_state {
    int64_t held;       /* letters that nobody may send yet */
    int64_t number;     /* of the database: how often it was moved or set back, from 1 on */
    int64_t changed_ms; /* when that was seen, Unix time */
};

/* Letters that were sent, by the keys of their return addresses. */
struct restored_log {
    const struct verp_key *keys;
    size_t count;
    int token_days, reminder_days; /* as the mailers have them */
};

struct restored_matches {
    int64_t unknown; /* there are no such letters */
    int64_t sent;    /* held ones that count as sent now */
};

/* `unseen`: there was a restore that PostgreSQL does not show. Statuses of pg_run, here and below.
 */
enum status restored_read(struct pg *pg, bool unseen, int64_t deadline_ms,
                          struct restored_state *out);
/* Safe to repeat. */
enum status restored_sent(struct pg *pg, const struct restored_log *log, int64_t deadline_ms,
                          struct restored_matches *out);
/* What is still held goes, or is given up and shredded. *count gets how many. */
enum status restored_release(struct pg *pg, bool send, int token_days, int64_t deadline_ms,
                             int64_t *count);

#endif

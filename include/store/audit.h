/* audit: the count as the table, the tally, its places and its hours have it, from one snapshot. */
#ifndef STORE_AUDIT_H
#define STORE_AUDIT_H

#include <stdint.h>

#include "base/arena.h"
#include "link/pg.h"

struct audit_row {
    struct text slug;
    int64_t in_table; /* rows that count */
    int64_t erased;   /* counted ones whose rows were erased */
    int64_t tally, places, hours;
    int64_t places_differ, hours_differ; /* single places and hours that are not equal */
    int64_t referrals_differ;            /* likewise of those who brought signatures */
    int64_t version;
    int64_t undeliverable; /* taken out of the count since a letter came back */
    bool equal;            /* tally = places = hours = in_table + erased, each part too */
};

struct audit_rows {
    struct audit_row *items;
    size_t count;
};

/* One petition (NOT_FOUND), or all with an absent slug. Reads the whole table: minutes with
 * millions. Texts live in the arena. */
enum status audit_read(struct pg *pg, struct text slug, struct arena *arena, int64_t deadline_ms,
                       struct audit_rows *out);

#endif

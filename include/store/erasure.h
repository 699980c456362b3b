/* erasure: a person's request to be forgotten. The rows go; the number stays or goes too, as each
 * petition says. */
#ifndef STORE_ERASURE_H
#define STORE_ERASURE_H

#include <stdint.h>

#include "core/blind.h"
#include "link/pg.h"

/* One blind index in one petition. */
struct erasure_key {
    int32_t petition;
    uint8_t email_hash[BLIND_SIZE];
};

struct erasure_found {
    int32_t petition;
    int64_t signatures;
};

struct erasure_keys {
    const struct erasure_key *items;
    size_t count;
};

/* Which petitions hold something of these keys, by the petition's number. `found` has room for one
 * of each petition among the keys. Statuses as pg_run. */
enum status erasure_find(struct pg *pg, const struct erasure_keys *keys, int64_t deadline_ms,
                         struct erasure_found *found, size_t *found_count);

struct erasure_result {
    int64_t signatures; /* rows shredded */
    int64_t kept;       /* those of them that go on counting */
    int64_t lowered;    /* those that were taken out of the count */
    int64_t letters, shown;
    int64_t news; /* mailboxes of which something about news was held */
};

struct erasure_mailboxes {
    uint8_t (*hashes)[BLIND_SIZE];
    size_t count;
};

struct erasure {
    int slot; /* of the tally, for what is taken out of it */
    struct erasure_keys keys;
    struct erasure_mailboxes mailboxes;
};

/* Erases in one transaction: signatures, letters, what is shown; and the letter limits of the
 * mailboxes. Reads all letters. */
enum status erasure_run(struct pg *pg, const struct erasure *erasure, int64_t deadline_ms,
                        struct erasure_result *out);

#endif

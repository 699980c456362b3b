/* snapshot: everything that changes while the worker runs, as one immutable value.
 *
 * Settings that reload, petitions, and the epoch keys to seal under. The reader thread builds a new
 * one beside the old one and swaps them; a request holds the one that it began with until its
 * answer. */
#ifndef SERVE_SNAPSHOT_H
#define SERVE_SNAPSHOT_H

#include "core/address.h"
#include "core/petition.h"
#include "core/seal.h"
#include "core/settings.h"
#include "serve/keyring.h"
#include "serve/views.h"
#include "store/limits.h"
#include "store/mailings.h"

struct snapshot {
    struct arena *arena;
    const struct settings *settings; /* as they were then; in the arena */
    struct limit_rules rules;
    struct blocklist *blocklist;
    struct views *views[VIEWS];
    struct text own_origins[1 + SETTINGS_ORIGINS_MAX]; /* base_url's first */
    size_t own_origins_count;
    bool loaded;                /* false: PostgreSQL was never reached, so no petition is known */
    int64_t version;            /* of the catalog */
    struct petition *petitions; /* by slug */
    size_t petitions_count;
    struct mailings mailings;             /* letters to the list that may be viewed */
    struct keyring_epoch **signer_epochs; /* one a petition, in the same order; NULL: none yet */
    struct keyring_epoch *letter_epoch, *subscriber_epoch;
    int64_t clock_offset_ms; /* PostgreSQL's clock minus the monotonic one */
    int references;          /* the holder's to change */
};

/* Absent: not known. */
const struct petition *snapshot_find(const struct snapshot *snapshot, struct text slug);
struct keyring_epoch *snapshot_signer_epoch(const struct snapshot *snapshot,
                                            const struct petition *petition);
/* The state as of now: `closes_at` may have passed since it was loaded. */
enum petition_state snapshot_state(const struct snapshot *snapshot,
                                   const struct petition *petition);

/* The place that a snapshot is taken from; any thread. */
struct snapshot_holder;

struct snapshot_holder *snapshot_holder_new(void);
void snapshot_holder_free(struct snapshot_holder **holder);
/* Never NULL once the first one is set. Release it. */
struct snapshot *snapshot_take(struct snapshot_holder *holder);
void snapshot_release(struct snapshot_holder *holder, struct snapshot *snapshot);
/* Takes ownership; the old one is freed with its last request. */
void snapshot_set(struct snapshot_holder *holder, struct snapshot *snapshot);
/* An empty one with one reference. NULL: out of memory. */
struct snapshot *snapshot_new(void);
void snapshot_free(struct snapshot *snapshot);

#endif

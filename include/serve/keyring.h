/* keyring: the epoch keys of this process.
 *
 * One epoch a set of recipients and purpose. It is stored in PostgreSQL before it is used, is
 * replaced a few minutes after its first use, and is wiped when the last request that holds it is
 * answered. An unused one protects nothing and stays. */
#ifndef SERVE_KEYRING_H
#define SERVE_KEYRING_H

#include <stdatomic.h>

#include "core/seal.h"
#include "link/pg.h"

struct keyring_epoch {
    struct epoch *epoch;
    enum seal_purpose purpose;
    struct recipients recipients;
    int64_t made_ms;               /* monotonic */
    _Atomic int64_t first_used_ms; /* monotonic; 0: never */
    bool wanted;                   /* since keyring_tidy was last called */
    atomic_int references;
};

struct keyring;

/* The reader's thread only, but for keyring_epoch_* below. NULL: out of memory. */
struct keyring *keyring_new(void);
void keyring_free(struct keyring **keyring);
struct keyring_want {
    enum seal_purpose purpose;
    const struct recipients *recipients;
    int64_t life_ms;
};
/* A current epoch for the recipients, with a reference for the caller; makes and stores one when
 * there is none, it is in use for `life_ms`, or was made half a day ago (the mailers delete what is
 * older than three days and seals no letter). When the store fails an old one is given rather than
 * none. NULL: there is none. */
struct keyring_epoch *keyring_get(struct keyring *keyring, struct pg *pg,
                                  const struct keyring_want *want, int64_t deadline_ms);
/* Lets go of what keyring_get has not been asked for since the last call: of petitions that are
 * gone, or have other keys by now. Such an epoch would have no end. */
void keyring_tidy(struct keyring *keyring);
/* Whether some epoch has lived its time, so that a new snapshot is due. */
bool keyring_is_due(const struct keyring *keyring, int64_t life_ms);
/* Drops all, so that the next keyring_get makes new ones. */
void keyring_forget(struct keyring *keyring);
size_t keyring_count(const struct keyring *keyring);

/* Any thread. */
void keyring_epoch_use(struct keyring_epoch *epoch);
void keyring_epoch_release(struct keyring_epoch *epoch);

#endif

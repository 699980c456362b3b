/* catalog: the petitions as the worker needs them, loaded whole. */
#ifndef STORE_CATALOG_H
#define STORE_CATALOG_H

#include "base/arena.h"
#include "core/petition.h"
#include "link/pg.h"

/* Grows with every change of any petition. */
enum status catalog_version(struct pg *pg, int64_t deadline_ms, int64_t *version);
/* Tells that the worker of this connection goes by that version, until it tells another one or the
 * connection ends. Nothing behind a pooler. */
enum status catalog_known(struct pg *pg, int64_t deadline_ms, int64_t version);
/* Whether a worker goes by an older version than is stored. */
enum status catalog_behind(struct pg *pg, int64_t deadline_ms, bool *behind);
/* Whether the role of this connection may store signatures. */
enum status catalog_may_sign(struct pg *pg, int64_t deadline_ms, bool *may);
/* Wakes pg_wait_notify when a petition changes; once a connection. Behind a pooler nothing does, so
 * catalog_version has to be asked now and then in any case. */
enum status catalog_listen(struct pg *pg, int64_t deadline_ms);
struct catalog {
    struct petition *petitions; /* in order of slug */
    size_t count;
    int64_t now_ms; /* PostgreSQL's clock */
};
/* All petitions that are not drafts, with their current texts, in the arena. */
enum status catalog_load(struct pg *pg, int64_t deadline_ms, struct arena *arena,
                         struct catalog *out);

#endif

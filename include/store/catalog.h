/* catalog: the petitions as the worker needs them, loaded whole. */
#ifndef STORE_CATALOG_H
#define STORE_CATALOG_H

#include "base/arena.h"
#include "core/petition.h"
#include "link/pg.h"

/* Grows with every change of any petition. */
enum status catalog_version(struct pg *pg, int64_t deadline_ms, int64_t *version);
/* Wakes pg_wait_notify when a petition changes. Once a connection. */
enum status catalog_listen(struct pg *pg, int64_t deadline_ms);
/* All petitions that are not drafts, in order of slug, with their current texts, in the arena.
 * *now_ms is PostgreSQL's clock. */
enum status catalog_load(struct pg *pg, int64_t deadline_ms, struct arena *arena,
                         struct petition **petitions, size_t *count, int64_t *now_ms);

#endif

/* builder: makes a new snapshot from settings, PostgreSQL and the keyring. The reader's thread
 * only. */
#ifndef SERVE_BUILDER_H
#define SERVE_BUILDER_H

#include "serve/worker.h"

/* A snapshot that knows no petition yet, from settings alone. INVALID: the list of blocked
 * addresses cannot be read (logged). */
enum status builder_first(const struct settings *settings, struct snapshot **out);
struct builder_sources {
    struct pg *pg;
    struct keyring *keyring;
    int64_t deadline_ms;
};
/* The whole: petitions, their epochs, the letters' epoch. A list of blocked addresses that cannot
 * be read is logged once, and the one from before stays in use. Statuses of pg_run. */
enum status builder_load(struct worker *worker, const struct settings *settings,
                         const struct builder_sources *from, struct snapshot **out);

#endif

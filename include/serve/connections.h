/* connections: how the committer and the reader reach PostgreSQL and Redis; each has its own. */
#ifndef SERVE_CONNECTIONS_H
#define SERVE_CONNECTIONS_H

#include "link/pg.h"
#include "link/redis.h"
#include "serve/metrics.h"
#include "serve/worker.h"

enum { CONNECTIONS_CONNECT_MS = 1000, CONNECTIONS_NAME_SIZE = 64 };

/* "countersignd.SLOT WHO" */
void connections_name(const struct worker *worker, const char *who,
                      char out[CONNECTIONS_NAME_SIZE]);

/* Called so in PostgreSQL. Does not connect. NULL: out of memory. */
struct pg *connections_pg(const struct worker *worker, const char *who, int statement_timeout_ms);
/* Does not connect. NULL: a wrong address, or out of memory. */
struct redis *connections_redis(const struct worker *worker);
/* What was asked of it failed: Redis is away. `metric` counts that; the log has why. */
void connections_redis_failed(struct worker *worker, const struct redis *redis,
                              enum worker_metric metric);

#endif

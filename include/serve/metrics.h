/* metrics: the table of what countersignd counts. */
#ifndef SERVE_METRICS_H
#define SERVE_METRICS_H

#include "base/metrics.h"

enum worker_metric {
    M_REQUESTS_2XX,
    M_REQUESTS_304,
    M_REQUESTS_4XX,
    M_REQUESTS_429,
    M_REQUESTS_5XX,
    M_ACCEPTED,
    M_CONFIRMED,
    M_WITHDRAWN,
    M_DISAVOWED,
    M_ERASED,
    M_RESENDS,
    M_SHED_QUEUE_FULL,
    M_SHED_DEADLINE,
    M_SHED_DATABASE,
    M_SHED_STOPPING,
    M_BATCHES,
    M_BATCH_RETRIES,
    M_BATCH_SPLITS,
    M_BATCH_ROWS,
    M_COMMIT_SECONDS,
    M_REQUEST_SECONDS,
    M_QUEUE_LENGTH,
    M_LIMITS_LOCAL,
    M_REDIS_ERRORS,
    M_REDIS_UP,
    M_DATABASE_ERRORS,
    M_DATABASE_UP,
    M_PUBLISHED,
    M_CATALOG_LOADS,
    M_PETITIONS,
    M_EPOCHS,
    M_CONNECTIONS,
    M_CONNECTIONS_ACCEPTED,
    M_PEERS_REFUSED,
    M_PROTOCOL_ERRORS,
    M_READ_TIMEOUTS,
    M_EMFILE,
    M_LOG_DROPPED,
    M_START_TIME,
    M_COUNT
};

struct metrics *worker_metrics_new(void);

#endif

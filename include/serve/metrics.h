/* metrics: the table of what countersignd counts. */
#ifndef SERVE_METRICS_H
#define SERVE_METRICS_H

#include "base/metrics.h"
#include "base/process.h"
#include "base/status.h"
#include "core/problem.h"

/* Whose requests are turned away: somebody who signs, other writes, and who only reads. */
enum refused { REFUSED_SIGN, REFUSED_WRITE, REFUSED_READ, REFUSED_KINDS };

enum worker_metric {
    M_REQUESTS_2XX,
    M_REQUESTS_304,
    M_REQUESTS_4XX,
    M_REQUESTS_429,
    M_REQUESTS_5XX,
    M_REFUSED, /* by kind, then by problem; worker_metrics_refused counts */
    M_REFUSED_LAST = M_REFUSED + REFUSED_KINDS * (PROBLEM_COUNT - 1) - 1,
    M_LIMITED_SIGNING,
    M_LIMITED_SIGNING_56,
    M_LIMITED_SIGNING_48,
    M_LIMITED_PETITION,
    M_LIMITED_TOKENS,
    M_LIMITED_OPENINGS,
    M_LIMITED_UNSUBSCRIBING,
    M_POLLS,
    M_PAGES,
    M_ACCEPTED,
    M_CONFIRMED,
    M_WITHDRAWN,
    M_DISAVOWED,
    M_ERASED,
    M_UNSUBSCRIBED,
    M_SUBSCRIPTIONS,
    M_RESENDS,
    M_PAGE_REQUESTS,
    M_CORRECTED,
    M_SHED_QUEUE_FULL,
    M_SHED_DEADLINE,
    M_SHED_DATABASE,
    M_SHED_STOPPING,
    M_BATCHES,
    M_BATCH_RETRIES,
    M_BATCH_SPLITS,
    M_SLOW_BATCHES,
    M_BATCH_ROWS,
    M_PREPARE_SECONDS,
    M_QUEUE_SECONDS,
    M_LIMITS_SECONDS,
    M_COMMIT_SECONDS,
    M_REPLY_SECONDS,
    M_REQUEST_SECONDS,
    M_QUEUE_LENGTH,
    M_QUEUE_LIMIT,
    M_LIMITS_LOCAL,
    M_REDIS_ERRORS_LIMITS,
    M_REDIS_ERRORS_COUNTS,
    M_REDIS_UP,
    M_DATABASE_UNAVAILABLE,
    M_DATABASE_UNCERTAIN,
    M_DATABASE_BUSY,
    M_DATABASE_FAULT,
    M_DATABASE_UP,
    M_PUBLISHED,
    M_PUBLISH_SECONDS,
    M_PUBLISHED_AT,
    M_COUNTS_READ_AT,
    M_CLOCK_SKEW,
    M_CATALOG_LOADS,
    M_PETITIONS,
    M_EPOCHS,
    M_CONNECTIONS,
    M_CONNECTIONS_LIMIT,
    M_CONNECTIONS_ACCEPTED,
    M_PEERS_REFUSED,
    M_PROTOCOL_ERRORS,
    M_READ_TIMEOUTS,
    M_EMFILE,
    M_LOG_DROPPED,
    M_START_TIME,
    M_BUILD,
    M_PROCESS, /* base/process: what every program of ours tells of itself */
    M_PROCESS_LAST = M_PROCESS + PROCESS_METRICS - 1,
    M_COUNT
};

struct metrics *worker_metrics_new(void);
/* A request that is answered with this problem. */
void worker_metrics_refused(struct metrics *metrics, enum refused kind, enum problem problem);
/* A statement that ended so. */
void worker_metrics_database(struct metrics *metrics, enum status status);

#endif

#include "serve/metrics.h"

static const uint64_t commit_us[] = {500,   1000,   2000,   5000,    10000,   20000,
                                     50000, 100000, 250000, 1000000, 3000000, 0};
static const uint64_t batch_rows[] = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 0};

#define REQUESTS "countersign_requests_total"
#define REQUESTS_HELP "Requests answered, by class of status."
#define SHED "countersign_shed_total"
#define SHED_HELP "Requests answered 503, by reason."

static const struct metric table[M_COUNT] = {
    [M_REQUESTS_2XX] = {REQUESTS, "class=\"2xx\"", METRIC_COUNTER, REQUESTS_HELP, NULL, 0},
    [M_REQUESTS_304] = {REQUESTS, "class=\"304\"", METRIC_COUNTER, REQUESTS_HELP, NULL, 0},
    [M_REQUESTS_4XX] = {REQUESTS, "class=\"4xx\"", METRIC_COUNTER, REQUESTS_HELP, NULL, 0},
    [M_REQUESTS_429] = {REQUESTS, "class=\"429\"", METRIC_COUNTER, REQUESTS_HELP, NULL, 0},
    [M_REQUESTS_5XX] = {REQUESTS, "class=\"5xx\"", METRIC_COUNTER, REQUESTS_HELP, NULL, 0},
    [M_ACCEPTED] = {"countersign_signings_total", NULL, METRIC_COUNTER,
                    "Signings answered 202, whether or not the address was new.", NULL, 0},
    [M_CONFIRMED] = {"countersign_confirmations_total", NULL, METRIC_COUNTER,
                     "Confirmations answered 200.", NULL, 0},
    [M_WITHDRAWN] = {"countersign_withdrawals_total", NULL, METRIC_COUNTER,
                     "Withdrawals answered 200.", NULL, 0},
    [M_DISAVOWED] = {"countersign_disavowals_total", NULL, METRIC_COUNTER,
                     "\"This was not me\", answered 200.", NULL, 0},
    [M_ERASED] = {"countersign_erasures_total", NULL, METRIC_COUNTER,
                  "Erasures by the signer's own token, answered 200.", NULL, 0},
    [M_RESENDS] = {"countersign_confirmation_requests_total", NULL, METRIC_COUNTER,
                   "Confirmation requests answered 202.", NULL, 0},
    [M_SHED_QUEUE_FULL] = {SHED, "reason=\"queue_full\"", METRIC_COUNTER, SHED_HELP, NULL, 0},
    [M_SHED_DEADLINE] = {SHED, "reason=\"deadline\"", METRIC_COUNTER, SHED_HELP, NULL, 0},
    [M_SHED_DATABASE] = {SHED, "reason=\"database\"", METRIC_COUNTER, SHED_HELP, NULL, 0},
    [M_SHED_STOPPING] = {SHED, "reason=\"not_ready\"", METRIC_COUNTER, SHED_HELP, NULL, 0},
    [M_BATCHES] = {"countersign_batches_total", NULL, METRIC_COUNTER,
                   "Batches that were committed.", NULL, 0},
    [M_BATCH_RETRIES] = {"countersign_batch_retries_total", NULL, METRIC_COUNTER,
                         "Batches sent again after a lost answer or a conflict.", NULL, 0},
    [M_BATCH_SPLITS] = {"countersign_batch_splits_total", NULL, METRIC_COUNTER,
                        "Batches halved because a row in them was refused.", NULL, 0},
    [M_BATCH_ROWS] = {"countersign_batch_rows", NULL, METRIC_HISTOGRAM,
                      "Requests in a committed batch.", batch_rows, 1},
    [M_COMMIT_SECONDS] = {"countersign_commit_seconds", NULL, METRIC_HISTOGRAM,
                          "Time of one batch in PostgreSQL.", commit_us, 1e-6},
    [M_REQUEST_SECONDS] = {"countersign_write_seconds", NULL, METRIC_HISTOGRAM,
                           "Time from reading a write to its answer.", commit_us, 1e-6},
    [M_QUEUE_LENGTH] = {"countersign_queue_length", NULL, METRIC_GAUGE,
                        "Writes that wait for the next batch.", NULL, 0},
    [M_LIMITS_LOCAL] = {"countersign_limits_local_total", NULL, METRIC_COUNTER,
                        "Batches whose limits this process decided because Redis was away.", NULL,
                        0},
    [M_REDIS_ERRORS] = {"countersign_redis_errors_total", NULL, METRIC_COUNTER,
                        "Calls to Redis that failed.", NULL, 0},
    [M_REDIS_UP] = {"countersign_redis_up", NULL, METRIC_GAUGE, "Whether Redis answers.", NULL, 0},
    [M_DATABASE_ERRORS] = {"countersign_database_errors_total", NULL, METRIC_COUNTER,
                           "Statements that failed.", NULL, 0},
    [M_DATABASE_UP] = {"countersign_database_up", NULL, METRIC_GAUGE, "Whether PostgreSQL answers.",
                       NULL, 0},
    [M_PUBLISHED] = {"countersign_published_total", NULL, METRIC_COUNTER,
                     "Counts written to Redis.", NULL, 0},
    [M_CATALOG_LOADS] = {"countersign_catalog_loads_total", NULL, METRIC_COUNTER,
                         "Times the petitions were loaded.", NULL, 0},
    [M_PETITIONS] = {"countersign_petitions", NULL, METRIC_GAUGE, "Petitions known.", NULL, 0},
    [M_EPOCHS] = {"countersign_epochs", NULL, METRIC_GAUGE, "Epoch keys held in memory.", NULL, 0},
    [M_CONNECTIONS] = {"countersign_fastcgi_connections", NULL, METRIC_GAUGE,
                       "FastCGI connections now.", NULL, 0},
    [M_CONNECTIONS_ACCEPTED] = {"countersign_fastcgi_accepted_total", NULL, METRIC_COUNTER,
                                "FastCGI connections accepted.", NULL, 0},
    [M_PEERS_REFUSED] = {"countersign_fastcgi_refused_total", NULL, METRIC_COUNTER,
                         "FastCGI connections of users that may not.", NULL, 0},
    [M_PROTOCOL_ERRORS] = {"countersign_fastcgi_protocol_errors_total", NULL, METRIC_COUNTER,
                           "FastCGI connections closed for nonsense.", NULL, 0},
    [M_READ_TIMEOUTS] = {"countersign_fastcgi_timeouts_total", NULL, METRIC_COUNTER,
                         "FastCGI connections closed for silence.", NULL, 0},
    [M_EMFILE] = {"countersign_fastcgi_emfile_total", NULL, METRIC_COUNTER,
                  "Times that no descriptor was left to accept with.", NULL, 0},
    [M_LOG_DROPPED] = {"countersign_log_dropped_total", NULL, METRIC_COUNTER,
                       "Log lines that stderr did not take.", NULL, 0},
    [M_START_TIME] = {"countersign_start_time_seconds", NULL, METRIC_GAUGE,
                      "Start of the process in Unix time.", NULL, 0},
};

struct metrics *worker_metrics_new(void) {
    return metrics_new(table, M_COUNT);
}

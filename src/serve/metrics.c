#include "serve/metrics.h"

static const uint64_t commit_us[] = {500,   1000,   2000,   5000,    10000,   20000,
                                     50000, 100000, 250000, 1000000, 3000000, 0};
static const uint64_t batch_rows[] = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 0};

/* What the process does by itself, from a system call on; and what a person would notice. */
static const uint64_t quick_us[] = {20,   50,    100,   200,    500,     1000,    2000,
                                    5000, 10000, 50000, 250000, 1000000, 5000000, 0};
static const uint64_t publish_ms[] = {50,   100,  250,  500,   750,   1000, 1500,
                                      2000, 3000, 5000, 10000, 60000, 0};

#define REFUSED "countersign_refused_total"
#define REFUSED_HELP "Requests turned away by who asked and the code that they were told."
#define REFUSED_AT(kind, problem) (M_REFUSED + (kind) * (PROBLEM_COUNT - 1) + (problem)-1)
#define REFUSED_ROW(kind, word, problem, code)                                                     \
    [REFUSED_AT(kind, problem)] = {                                                                \
        REFUSED, "of=\"" word "\",code=\"" code "\"", METRIC_COUNTER, REFUSED_HELP, NULL, 0}
#define REFUSED_ROWS(kind, word)                                                                   \
    REFUSED_ROW(kind, word, PROBLEM_BAD_REQUEST, "bad_request"),                                   \
        REFUSED_ROW(kind, word, PROBLEM_EMPTY_BODY, "empty_body"),                                 \
        REFUSED_ROW(kind, word, PROBLEM_TRUNCATED, "truncated"),                                   \
        REFUSED_ROW(kind, word, PROBLEM_INVALID_JSON, "invalid_json"),                             \
        REFUSED_ROW(kind, word, PROBLEM_BAD_QUERY, "bad_query"),                                   \
        REFUSED_ROW(kind, word, PROBLEM_ORIGIN, "origin_not_allowed"),                             \
        REFUSED_ROW(kind, word, PROBLEM_NOT_FOUND, "not_found"),                                   \
        REFUSED_ROW(kind, word, PROBLEM_INVALID_TOKEN, "invalid_token"),                           \
        REFUSED_ROW(kind, word, PROBLEM_METHOD, "method_not_allowed"),                             \
        REFUSED_ROW(kind, word, PROBLEM_PETITION_CHANGED, "petition_changed"),                     \
        REFUSED_ROW(kind, word, PROBLEM_PETITION_CLOSED, "petition_closed"),                       \
        REFUSED_ROW(kind, word, PROBLEM_PETITION_WITHDRAWN, "petition_withdrawn"),                 \
        REFUSED_ROW(kind, word, PROBLEM_BODY_TOO_LARGE, "body_too_large"),                         \
        REFUSED_ROW(kind, word, PROBLEM_MEDIA_TYPE, "unsupported_media_type"),                     \
        REFUSED_ROW(kind, word, PROBLEM_INVALID_FIELDS, "invalid_fields"),                         \
        REFUSED_ROW(kind, word, PROBLEM_TOO_MANY_REQUESTS, "too_many_requests"),                   \
        REFUSED_ROW(kind, word, PROBLEM_INTERNAL, "internal_error"),                               \
        REFUSED_ROW(kind, word, PROBLEM_UNAVAILABLE, "unavailable")
#define LIMITED "countersign_limited_total"
#define LIMITED_HELP "Writes answered 429, by the limit that asked for the longest wait."
#define REDIS_ERRORS "countersign_redis_errors_total"
#define REDIS_ERRORS_HELP "Calls to Redis that failed, by what they were for."
#define DATABASE_ERRORS "countersign_database_errors_total"
#define DATABASE_ERRORS_HELP "Statements that failed, by what is known of them."
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
    REFUSED_ROWS(REFUSED_SIGN, "sign"),
    REFUSED_ROWS(REFUSED_WRITE, "write"),
    REFUSED_ROWS(REFUSED_READ, "read"),
    [M_LIMITED_SIGNING] = {LIMITED, "limit=\"caller\"", METRIC_COUNTER, LIMITED_HELP, NULL, 0},
    [M_LIMITED_SIGNING_56] = {LIMITED, "limit=\"net56\"", METRIC_COUNTER, LIMITED_HELP, NULL, 0},
    [M_LIMITED_SIGNING_48] = {LIMITED, "limit=\"net48\"", METRIC_COUNTER, LIMITED_HELP, NULL, 0},
    [M_LIMITED_PETITION] = {LIMITED, "limit=\"petition\"", METRIC_COUNTER, LIMITED_HELP, NULL, 0},
    [M_LIMITED_TOKENS] = {LIMITED, "limit=\"tokens\"", METRIC_COUNTER, LIMITED_HELP, NULL, 0},
    [M_LIMITED_OPENINGS] = {LIMITED, "limit=\"openings\"", METRIC_COUNTER, LIMITED_HELP, NULL, 0},
    [M_LIMITED_UNSUBSCRIBING] = {LIMITED, "limit=\"unsubscribing\"", METRIC_COUNTER, LIMITED_HELP,
                                 NULL, 0},
    [M_POLLS] = {"countersign_counts_told_total", NULL, METRIC_COUNTER,
                 "Requests for a number that came through nginx's cache to this worker.", NULL, 0},
    [M_PAGES] = {"countersign_pages_told_total", NULL, METRIC_COUNTER,
                 "Requests for a petition's page that came through nginx's cache to this worker.",
                 NULL, 0},
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
    [M_UNSUBSCRIBED] = {"countersign_unsubscriptions_total", NULL, METRIC_COUNTER,
                        "Unsubscriptions answered 200.", NULL, 0},
    [M_SUBSCRIPTIONS] = {"countersign_subscription_changes_total", NULL, METRIC_COUNTER,
                         "Changes of what news somebody wants, answered 200.", NULL, 0},
    [M_RESENDS] = {"countersign_confirmation_requests_total", NULL, METRIC_COUNTER,
                   "Confirmation requests answered 202.", NULL, 0},
    [M_PAGE_REQUESTS] = {"countersign_page_requests_total", NULL, METRIC_COUNTER,
                         "Requests for the link to the own page answered 202.", NULL, 0},
    [M_CORRECTED] = {"countersign_corrections_total", NULL, METRIC_COUNTER,
                     "Corrections by the signer's own token, answered 200.", NULL, 0},
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
    [M_SLOW_BATCHES] = {"countersign_slow_batches_total", NULL, METRIC_COUNTER,
                        "Batches that took log_slow_ms or longer.", NULL, 0},
    [M_BATCH_ROWS] = {"countersign_batch_rows", NULL, METRIC_HISTOGRAM,
                      "Requests in a committed batch.", batch_rows, 1},
    [M_PREPARE_SECONDS] = {"countersign_prepare_seconds", NULL, METRIC_HISTOGRAM,
                           "Time from reading a write to the queue: parsed, checked and sealed.",
                           quick_us, 1e-6},
    [M_QUEUE_SECONDS] = {"countersign_queue_seconds", NULL, METRIC_HISTOGRAM,
                         "Time of a write in the queue, until its batch begins.", commit_us, 1e-6},
    [M_LIMITS_SECONDS] = {"countersign_limits_seconds", NULL, METRIC_HISTOGRAM,
                          "Time of one batch's limits, in Redis or without it.", quick_us, 1e-6},
    [M_COMMIT_SECONDS] = {"countersign_commit_seconds", NULL, METRIC_HISTOGRAM,
                          "Time of one batch in PostgreSQL.", commit_us, 1e-6},
    [M_REPLY_SECONDS] = {"countersign_reply_seconds", NULL, METRIC_HISTOGRAM,
                         "Time of handing out one batch's answers.", quick_us, 1e-6},
    [M_REQUEST_SECONDS] = {"countersign_write_seconds", NULL, METRIC_HISTOGRAM,
                           "Time from reading a write to its answer.", commit_us, 1e-6},
    [M_QUEUE_LENGTH] = {"countersign_queue_length", NULL, METRIC_GAUGE,
                        "Writes that wait for the next batch.", NULL, 0},
    [M_QUEUE_LIMIT] = {"countersign_queue_limit", NULL, METRIC_GAUGE,
                       "Writes that may wait before others are turned away.", NULL, 0},
    [M_LIMITS_LOCAL] = {"countersign_limits_local_total", NULL, METRIC_COUNTER,
                        "Batches whose limits this process decided because Redis was away.", NULL,
                        0},
    [M_REDIS_ERRORS_LIMITS] = {REDIS_ERRORS, "of=\"limits\"", METRIC_COUNTER, REDIS_ERRORS_HELP,
                               NULL, 0},
    [M_REDIS_ERRORS_COUNTS] = {REDIS_ERRORS, "of=\"counts\"", METRIC_COUNTER, REDIS_ERRORS_HELP,
                               NULL, 0},
    [M_REDIS_UP] = {"countersign_redis_up", NULL, METRIC_GAUGE, "Whether Redis answers.", NULL, 0},
    [M_DATABASE_UNAVAILABLE] = {DATABASE_ERRORS, "status=\"unavailable\"", METRIC_COUNTER,
                                DATABASE_ERRORS_HELP, NULL, 0},
    [M_DATABASE_UNCERTAIN] = {DATABASE_ERRORS, "status=\"uncertain\"", METRIC_COUNTER,
                              DATABASE_ERRORS_HELP, NULL, 0},
    [M_DATABASE_BUSY] = {DATABASE_ERRORS, "status=\"busy\"", METRIC_COUNTER, DATABASE_ERRORS_HELP,
                         NULL, 0},
    [M_DATABASE_FAULT] = {DATABASE_ERRORS, "status=\"fault\"", METRIC_COUNTER, DATABASE_ERRORS_HELP,
                          NULL, 0},
    [M_DATABASE_UP] = {"countersign_database_up", NULL, METRIC_GAUGE, "Whether PostgreSQL answers.",
                       NULL, 0},
    [M_PUBLISHED] = {"countersign_published_total", NULL, METRIC_COUNTER,
                     "Counts written to Redis.", NULL, 0},
    [M_PUBLISH_SECONDS] = {"countersign_publish_seconds", NULL, METRIC_HISTOGRAM,
                           "Time from a commit that moved a number to its publication, the longest "
                           "of those published together.",
                           publish_ms, 1e-3},
    [M_PUBLISHED_AT] = {"countersign_published_timestamp_seconds", NULL, METRIC_GAUGE,
                        "When counts were last written to Redis, in Unix time.", NULL, 1e-3},
    [M_COUNTS_READ_AT] = {"countersign_counts_read_timestamp_seconds", NULL, METRIC_GAUGE,
                          "When counts were last read from PostgreSQL, in Unix time.", NULL, 1e-3},
    [M_CLOCK_SKEW] = {"countersign_clock_skew_seconds", NULL, METRIC_GAUGE,
                      "How far PostgreSQL's clock is ahead of this host's.", NULL, 1e-3},
    [M_CATALOG_LOADS] = {"countersign_catalog_loads_total", NULL, METRIC_COUNTER,
                         "Times the petitions were loaded.", NULL, 0},
    [M_PETITIONS] = {"countersign_petitions", NULL, METRIC_GAUGE, "Petitions known.", NULL, 0},
    [M_EPOCHS] = {"countersign_epochs", NULL, METRIC_GAUGE, "Epoch keys held in memory.", NULL, 0},
    [M_CONNECTIONS] = {"countersign_fastcgi_connections", NULL, METRIC_GAUGE,
                       "FastCGI connections now.", NULL, 0},
    [M_CONNECTIONS_LIMIT] = {"countersign_fastcgi_connections_limit", NULL, METRIC_GAUGE,
                             "FastCGI connections at most; further ones wait.", NULL, 0},
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
    [M_BUILD] = {"countersign_build_info", "version=\"" COUNTERSIGN_VERSION "\"", METRIC_GAUGE,
                 "The program's version; always 1.", NULL, 0},
    PROCESS_ROWS(M_PROCESS),
};

struct metrics *worker_metrics_new(void) {
    struct metrics *metrics = metrics_new(table, M_COUNT);
    if (metrics)
        metrics_set(metrics, M_BUILD, 1);
    return metrics;
}

void worker_metrics_refused(struct metrics *metrics, enum refused kind, enum problem problem) {
    metrics_add(metrics, (size_t)REFUSED_AT((int)kind, (int)problem), 1);
}

void worker_metrics_database(struct metrics *metrics, enum status status) {
    metrics_add(metrics,
                status == ST_UNAVAILABLE ? M_DATABASE_UNAVAILABLE
                : status == ST_UNCERTAIN ? M_DATABASE_UNCERTAIN
                : status == ST_BUSY      ? M_DATABASE_BUSY
                                         : M_DATABASE_FAULT,
                1);
}

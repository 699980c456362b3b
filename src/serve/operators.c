#include "serve/operators.h"

#include "base/log.h"
#include "serve/committer.h"
#include "serve/metrics.h"

static void answer_healthz(void *context, struct http_answer *answer) {
    (void)context;
    buffer_add_string(&answer->body, "ok\n");
}

static void missing(struct http_answer *answer, const char *what) {
    answer->status = 503;
    buffer_printf(&answer->body, "%s\n", what);
}

/* Whether a signature could be stored now. Redis is not needed for that: without it limits are this
 * process' own. */
static void answer_readyz(void *context, struct http_answer *answer) {
    struct worker *worker = context;
    struct snapshot *snapshot = snapshot_take(worker->snapshots);
    if (atomic_load(&worker->schema_refused))
        missing(answer, "schema: not one that this program works with; see the log");
    else if (atomic_load(&worker->role_refused))
        missing(answer, "role: it may not store signatures; see the log");
    else if (!atomic_load(&worker->database_up) || !atomic_load(&worker->catalog_up))
        missing(answer, "database: no answer");
    if (!snapshot->loaded)
        missing(answer, "petitions: not loaded yet");
    else if (!snapshot->letter_epoch)
        missing(answer, "keys: no epoch key stored yet");
    snapshot_release(worker->snapshots, snapshot);
    if (answer->status == 200)
        buffer_add_string(&answer->body, "ready\n");
    if (!atomic_load(&worker->redis_up))
        buffer_add_string(&answer->body, "redis: no answer (signing goes on)\n");
}

static void answer_metrics(void *context, struct http_answer *answer) {
    struct worker *worker = context;
    struct metrics *metrics = worker->metrics;
    struct fcgi_counts counts;
    fcgi_counts(worker->fcgi, &counts);
    metrics_set(metrics, M_CONNECTIONS, (int64_t)counts.open);
    metrics_set(metrics, M_CONNECTIONS_LIMIT, WORKER_CONNECTIONS_MAX);
    metrics_set(metrics, M_CONNECTIONS_ACCEPTED, (int64_t)counts.accepted);
    metrics_set(metrics, M_PEERS_REFUSED, (int64_t)counts.refused_peers);
    metrics_set(metrics, M_PROTOCOL_ERRORS, (int64_t)counts.protocol_errors);
    metrics_set(metrics, M_READ_TIMEOUTS, (int64_t)counts.timeouts);
    metrics_set(metrics, M_EMFILE, (int64_t)counts.emfile);
    metrics_set(metrics, M_LOG_DROPPED, (int64_t)log_dropped());
    metrics_set(metrics, M_REDIS_UP, atomic_load(&worker->redis_up));
    metrics_set(metrics, M_DATABASE_UP, atomic_load(&worker->database_up));
    metrics_set(metrics, M_QUEUE_LENGTH, (int64_t)committer_length(worker->committer));
    metrics_set(metrics, M_QUEUE_LIMIT, worker->settings->queue_limit);
    process_measure(metrics, M_PROCESS);
    answer->content_type = HTTP_METRICS_TYPE;
    metrics_render(metrics, &answer->body);
}

bool operators_answer(void *context, const char *path, struct http_answer *answer) {
    static const struct http_path paths[] = {
        {"/healthz", answer_healthz}, {"/readyz", answer_readyz}, {"/metrics", answer_metrics}};
    return http_find(paths, sizeof paths / sizeof paths[0], context, path, answer);
}

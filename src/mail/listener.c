#include "mail/listener.h"

#include "base/log.h"

static void answer_healthz(void *context, struct http_answer *answer) {
    (void)context;
    buffer_add_string(&answer->body, "ok\n");
}

static void answer_readyz(void *context, struct http_answer *answer) {
    struct mailer *mailer = context;
    int state = atomic_load(&mailer->gate.state);
    if (atomic_load(&mailer->stopping))
        buffer_add_string(&answer->body, "stopping\n");
    if (atomic_load(&mailer->schema_refused))
        buffer_add_string(&answer->body,
                          "schema: not one that this program works with; see the log\n");
    else if (!atomic_load(&mailer->database_up))
        buffer_add_string(&answer->body, "database: no answer\n");
    if (state != FATES_FINE)
        buffer_printf(&answer->body, "mail server: %s\n", gate_word((enum fates_server)state));
    if (answer->body.len > 0)
        answer->status = 503;
    else
        buffer_add_string(&answer->body, "ready\n");
}

static void answer_metrics(void *context, struct http_answer *answer) {
    struct mailer *mailer = context;
    metrics_set(mailer->metrics, MM_IN_HAND, atomic_load(&mailer->in_hand));
    metrics_set(mailer->metrics, MM_LOG_DROPPED, (int64_t)log_dropped());
    process_measure(mailer->metrics, MM_PROCESS);
    answer->content_type = HTTP_METRICS_TYPE;
    metrics_render(mailer->metrics, &answer->body);
}

bool listener_answer(void *context, const char *path, struct http_answer *answer) {
    static const struct http_path paths[] = {
        {"/healthz", answer_healthz}, {"/readyz", answer_readyz}, {"/metrics", answer_metrics}};
    return http_find(paths, sizeof paths / sizeof paths[0], context, path, answer);
}

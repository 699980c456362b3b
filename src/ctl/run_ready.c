#include "ctl/run.h"
#include "link/fetch.h"

enum { TIMEOUT_MS = 2000, ANSWER_MAX = 4096 };

static enum outcome ask(struct context *context, const char *listen) {
    struct buffer answer;
    buffer_init(&answer, ANSWER_MAX);
    enum status status = fetch_text(listen, "/readyz", TIMEOUT_MS, &answer);
    bool answers = status == ST_OK || status == ST_NOT_FOUND;
    if (answers)
        output_printf(&context->out, "%.*s", (int)buffer_text(&answer).len,
                      buffer_text(&answer).data);
    else
        context_say("%s: no answer", listen);
    buffer_done(&answer);
    if (!answers)
        return OUTCOME_AWAY;
    return status == ST_OK ? OUTCOME_DONE : OUTCOME_NO;
}

enum outcome run_ready(struct context *context) {
    if (context->options.count > 0)
        return ask(context, context->options.arguments[0]);
    enum outcome outcome = context_settings(context, SETTINGS_TABLE);
    if (outcome != OUTCOME_DONE)
        return outcome;
    if (context->settings.operators_listen)
        return ask(context, context->settings.operators_listen);
    context_say("name the operators' listener, such as "
                "/run/countersign/operators.1/operators.sock, or set operators_listen");
    return OUTCOME_WRONG;
}

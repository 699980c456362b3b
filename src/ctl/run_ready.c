#include "ctl/run.h"
#include "link/http_get.h"

enum { TIMEOUT_MS = 2000, ANSWER_MAX = 4096, HTTP_OK = 200 };

static enum outcome ask(struct context *context, const char *listen) {
    struct buffer answer;
    int code = 0;
    buffer_init(&answer, ANSWER_MAX);
    enum status status = http_get(listen, "/readyz", TIMEOUT_MS, &code, &answer);
    if (status == ST_OK)
        output_printf(&context->out, "%.*s", (int)buffer_text(&answer).len,
                      buffer_text(&answer).data);
    else
        context_say("%s: no answer", listen);
    buffer_done(&answer);
    if (status != ST_OK)
        return OUTCOME_AWAY;
    return code == HTTP_OK ? OUTCOME_DONE : OUTCOME_NO;
}

enum outcome run_ready(struct context *context) {
    enum outcome outcome = context_settings(context, SETTINGS_TABLE);
    if (outcome != OUTCOME_DONE)
        return outcome;
    if (context->settings.operators_listen)
        return ask(context, context->settings.operators_listen);
    context_say("operators_listen is missing in the configuration");
    return OUTCOME_WRONG;
}

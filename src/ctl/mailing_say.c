#include "ctl/mailing_say.h"

enum outcome mailing_say_none(const char *name) {
    context_say("no letter %.64s; `countersign letter status` lists them", name);
    return OUTCOME_NO;
}

enum outcome mailing_say_state(struct context *context, const char *name,
                               const struct mailings_state *state) {
    if (context->json) {
        output_json(&context->out, json_pack("{s:s, s:s}", "name", name, "state", state->word));
    } else {
        output_printf(&context->out, "%s %s\n", name, state->word);
    }
    return OUTCOME_DONE;
}

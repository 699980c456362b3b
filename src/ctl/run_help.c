#include <stdio.h>
#include <string.h>

#include "ctl/manual.h"
#include "ctl/run.h"
#include "ctl/usage.h"
#include "store/schema.h"

static enum outcome help_about(struct context *context) {
    const struct options *options = &context->options;
    int words = 0;
    if (options->count == 1 && strcmp(options->arguments[0], "config") == 0) {
        usage_config(&context->out);
        return OUTCOME_DONE;
    }
    /* The words are only read; command_find takes them as main got them. */
    char *argv[OPTIONS_ARGUMENTS_MAX];
    memcpy(argv, options->arguments, sizeof argv);
    const struct command *command = command_find(options->count, argv, &words);
    if (command != NULL && words == options->count) {
        usage_command(&context->out, command);
        return OUTCOME_DONE;
    }
    if (options->count == 1 && command_is_group(options->arguments[0])) {
        usage_group(&context->out, options->arguments[0]);
        return OUTCOME_DONE;
    }
    context_say("no such command; `countersign help` lists them");
    return OUTCOME_WRONG;
}

enum outcome run_help(struct context *context) {
    const struct options *options = &context->options;
    if (options_has(options, "--man")) {
        manual_troff(&context->out);
    } else if (options_has(options, "--markdown")) {
        manual_markdown(&context->out);
    } else if (options_has(options, "--completion")) {
        if (strcmp(options_find(options, "--completion"), "bash") != 0) {
            context_say("--completion: only bash is known");
            return OUTCOME_WRONG;
        }
        manual_completion(&context->out);
    } else if (options->count > 0) {
        return help_about(context);
    } else {
        usage_overview(&context->out);
    }
    return OUTCOME_DONE;
}

enum outcome run_version(struct context *context) {
    if (context->json) {
        output_json(&context->out, json_pack("{s:s, s:i}", "version", COUNTERSIGN_VERSION, "schema",
                                             schema_wanted()));
    } else {
        output_printf(&context->out, "countersign %s (schema %d)\n", COUNTERSIGN_VERSION,
                      schema_wanted());
    }
    return OUTCOME_DONE;
}

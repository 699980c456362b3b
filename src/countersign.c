/* countersign: the operators' command line. Finds the command in the table, parses its options,
 * runs it. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/secret.h"
#include "core/json.h"
#include "ctl/context.h"
#include "ctl/usage.h"

static enum outcome say_usage(const struct command *command, const char *why) {
    struct output line;
    output_init(&line, -1);
    usage_line(&line, command);
    context_say("%s", why);
    fprintf(stderr, "usage: countersign %s\n", line.buffer.failed ? "" : line.buffer.data);
    output_done(&line);
    return OUTCOME_WRONG;
}

static bool wants_help(int argc, char *const *argv) {
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            return true;
        }
    }
    return false;
}

static enum outcome run(struct context *context, int argc, char *const *argv) {
    char why[OPTIONS_WHY_SIZE] = "";
    const struct command *command = context->command;
    if (wants_help(argc, argv)) {
        usage_command(&context->out, command);
        return OUTCOME_DONE;
    }
    if (!options_parse(command->options, argc, argv, &context->options, why)) {
        return say_usage(command, why);
    }
    if (context->options.count < command->least) {
        return say_usage(command, "an argument is missing");
    }
    if (context->options.count > command->most) {
        return say_usage(command, "too many arguments");
    }
    context->json = context->json || options_has(&context->options, "--json");
    return command->run(context);
}

/* Takes what stands before the command; returns how many words, -1: wrong use. */
static int take_globals(struct context *context, int argc, char *const *argv) {
    int i = 0;
    while (i < argc && argv[i][0] == '-') {
        if (strcmp(argv[i], "--json") == 0) {
            context->json = true;
        } else if (strncmp(argv[i], "--config=", 9) == 0) {
            context->config = argv[i] + 9;
        } else if (strcmp(argv[i], "--config") == 0 && i + 1 < argc) {
            context->config = argv[++i];
        } else {
            context_say(strcmp(argv[i], "--config") == 0 ? "--config needs a value: FILE"
                                                         : "unknown option before the command");
            return -1;
        }
        i++;
    }
    return i;
}

static enum outcome dispatch(struct context *context, int argc, char *const *argv) {
    int words = 0;
    if (argc == 1 && (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0)) {
        usage_overview(&context->out);
        return OUTCOME_DONE;
    }
    static char version[] = "version", *const as_command[] = {version};
    if (argc == 1 && strcmp(argv[0], "--version") == 0) {
        argv = as_command;
    }
    int used = take_globals(context, argc, argv);
    if (used < 0) {
        return OUTCOME_WRONG;
    }
    argc -= used;
    argv += used;
    context->command = command_find(argc, argv, &words);
    if (context->command != NULL) {
        return run(context, argc - words, argv + words);
    }
    if (argc == 0) {
        context_say("no command; `countersign help` lists them");
    } else if (command_is_group(argv[0])) {
        context_say("%s what? `countersign help %s` lists it", argv[0], argv[0]);
    } else {
        context_say("no such command; `countersign help` lists them");
    }
    return OUTCOME_WRONG;
}

/* A reader that went away needs no words: `countersign petition list | head` is fine. */
static enum outcome finish(struct context *context, enum outcome outcome) {
    if (output_flush(&context->out)) {
        return outcome;
    }
    if (context->out.error != EPIPE) {
        context_say("standard output: %s", strerror(context->out.error));
    }
    return OUTCOME_AWAY;
}

/* A closed standard output must not become a connection's number, or results would go to
 * PostgreSQL. Read-only, so that writing there fails and is told. */
static void hold_standard_files(void) {
    int fd;
    do {
        fd = open("/dev/null", O_RDONLY);
    } while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0) {
        close(fd);
    }
}

/* With --pipe, where the command has that option, a mail server shall keep what could not be taken
 * in and come again, whatever the reason: EX_TEMPFAIL of sysexits.h. Words that were not understood
 * count too, so argv is asked. */
static int exit_code(const struct context *context, enum outcome outcome, int argc,
                     char *const *argv) {
    bool piped = false, takes = false;
    const struct option_row *row = context->command != NULL ? context->command->options : NULL;
    for (; row != NULL && row->name != NULL; row++) {
        takes = takes || strcmp(row->name, "--pipe") == 0;
    }
    for (int i = 0; i < argc; i++) {
        piped = piped || strcmp(argv[i], "--pipe") == 0;
    }
    return takes && piped && outcome >= OUTCOME_WRONG ? EX_TEMPFAIL : (int)outcome;
}

int main(int argc, char **argv) {
    struct context context;
    signal(SIGPIPE, SIG_IGN);
    hold_standard_files();
    if (secret_start() != ST_OK) {
        fputs("countersign: libsodium does not start\n", stderr);
        return OUTCOME_AWAY;
    }
    json_start();
    context_init(&context);
    enum outcome outcome = dispatch(&context, argc - 1, argv + (argc > 0 ? 1 : 0));
    outcome = finish(&context, outcome);
    context_done(&context);
    return exit_code(&context, outcome, argc, argv);
}

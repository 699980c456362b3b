#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "core/verp.h"
#include "ctl/run.h"
#include "store/restored.h"

/* So many letters are asked for at once. */
enum { KEYS_MAX = 4096 };

struct search {
    struct context *context;
    struct verp_key *keys; /* KEYS_MAX of them */
    size_t count;
    int64_t unknown, sent;
};

static enum outcome ask(struct search *search) {
    struct context *context = search->context;
    struct restored_matches found = {0, 0};
    if (search->count == 0) {
        return OUTCOME_DONE;
    }
    struct restored_log log = {
        .keys = search->keys,
        .count = search->count,
        .token_days = (int)context->settings.mail_token_days,
        .reminder_days = (int)context->settings.mail_reminder_days,
    };
    enum status status = restored_sent(context->pg, &log, context_late(), &found);
    if (status != ST_OK) {
        return context_database_failed(context, status);
    }
    search->unknown += found.unknown;
    search->sent += found.sent;
    search->count = 0;
    return OUTCOME_DONE;
}

/* A relay's log names a letter several times, one line after the other. */
static bool is_last(const struct search *search, const struct verp_key *key) {
    return search->count > 0 &&
           memcmp(search->keys[search->count - 1].hash, key->hash, sizeof key->hash) == 0;
}

static enum outcome take_line(struct search *search, struct text line) {
    enum outcome outcome = OUTCOME_DONE;
    enum verp_role role;
    struct verp_key key;
    while (outcome == OUTCOME_DONE && verp_find(&line, &role, &key)) {
        if (role == VERP_BOUNCE && !is_last(search, &key)) {
            search->keys[search->count++] = key;
        }
        if (search->count == KEYS_MAX) {
            outcome = ask(search);
        }
    }
    return outcome;
}

static enum outcome read_log(struct search *search, FILE *file, const char *path) {
    enum outcome outcome = OUTCOME_DONE;
    char *line = NULL;
    size_t size = 0;
    ssize_t len;
    errno = 0;
    while (outcome == OUTCOME_DONE && (len = getline(&line, &size, file)) >= 0) {
        outcome = take_line(search, text_span(line, (size_t)len));
    }
    if (outcome == OUTCOME_DONE && (ferror(file) || !feof(file))) {
        context_say("%s: %s", context_path_name(path), strerror(errno));
        outcome = OUTCOME_WRONG;
    }
    free(line);
    return outcome == OUTCOME_DONE ? ask(search) : outcome;
}

static enum outcome search_log(struct search *search, const char *path) {
    if (path == NULL) {
        return OUTCOME_DONE;
    }
    search->keys = arena_alloc(search->context->arena, KEYS_MAX * sizeof *search->keys);
    if (search->keys == NULL) {
        context_say("out of memory");
        return OUTCOME_AWAY;
    }
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    if (file == NULL) {
        context_say("%s: %s", path, strerror(errno));
        return OUTCOME_WRONG;
    }
    enum outcome outcome = read_log(search, file, path);
    if (file != stdin) {
        fclose(file);
    }
    return outcome;
}

/* *released: how many went or were given up. */
static enum outcome release(struct context *context, int64_t *released) {
    bool send = options_has(&context->options, "--send");
    bool drop = options_has(&context->options, "--give-up");
    if (send && drop) {
        context_say("--send and --give-up are two answers to one question");
        return OUTCOME_WRONG;
    }
    if (!send && !drop) {
        return OUTCOME_DONE;
    }
    enum status status = restored_release(context->pg, send, (int)context->settings.mail_token_days,
                                          context_late(), released);
    return status == ST_OK ? OUTCOME_DONE : context_database_failed(context, status);
}

static void print(struct context *context, const struct search *search,
                  const struct restored_state *state, int64_t released) {
    int64_t held = state->held - search->sent - released;
    const char *fate = options_has(&context->options, "--send") ? "to be sent" : "given up";
    if (context->json) {
        output_json(&context->out,
                    json_pack("{s:I, s:I, s:I, s:I, s:I}", "number", (json_int_t)state->number,
                              "sent", (json_int_t)search->sent, "unknown",
                              (json_int_t)search->unknown, "released", (json_int_t)released, "held",
                              (json_int_t)held));
        return;
    }
    if (search->keys != NULL) {
        output_printf(&context->out, "%" PRId64 " had been sent\n", search->sent);
    }
    if (released > 0) {
        output_printf(&context->out, "%" PRId64 " %s\n", released, fate);
    }
    output_printf(&context->out, "%" PRId64 " held", held);
    if (held > 0) {
        char since[CLOCK_TEXT_SIZE];
        clock_format(since, state->changed_ms);
        output_printf(&context->out, " since %s", since);
    }
    output_string(&context->out, "\n");
}

enum outcome run_restored(struct context *context) {
    struct search search = {.context = context};
    struct restored_state state = {0, 0, 0};
    int64_t released = 0;
    enum outcome outcome = context_database(context);
    if (outcome != OUTCOME_DONE) {
        return outcome;
    }
    enum status status = restored_read(context->pg, options_has(&context->options, "--unseen"),
                                       context_late(), &state);
    if (status != ST_OK) {
        return context_database_failed(context, status);
    }
    outcome = search_log(&search, options_find(&context->options, "--sent"));
    if (outcome == OUTCOME_DONE) {
        outcome = release(context, &released);
    }
    if (outcome != OUTCOME_DONE) {
        return outcome;
    }
    print(context, &search, &state, released);
    return state.held - search.sent - released > 0 ? OUTCOME_NO : OUTCOME_DONE;
}

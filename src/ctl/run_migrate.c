#include <stdio.h>

#include "ctl/run.h"
#include "store/schema.h"

/* A migration waits for another migrate for a minute, for a lock 3 s, and works for half an hour at
 * most. */
enum { WAIT_MS = 60 * 1000, LOCK_MS = 3000, STATEMENT_MS = 30 * 60 * 1000 };

static void say_progress(void *context, int version, const char *name) {
    (void)context;
    fprintf(stderr, "applying %04d_%s\n", version, name);
}

static const char *state_of(const struct schema_row *row) {
    return !row->known ? "unknown" : row->applied ? "applied" : "missing";
}

static json_t *row_json(const struct schema_row *row) {
    json_t *at =
        row->applied ? json_stringn(row->applied_at.data, row->applied_at.len) : json_null();
    return json_pack("{s:i, s:s%, s:s, s:o}", "version", row->version, "name", row->name.data,
                     row->name.len, "state", state_of(row), "applied_at", at);
}

static void print_rows(struct context *context, const struct schema_row *rows, size_t count) {
    if (context->json) {
        json_t *list = json_array();
        for (size_t i = 0; i < count; i++) {
            json_array_append_new(list, row_json(&rows[i]));
        }
        output_json(&context->out, json_pack("{s:o}", "migrations", list));
        return;
    }
    for (size_t i = 0; i < count; i++) {
        output_printf(&context->out, "%04d  %-8s %-24s  %.*s\n", rows[i].version,
                      state_of(&rows[i]), rows[i].applied ? rows[i].applied_at.data : "",
                      (int)rows[i].name.len, rows[i].name.data);
    }
}

static enum outcome show_status(struct context *context) {
    struct schema_row *rows = NULL;
    size_t count = 0;
    int64_t deadline_ms = context_soon();
    enum status status = schema_list(context->pg, context->arena, deadline_ms, &rows, &count);
    if (status != ST_OK) {
        return context_database_failed(context, status);
    }
    print_rows(context, rows, count);
    for (size_t i = 0; i < count; i++) {
        if (!rows[i].applied || !rows[i].known) {
            return OUTCOME_NO;
        }
    }
    return OUTCOME_DONE;
}

static enum outcome say_failure(struct context *context, enum status status, int failed) {
    int found = 0, wanted = 0;
    if (status == ST_INVALID) {
        char why[SCHEMA_WORDS];
        schema_check(context->pg, context_soon(), &found, &wanted);
        schema_refusal(found, why);
        context_say("nothing was done: %s", why);
        return OUTCOME_WRONG;
    }
    enum outcome outcome = context_database_failed(context, status);
    if (failed != 0) {
        context_say("migration %04d was not applied; what came before it was%s", failed,
                    status == ST_BUSY
                        ? ". Something held a lock or another migrate was running: run it again"
                        : "");
    }
    return outcome;
}

/* The version is the database's, which may be newer than this program. */
static enum outcome say_applied(struct context *context, int applied) {
    int found = 0, wanted = 0;
    int64_t deadline_ms = context_soon();
    enum status status = schema_check(context->pg, deadline_ms, &found, &wanted);
    if (status != ST_OK) {
        return context_database_failed(context, status);
    }
    if (context->json) {
        output_json(&context->out, json_pack("{s:i, s:i}", "applied", applied, "version", found));
    } else {
        output_printf(&context->out, "%d applied, schema version %d\n", applied, found);
    }
    return OUTCOME_DONE;
}

enum outcome run_migrate(struct context *context) {
    enum outcome outcome = context_owner(context);
    if (outcome != OUTCOME_DONE) {
        return outcome;
    }
    if (options_has(&context->options, "--status")) {
        return show_status(context);
    }
    struct schema_options options = {.wait_ms = WAIT_MS,
                                     .lock_timeout_ms = LOCK_MS,
                                     .statement_ms = STATEMENT_MS,
                                     .progress = say_progress};
    int applied = 0, failed = 0;
    enum status status = schema_migrate(context->pg, &options, &applied, &failed);
    if (status != ST_OK) {
        return say_failure(context, status, failed);
    }
    return say_applied(context, applied);
}

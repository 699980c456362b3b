#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "ctl/export_row.h"
#include "ctl/opener.h"
#include "ctl/private_key.h"
#include "ctl/run.h"

enum { ROW_ARENA = 64 * 1024, ROW_ARENA_LIMIT = 4 << 20, PROGRESS_MS = 1000 };

struct export {
    struct context *context;
    struct keypair *pair;
    struct opener *opener;
    struct arena *arena;
    int32_t petition;
    bool jsonl;
    bool shows_progress;
    int64_t shown_ms; /* when progress was last shown */
    int64_t written, unopened;
};

static void show_progress(struct export *export, bool last) {
    int64_t now_ms = clock_monotonic_ms();
    if (!export->shows_progress || (!last && now_ms - export->shown_ms < PROGRESS_MS)) {
        return;
    }
    export->shown_ms = now_ms;
    fprintf(stderr, "\r%" PRId64 " rows%s", export->written + export->unopened, last ? "\n" : "");
}

static bool write_row(struct export *export, const struct signers_row *row,
                      const struct signer *signer) {
    struct output *out = &export->context->out;
    bool made = true;
    if (export->jsonl) {
        arena_reset(export->arena);
        made = export_row_json(row, signer, export->arena, &out->buffer);
    } else {
        export_row_csv(row, signer, &out->buffer);
    }
    output_string(out, ""); /* writes what is full */
    return made && out->error == 0;
}

/* False: no use going on, since standard output or memory is at its end. */
static bool take_row(struct export *export, const struct signers_row *row) {
    struct signer signer;
    enum status status = opener_open(export->opener, export->petition, row, &signer);
    if (status != ST_OK) {
        export->unopened++;
        fprintf(stderr, "%ssignature %" PRId64 ": %s\n", export->shows_progress ? "\r" : "",
                row->id, opener_why_not(status));
        return status != ST_FAULT;
    }
    export->written++;
    show_progress(export, false);
    return write_row(export, row, &signer);
}

static enum outcome take_rows(struct export *export, struct signers *signers) {
    for (;;) {
        struct signers_row row;
        enum status status = signers_next(signers, context_late(), &row);
        if (status == ST_NOT_FOUND) {
            return OUTCOME_DONE;
        }
        if (status != ST_OK) {
            return context_database_failed(export->context, status);
        }
        if (!take_row(export, &row)) {
            return OUTCOME_AWAY;
        }
    }
}

static enum signers_which which_of(const char *word) {
    return word == NULL                   ? SIGNERS_CONFIRMED
           : strcmp(word, "pending") == 0 ? SIGNERS_PENDING
           : strcmp(word, "all") == 0     ? SIGNERS_ALL
                                          : SIGNERS_CONFIRMED;
}

static enum outcome stream(struct export *export) {
    struct context *context = export->context;
    struct signers *signers = NULL;
    struct signers_query query = {.petition = export->petition,
                                  .which = which_of(options_find(&context->options, "--state"))};
    memcpy(query.recipient, keypair_public(export->pair), SEAL_PUBLIC_KEY);
    enum status status = signers_open(context->pg, &query, context_late(), &signers);
    if (status != ST_OK) {
        return context_database_failed(context, status);
    }
    if (!export->jsonl) {
        export_row_header(&context->out.buffer);
    }
    enum outcome outcome = take_rows(export, signers);
    signers_close(&signers);
    show_progress(export, true);
    if (export->unopened > 0) {
        context_say("%" PRId64 " rows written, %" PRId64 " could not be opened", export->written,
                    export->unopened);
    }
    return outcome == OUTCOME_DONE && export->unopened > 0 ? OUTCOME_NO : outcome;
}

static enum outcome open_and_stream(struct export *export) {
    export->opener = opener_new(export->pair);
    export->arena = arena_new(ROW_ARENA, ROW_ARENA_LIMIT);
    enum outcome outcome = OUTCOME_AWAY;
    if (export->opener != NULL && export->arena != NULL) {
        outcome = stream(export);
    } else {
        context_say("out of memory");
    }
    opener_free(&export->opener);
    arena_free(&export->arena);
    return outcome;
}

enum outcome run_export(struct context *context) {
    const char *format = options_find(&context->options, "--format");
    struct export export = {.context = context,
                            .jsonl = format != NULL && strcmp(format, "jsonl") == 0,
                            .shows_progress = isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO)};
    struct moderation_petition petition = {0};
    enum outcome outcome = private_key_read(context, &export.pair);
    if (outcome == OUTCOME_DONE) {
        outcome = context_database(context);
    }
    if (outcome == OUTCOME_DONE) {
        outcome = context_petition(context, context->options.arguments[0], &petition);
    }
    if (outcome == OUTCOME_DONE) {
        export.petition = petition.id;
        outcome = open_and_stream(&export);
    }
    keypair_free(&export.pair);
    return outcome;
}

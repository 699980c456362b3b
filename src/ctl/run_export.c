#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/secret.h"
#include "ctl/export_row.h"
#include "ctl/opener.h"
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

static const char *why_not(enum status status) {
    return status == ST_NOT_FOUND   ? "its epoch is not sealed to this key, or was shredded"
           : status == ST_FORBIDDEN ? "it is damaged, or was moved from another row"
           : status == ST_INVALID   ? "what was sealed is not a signer"
                                    : "out of memory";
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
                row->id, why_not(status));
        return status != ST_FAULT;
    }
    export->written++;
    show_progress(export, false);
    return write_row(export, row, &signer);
}

static enum outcome take_rows(struct export *export, struct signers *signers) {
    for (;;) {
        struct signers_row row;
        enum status status = signers_next(signers, clock_monotonic_ms() + CONTEXT_LONG_MS, &row);
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
    enum status status =
        signers_open(context->pg, &query, clock_monotonic_ms() + CONTEXT_LONG_MS, &signers);
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

/* ---- the key -----------------------------------------------------------------------------------
 */

static enum outcome read_pair(struct context *context, struct keypair **pair) {
    const char *key = options_find(&context->options, "--key");
    const char *words = options_find(&context->options, "--passphrase-file");
    struct text file = {NULL, 0}, passphrase = {NULL, 0};
    if (words && strcmp(key, "-") == 0 && strcmp(words, "-") == 0) {
        context_say("standard input cannot be both the key and its passphrase");
        return OUTCOME_WRONG;
    }
    enum outcome outcome = context_secret(key, &file);
    if (outcome == OUTCOME_DONE) {
        outcome = context_secret(words, &passphrase);
    }
    if (outcome == OUTCOME_DONE) {
        enum status status = keypair_read(file, passphrase, pair);
        outcome = status == ST_OK ? OUTCOME_DONE : OUTCOME_WRONG;
        if (status == ST_FORBIDDEN) {
            context_say("%s: %s", context_path_name(key),
                        passphrase.data == NULL ? "has a passphrase; give --passphrase-file"
                                                : "the passphrase is not that of this key");
        } else if (status != ST_OK) {
            context_say("%s: not a private key as keygen writes it", context_path_name(key));
        }
    }
    secret_free(&file.data);
    secret_free(&passphrase.data);
    return outcome;
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
    enum outcome outcome = read_pair(context, &export.pair);
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

#include <inttypes.h>
#include <stdio.h>

#include "ctl/ids.h"
#include "ctl/run.h"
#include "store/moderation.h"

/* A batch is one transaction that locks its rows: small enough that signing does not wait for it.
 */
enum { FILE_MAX = 64 << 20, BATCH = 1000, REASON_MAX = 1000 };

struct tallied {
    int64_t changed, unchanged, missing;
};

static enum outcome read_ids(struct context *context, struct ids *ids) {
    const char *path = options_find(&context->options, "--ids");
    struct buffer file;
    size_t bad = 0;
    enum outcome outcome = context_read(path, FILE_MAX, &file);
    if (outcome != OUTCOME_DONE) {
        return outcome;
    }
    enum status status = ids_parse(buffer_text(&file), '\n', context->arena, ids, &bad);
    buffer_done(&file);
    if (status == ST_OK) {
        return OUTCOME_DONE;
    }
    if (status != ST_INVALID) {
        context_say("out of memory");
        return OUTCOME_AWAY;
    }
    if (bad == 0) {
        context_say("%s: no number in it", context_path_name(path));
    } else {
        context_say("%s:%zu: not a signature's number", context_path_name(path), bad);
    }
    return OUTCOME_WRONG;
}

static void tell_fates(const struct moderation_fates *fates, bool undo, struct tallied *tallied) {
    for (size_t i = 0; i < fates->count; i++) {
        const struct moderation_fate *fate = &fates->items[i];
        if (fate->changed) {
            tallied->changed++;
        } else if (undo || fate->state.data != NULL) {
            tallied->unchanged++;
            fprintf(stderr, "signature %" PRId64 ": %s\n", fate->id,
                    undo ? "was not invalidated" : "is invalidated already");
        } else {
            tallied->missing++;
            fprintf(stderr, "signature %" PRId64 ": not in this petition\n", fate->id);
        }
    }
}

static enum outcome change_all(struct context *context, const struct ids *ids, bool undo,
                               struct text reason, struct tallied *tallied) {
    for (size_t at = 0; at < ids->count; at += BATCH) {
        struct moderation_fates fates;
        size_t left = ids->count - at;
        struct moderation_change change = {.slug = text_of(context->options.arguments[0]),
                                           .ids = ids->items + at,
                                           .count = left < BATCH ? left : BATCH,
                                           .undo = undo,
                                           .reason = reason,
                                           .slot = (int)context->settings.slot};
        enum status status =
            moderation_change(context->pg, &change, context->arena, context_soon(), &fates);
        if (status != ST_OK) {
            return context_database_failed(context, status);
        }
        tell_fates(&fates, undo, tallied);
    }
    return OUTCOME_DONE;
}

static enum outcome check_reason(const struct context *context, bool undo, struct text *reason) {
    *reason = text_trim(text_of(options_find(&context->options, "--reason")));
    if (reason->len == 0 && (!undo || reason->data != NULL)) {
        context_say("--reason is missing: it is kept with who and when");
        return OUTCOME_WRONG;
    }
    if (reason->len > REASON_MAX) {
        context_say("--reason is longer than %d bytes", REASON_MAX);
        return OUTCOME_WRONG;
    }
    return OUTCOME_DONE;
}

static void print_tallied(struct context *context, bool undo, const struct tallied *tallied) {
    if (context->json) {
        output_json(&context->out,
                    json_pack("{s:I, s:I, s:I}", "changed", (json_int_t)tallied->changed,
                              "unchanged", (json_int_t)tallied->unchanged, "missing",
                              (json_int_t)tallied->missing));
    } else {
        output_printf(&context->out, "%" PRId64 " %s\n", tallied->changed,
                      undo ? "put back" : "invalidated");
    }
}

enum outcome run_invalidate(struct context *context) {
    bool undo = options_has(&context->options, "--undo");
    const char *slug = context->options.arguments[0];
    struct tallied tallied = {0};
    struct text reason;
    struct ids ids;
    struct moderation_petition petition;
    enum outcome outcome = check_reason(context, undo, &reason);
    if (outcome == OUTCOME_DONE) {
        outcome = read_ids(context, &ids);
    }
    if (outcome == OUTCOME_DONE) {
        outcome = context_database(context);
    }
    if (outcome == OUTCOME_DONE) {
        outcome = context_petition(context, slug, &petition);
    }
    if (outcome == OUTCOME_DONE) {
        outcome = change_all(context, &ids, undo, reason, &tallied);
    }
    if (outcome != OUTCOME_DONE && tallied.changed == 0) {
        return outcome;
    }
    if (tallied.changed > 0) {
        context_publish(context, petition.id);
    }
    print_tallied(context, undo, &tallied);
    if (outcome != OUTCOME_DONE) {
        return outcome;
    }
    return tallied.unchanged + tallied.missing > 0 ? OUTCOME_NO : OUTCOME_DONE;
}

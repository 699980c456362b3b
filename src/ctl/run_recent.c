#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "ctl/ids.h"
#include "ctl/run.h"
#include "store/moderation.h"

enum { LIMIT = 50, LIMIT_MOST = 100000, SHOW_SIZE = 48 };

/* --- listing --- */

/* What becomes of the row in public: one word. */
static const char *fate_of(const struct moderation_shown *row,
                           const struct moderation_petition *petition) {
    if (row->review == MODERATION_HIDDEN) {
        return "hidden";
    }
    if (row->at_ms == 0) {
        return "uncounted";
    }
    if (row->comment.len > 0 && petition->comments == MODERATION_OFF) {
        return "name only";
    }
    if (row->comment.len > 0 && petition->comments == MODERATION_AFTER_REVIEW &&
        row->review == MODERATION_WAITS) {
        return "waits";
    }
    return "shown";
}

static json_t *text_json(struct text text) {
    return text.len == 0 ? json_null() : json_stringn(text.data, text.len);
}

/* What --show takes. Of the first words of a signature its number says all. */
static void put_show(char out[SHOW_SIZE], const struct moderation_shown *row) {
    if (row->words == MODERATION_FIRST) {
        snprintf(out, SHOW_SIZE, "%" PRId64, row->id);
    } else {
        snprintf(out, SHOW_SIZE, "%" PRId64 ":%" PRId64, row->id, row->words);
    }
}

static json_t *row_json(const struct moderation_shown *row, const char *fate) {
    char at[CLOCK_TEXT_SIZE];
    clock_format(at, row->at_ms);
    char show[SHOW_SIZE];
    put_show(show, row);
    return json_pack("{s:I, s:s, s:s, s:o, s:o, s:o, s:o}", "id", (json_int_t)row->id, "show", show,
                     "fate", fate, "at", row->at_ms == 0 ? json_null() : json_string(at), "name",
                     text_json(row->name), "place", text_json(row->place), "comment",
                     text_json(row->comment));
}

/* People wrote it: a line end or an escape sequence must not reach the terminal. */
static void print_plain(struct output *out, struct text text) {
    for (size_t i = 0; i < text.len; i++) {
        bool control = (unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7f;
        output_text(out, control ? text_of(" ") : text_span(text.data + i, 1));
    }
}

static void print_row(struct output *out, const struct moderation_shown *row, const char *fate) {
    char at[CLOCK_TEXT_SIZE], show[SHOW_SIZE];
    clock_format(at, row->at_ms);
    put_show(show, row);
    output_printf(out, "%s\t%s\t%s\t", show, fate, row->at_ms == 0 ? "-" : at);
    print_plain(out, row->name);
    output_string(out, "\t");
    print_plain(out, row->place);
    output_string(out, "\t");
    print_plain(out, row->comment);
    output_string(out, "\n");
}

struct listing {
    struct context *context;
    const struct moderation_petition *petition;
    json_t *list; /* NULL: lines */
    bool waiting;
    unsigned long long left;
};

static void take_page(struct listing *listing, const struct moderation_page *page) {
    for (size_t i = 0; i < page->count && listing->left > 0; i++) {
        const struct moderation_shown *row = &page->rows[i];
        const char *fate = fate_of(row, listing->petition);
        /* A name without a comment needs nobody's yes. */
        if (listing->waiting && row->comment.len == 0) {
            continue;
        }
        listing->left--;
        if (listing->list != NULL) {
            json_array_append_new(listing->list, row_json(row, fate));
        } else {
            print_row(&listing->context->out, row, fate);
        }
    }
}

static enum outcome list_rows(struct listing *listing) {
    struct moderation_page page = {.petition = listing->petition->id, .waiting = listing->waiting};
    struct arena *arena = arena_new(64 * 1024, 16 << 20);
    enum status status = arena == NULL ? ST_FAULT : ST_OK;
    do {
        page.count = 0;
        if (status == ST_OK) {
            status = moderation_list(listing->context->pg, &page, arena, context_soon());
        }
        if (status == ST_OK) {
            take_page(listing, &page);
            arena_reset(arena);
        }
    } while (status == ST_OK && page.count > 0 && listing->left > 0);
    arena_free(&arena);
    return status == ST_OK ? OUTCOME_DONE : context_database_failed(listing->context, status);
}

static enum outcome list_all(struct context *context, const struct moderation_petition *petition) {
    const char *limit = options_find(&context->options, "--limit");
    struct listing listing = {.context = context,
                              .petition = petition,
                              .waiting = options_has(&context->options, "--review"),
                              .left = LIMIT};
    if (limit != NULL && (!text_to_u64(text_of(limit), &listing.left) || listing.left == 0 ||
                          listing.left > LIMIT_MOST)) {
        context_say("--limit is a number from 1 to %d", LIMIT_MOST);
        return OUTCOME_WRONG;
    }
    listing.list = context->json ? json_array() : NULL;
    enum outcome outcome = list_rows(&listing);
    if (listing.list != NULL && outcome == OUTCOME_DONE) {
        output_json(&context->out, json_pack("{s:O}", "signatures", listing.list));
    }
    json_decref(listing.list);
    return outcome;
}

/* --- review --- */

static enum outcome parse_ids(struct context *context, const char *option, struct ids *ids) {
    const char *value = options_find(&context->options, option);
    size_t bad = 0;
    *ids = (struct ids){0};
    if (value == NULL) {
        return OUTCOME_DONE;
    }
    enum status status = ids_parse(text_of(value), ',', context->arena, ids, &bad);
    for (size_t i = 0; i < ids->count; i++) {
        ids->tags[i] = ids->tags[i] == 0 ? MODERATION_FIRST : ids->tags[i];
    }
    if (status == ST_OK && ids->count <= MODERATION_IDS_MAX) {
        return OUTCOME_DONE;
    }
    context_say("%s takes up to %d numbers, separated by commas", option, MODERATION_IDS_MAX);
    return OUTCOME_WRONG;
}

static bool is_among(const int64_t *ids, size_t count, int64_t id) {
    for (size_t i = 0; i < count; i++) {
        if (ids[i] == id) {
            return true;
        }
    }
    return false;
}

static bool share_one(const struct ids *a, const struct ids *b) {
    for (size_t i = 0; i < a->count; i++) {
        if (is_among(b->items, b->count, a->items[i])) {
            return true;
        }
    }
    return false;
}

/* Outcome NO: some were not there. */
static enum outcome review(struct context *context, const struct ids *ids, bool show,
                           size_t *changed) {
    struct moderation_reviewed reviewed;
    struct moderation_verdict verdict = {.slug = text_of(context->options.arguments[0]),
                                         .ids = ids->items,
                                         .words = ids->tags,
                                         .count = ids->count,
                                         .show = show};
    enum outcome outcome = OUTCOME_DONE;
    *changed = 0;
    if (ids->count == 0) {
        return outcome;
    }
    enum status status = moderation_review(context->pg, &verdict, context_soon(), &reviewed);
    if (status != ST_OK) {
        return context_database_failed(context, status);
    }
    for (size_t i = 0; i < ids->count; i++) {
        if (!is_among(reviewed.done, reviewed.done_count, ids->items[i])) {
            bool other = is_among(reviewed.changed, reviewed.changed_count, ids->items[i]);
            fprintf(stderr, "signature %" PRId64 ": %s\n", ids->items[i],
                    other ? "not in the words that it was listed with; read it again"
                          : "shows nothing in this petition");
            outcome = OUTCOME_NO;
        }
    }
    *changed = reviewed.done_count;
    return outcome;
}

static enum outcome review_all(struct context *context, const struct ids *show,
                               const struct ids *hide) {
    size_t shown = 0, hidden = 0;
    enum outcome first = review(context, show, true, &shown);
    if (first > OUTCOME_NO) {
        return first;
    }
    enum outcome second = review(context, hide, false, &hidden);
    if (second > OUTCOME_NO) {
        return second;
    }
    if (context->json) {
        output_json(&context->out, json_pack("{s:I, s:I}", "shown", (json_int_t)shown, "hidden",
                                             (json_int_t)hidden));
    } else {
        output_printf(&context->out, "%zu shown, %zu hidden\n", shown, hidden);
    }
    return first == OUTCOME_NO ? first : second;
}

enum outcome run_recent(struct context *context) {
    struct ids show, hide;
    struct moderation_petition petition;
    enum outcome outcome = parse_ids(context, "--show", &show);
    if (outcome == OUTCOME_DONE) {
        outcome = parse_ids(context, "--hide", &hide);
    }
    if (outcome == OUTCOME_DONE && share_one(&show, &hide)) {
        context_say("a signature stands in both --show and --hide");
        outcome = OUTCOME_WRONG;
    }
    if (outcome == OUTCOME_DONE) {
        outcome = context_database(context);
    }
    if (outcome == OUTCOME_DONE) {
        outcome = context_petition(context, context->options.arguments[0], &petition);
    }
    if (outcome != OUTCOME_DONE) {
        return outcome;
    }
    bool reviews = show.count + hide.count > 0;
    return reviews ? review_all(context, &show, &hide) : list_all(context, &petition);
}

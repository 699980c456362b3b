/* subscribers import: rows of a file, each checked, sealed to the mailers, and taken in some
 * hundreds at a time. What is wrong is told by line, never by what stands there. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "ctl/csv.h"
#include "ctl/csv_read.h"
#include "ctl/subscriber_row.h"
#include "ctl/run.h"
#include "ctl/sealer.h"
#include "store/imports.h"
#include "store/petitions.h"

enum { FILE_MAX = 1 << 30, BATCH = 500, BATCH_ARENA = 4 << 20, BATCH_LIMIT = 256 << 20 };

struct import {
    struct context *context;
    const char *name; /* of the file, for people */
    struct blind_keys *keys;
    struct blocklist *blocked;
    struct epoch *epoch;
    struct petitions_key_list petitions;
    size_t cell_of[SUBSCRIBER_COLUMNS]; /* 0: there is none; else its place and 1 */
    size_t cells;
    struct arena *arena; /* of the batch */
    struct imports_row rows[BATCH];
    size_t lines[BATCH];
    struct imports_signed *signers;
    size_t count, signers_count;
    int64_t taken, known, refused;
};

static void refuse(struct import *import, size_t line, const char *why) {
    fprintf(stderr, "%s:%zu: %s\n", import->name, line, why);
    import->refused++;
}

/* What a quote holds together is told too, since it may be more than was meant. */
static void refuse_row(struct import *import, const struct csv_row *row, const char *why) {
    char more[64] = "";
    if (row->last_line > row->line) {
        snprintf(more, sizeof more, " (a row up to line %zu)", row->last_line);
    }
    fprintf(stderr, "%s:%zu: %s%s\n", import->name, row->line, why, more);
    import->refused++;
}

/* --- a row --- */

/* Without the apostrophe that `subscribers export` puts in front of what looks like a formula. */
static void read_cells(const struct import *import, const struct csv_row *row,
                       struct subscriber_row *out) {
    for (size_t i = 0; i < SUBSCRIBER_COLUMNS; i++) {
        size_t at = import->cell_of[i];
        out->cells[i] = at > 0 && at <= row->count ? csv_plain(row->cells[at - 1]) : text_of("");
    }
}

static const char *check_row(const struct import *import, const struct csv_row *row,
                             const struct subscriber_row *reader, struct address *address) {
    if (row->wrong != NULL) {
        return row->wrong;
    }
    if (row->count != import->cells) {
        return "not as many cells as the first line";
    }
    const char *wrong = subscriber_row_check(reader, address);
    return wrong == NULL && blocklist_has(import->blocked, address)
               ? "an address that is never written to"
               : wrong;
}

/* --- a batch --- */

static struct text present(struct text text) {
    return text.len > 0 ? text : text_of(NULL);
}

static void add_signers(struct import *import, const struct address *address) {
    for (size_t i = 0; i < import->petitions.count; i++) {
        const struct petitions_key *petition = &import->petitions.items[i];
        struct imports_signed *signer = &import->signers[import->signers_count];
        *signer = (struct imports_signed){.row = import->count, .petition = petition->id};
        if (blind_email(import->keys, petition->index_key, petition->id, address->canonical,
                        signer->email_hash) == ST_OK) {
            import->signers_count++;
        }
    }
}

/* As it was understood, in UTC: RFC 3339 has offsets that PostgreSQL refuses. Absent: out of
 * memory. */
static struct text consented_at(struct import *import, const struct subscriber_row *row) {
    char *out = arena_alloc(import->arena, CLOCK_TEXT_SIZE);
    int64_t at_ms;
    if (out != NULL && clock_parse(row->cells[SUBSCRIBER_CONSENTED_AT], &at_ms)) {
        clock_format(out, at_ms);
    }
    return text_of(out);
}

static bool add_row(struct import *import, size_t line, const struct subscriber_row *row,
                    const struct address *address) {
    const struct text *cells = row->cells;
    struct imports_row *out = &import->rows[import->count];
    const struct recipient who = {.email = text_of(address->mail),
                                  .given_name = present(cells[SUBSCRIBER_GIVEN_NAME]),
                                  .family_name = present(cells[SUBSCRIBER_FAMILY_NAME]),
                                  .locale = present(cells[SUBSCRIBER_LANGUAGE])};
    uint8_t *sealed = arena_alloc(import->arena, SEALER_MAX);
    *out = (struct imports_row){.sealed = sealed,
                                .country = cells[SUBSCRIBER_COUNTRY],
                                .region = cells[SUBSCRIBER_REGION],
                                .locale = cells[SUBSCRIBER_LANGUAGE],
                                .topics = subscriber_row_topics(row, import->arena),
                                .frequency = cells[SUBSCRIBER_FREQUENCY],
                                .consented_at = consented_at(import, row),
                                .source = cells[SUBSCRIBER_CONSENT_SOURCE],
                                .wording = cells[SUBSCRIBER_CONSENT_TEXT]};
    blind_mailbox(import->keys, address->canonical, out->mailbox);
    if (sealed == NULL || out->topics.data == NULL || out->consented_at.data == NULL ||
        sealer_seal(import->epoch, &who, out->mailbox, sealed, &out->sealed_len) != ST_OK) {
        context_say("out of memory");
        return false;
    }
    import->lines[import->count] = line;
    add_signers(import, address);
    import->count++;
    return true;
}

static void count_fates(struct import *import) {
    for (size_t i = 0; i < import->count; i++) {
        struct text fate = import->rows[i].fate;
        if (text_is(fate, "new")) {
            import->taken++;
        } else if (text_is(fate, "on")) {
            import->known++;
        } else if (text_is(fate, "off")) {
            refuse(import, import->lines[i],
                   "has said that they want no news: only they can take that back");
        } else {
            char why[64];
            snprintf(why, sizeof why, "gets no letters: %.*s", (int)fate.len, fate.data);
            refuse(import, import->lines[i], why);
        }
    }
}

static enum outcome send_batch(struct import *import) {
    const struct imports imports = {.epoch = epoch_id(import->epoch),
                                    .rows = import->rows,
                                    .count = import->count,
                                    .signers = import->signers,
                                    .signers_count = import->signers_count};
    if (import->count == 0) {
        return OUTCOME_DONE;
    }
    enum status status = imports_add(import->context->pg, &imports, import->arena, context_soon());
    if (status != ST_OK) {
        return context_database_failed(import->context, status);
    }
    count_fates(import);
    import->count = import->signers_count = 0;
    return OUTCOME_DONE;
}

/* --- the file --- */

static enum outcome read_head(struct import *import, struct csv_reader *reader) {
    struct csv_row head = {.count = 0};
    enum outcome outcome = OUTCOME_DONE;
    csv_reader_next(reader, import->arena, &head);
    import->cells = head.count;
    for (size_t i = 0; i < head.count; i++) {
        int column = subscriber_column_find(head.cells[i]);
        if (column == SUBSCRIBER_COLUMNS || import->cell_of[column] > 0) {
            context_say("%s:1: column %zu has a name that is none, or is there twice", import->name,
                        i + 1);
            outcome = OUTCOME_WRONG;
        } else {
            import->cell_of[column] = i + 1;
        }
    }
    for (int i = 0; i < SUBSCRIBER_COLUMNS; i++) {
        if (subscriber_column_required(i) && import->cell_of[i] == 0) {
            context_say("%s:1: no column %s", import->name, subscriber_column_required(i));
            outcome = OUTCOME_WRONG;
        }
    }
    return outcome;
}

static enum outcome take_rows(struct import *import, struct csv_reader *file) {
    enum outcome outcome = OUTCOME_DONE;
    struct csv_row row;
    while (outcome == OUTCOME_DONE && csv_reader_next(file, import->arena, &row)) {
        struct address address;
        struct subscriber_row reader;
        read_cells(import, &row, &reader);
        const char *wrong = check_row(import, &row, &reader, &address);
        if (wrong != NULL) {
            refuse_row(import, &row, wrong);
        } else if (!add_row(import, row.line, &reader, &address)) {
            outcome = OUTCOME_AWAY;
        }
        if (outcome == OUTCOME_DONE && import->count == BATCH) {
            outcome = send_batch(import);
            arena_reset(import->arena);
        }
    }
    return outcome == OUTCOME_DONE ? send_batch(import) : outcome;
}

static enum outcome import_file(struct import *import, struct text file) {
    struct csv_reader reader;
    csv_reader_init(&reader, file);
    import->arena = arena_new(BATCH_ARENA, BATCH_LIMIT);
    import->signers = arena_alloc(import->context->arena,
                                  (import->petitions.count + 1) * BATCH * sizeof *import->signers);
    if (import->arena == NULL || import->signers == NULL) {
        context_say("out of memory");
        return OUTCOME_AWAY;
    }
    enum outcome outcome = read_head(import, &reader);
    return outcome == OUTCOME_DONE ? take_rows(import, &reader) : outcome;
}

static enum outcome prepare(struct import *import) {
    struct context *context = import->context;
    enum outcome outcome = context_database(context);
    if (outcome == OUTCOME_DONE) {
        outcome = context_index_keys(context, &import->keys);
    }
    if (outcome == OUTCOME_DONE) {
        outcome = context_blocklist(context, &import->blocked);
    }
    if (outcome == OUTCOME_DONE) {
        outcome = sealer_open(context, &import->epoch);
    }
    if (outcome != OUTCOME_DONE) {
        return outcome;
    }
    enum status status = petitions_keys(context->pg, text_of(NULL), context->arena, context_soon(),
                                        &import->petitions);
    return status == ST_OK ? OUTCOME_DONE : context_database_failed(context, status);
}

static void print(struct context *context, const struct import *import) {
    if (context->json) {
        output_json(&context->out,
                    json_pack("{s:I, s:I, s:I}", "new", (json_int_t)import->taken, "known",
                              (json_int_t)import->known, "refused", (json_int_t)import->refused));
    } else {
        output_printf(&context->out,
                      "%" PRId64 " new, %" PRId64 " known already, %" PRId64 " refused\n",
                      import->taken, import->known, import->refused);
    }
}

enum outcome run_subscribers_import(struct context *context) {
    const char *path = context->options.arguments[0];
    struct import *import = arena_alloc(context->arena, sizeof *import);
    struct buffer file;
    if (import == NULL) {
        context_say("out of memory");
        return OUTCOME_AWAY;
    }
    *import = (struct import){.context = context, .name = context_path_name(path)};
    enum outcome outcome = context_read(path, FILE_MAX, &file);
    if (outcome != OUTCOME_DONE) {
        return outcome;
    }
    outcome = prepare(import);
    if (outcome == OUTCOME_DONE) {
        outcome = import_file(import, buffer_text(&file));
        print(context, import);
    }
    arena_free(&import->arena);
    epoch_free(&import->epoch);
    blind_keys_free(&import->keys);
    blocklist_free(&import->blocked);
    buffer_done(&file);
    return outcome == OUTCOME_DONE && import->refused > 0 ? OUTCOME_NO : outcome;
}

#include "ctl/export_row.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "core/json.h"
#include "ctl/csv.h"

enum kind { KIND_TEXT, KIND_ID, KIND_STATE, KIND_FLAG, KIND_VERSION, KIND_TIME };

struct column {
    const char *name;
    enum kind kind;
    size_t offset; /* in struct signer for texts and flags, in struct signers_row for times */
};

#define SIGNER(field) offsetof(struct signer, field)
#define ROW(field) offsetof(struct signers_row, field)

static const struct column columns[] = {
    {"id", KIND_ID, 0},
    {"state", KIND_STATE, 0},
    {"email", KIND_TEXT, SIGNER(email)},
    {"given_name", KIND_TEXT, SIGNER(given_name)},
    {"family_name", KIND_TEXT, SIGNER(family_name)},
    {"country", KIND_TEXT, SIGNER(country)},
    {"region", KIND_TEXT, SIGNER(region)},
    {"locality", KIND_TEXT, SIGNER(locality)},
    {"postal_code", KIND_TEXT, SIGNER(postal_code)},
    {"comment", KIND_TEXT, SIGNER(comment)},
    {"show_name", KIND_FLAG, SIGNER(show_name)},
    {"subscribe", KIND_FLAG, SIGNER(subscribe)},
    {"text_version", KIND_VERSION, 0},
    {"source", KIND_TEXT, SIGNER(source)},
    {"referrer", KIND_TEXT, SIGNER(referrer)},
    {"locale", KIND_TEXT, SIGNER(locale)},
    {"signed_at", KIND_TIME, ROW(signed_at_ms)},
    {"confirmed_at", KIND_TIME, ROW(confirmed_at_ms)},
};

enum { COLUMNS = sizeof columns / sizeof columns[0], WORD_SIZE = CLOCK_TEXT_SIZE };

/* A cell as text; what has to be written first goes into `word`. Absent: nothing there. */
static struct text cell_text(const struct column *column, const struct signers_row *row,
                             const struct signer *signer, char word[WORD_SIZE]) {
    const char *in_signer = (const char *)signer + column->offset;
    struct text text = {NULL, 0};
    int64_t at;
    switch (column->kind) {
    case KIND_TEXT:
        memcpy(&text, in_signer, sizeof text);
        return text;
    case KIND_ID:
        snprintf(word, WORD_SIZE, "%" PRId64, row->id);
        return text_of(word);
    case KIND_STATE:
        return row->state;
    case KIND_FLAG:
        return text_of(*(const bool *)in_signer ? "true" : "false");
    case KIND_VERSION:
        snprintf(word, WORD_SIZE, "%" PRId64, row->text_version);
        return text_of(word);
    case KIND_TIME:
        memcpy(&at, (const char *)row + column->offset, sizeof at);
        clock_format(word, at);
        return at == 0 ? text : text_of(word);
    }
    return text;
}

void export_row_header(struct buffer *out) {
    for (size_t i = 0; i < COLUMNS; i++) {
        csv_cell(out, text_of(columns[i].name), i == 0);
    }
    csv_end(out);
}

void export_row_csv(const struct signers_row *row, const struct signer *signer,
                    struct buffer *out) {
    char word[WORD_SIZE];
    for (size_t i = 0; i < COLUMNS; i++) {
        csv_cell(out, cell_text(&columns[i], row, signer, word), i == 0);
    }
    csv_end(out);
}

static json_t *cell_json(const struct column *column, const struct signers_row *row,
                         const struct signer *signer) {
    char word[WORD_SIZE];
    struct text text = cell_text(column, row, signer, word);
    if (column->kind == KIND_ID) {
        return json_integer(row->id);
    }
    if (column->kind == KIND_VERSION) {
        return json_integer(row->text_version);
    }
    if (column->kind == KIND_FLAG) {
        return json_boolean(text_is(text, "true"));
    }
    return text.data == NULL ? json_null() : json_stringn(text.data, text.len);
}

bool export_row_json(const struct signers_row *row, const struct signer *signer,
                     struct arena *arena, struct buffer *out) {
    json_scope_enter(arena);
    json_t *object = json_object();
    bool made = object != NULL;
    for (size_t i = 0; made && i < COLUMNS; i++) {
        json_t *cell = cell_json(&columns[i], row, signer);
        made = json_object_set_new(object, columns[i].name, cell) == 0;
    }
    if (made) {
        json_write(object, out);
        buffer_add_string(out, "\n");
    }
    json_scope_leave();
    return made && !out->failed;
}

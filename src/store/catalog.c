#include "store/catalog.h"

#include <string.h>

#include "base/clock.h"
#include "queries.h"
#include "row.h"

enum { LIST_MAX = 256 };

static const struct pg_statement version_statement = {"catalog_version", query_catalog_version};
static const struct pg_statement known_statement = {"catalog_known", query_catalog_known};
static const struct pg_statement behind_statement = {"catalog_behind", query_catalog_behind};
static const struct pg_statement may_statement = {"may_sign", query_may_sign};
static const struct pg_statement load_statement = {"catalog", query_catalog};

/* The columns of sql/queries/catalog.sql. */
enum column {
    C_ID,
    C_SLUG,
    C_STATE,
    C_CONFIRMATION,
    C_GOAL,
    C_INDEX_KEY,
    C_TEXT_VERSION,
    C_FIELDS,
    C_REQUIRED,
    C_TAGS,
    C_ORGANIZATION_NAME,
    C_ORGANIZATION_URL,
    C_PRIVACY_URL,
    C_ORIGINS,
    C_PUBLIC_KEYS,
    C_OPENED_AT,
    C_CLOSES_AT,
    C_LANGUAGE,
    C_TITLE,
    C_ADDRESSEE,
    C_SALUTATION,
    C_LETTER,
    C_ASKS,
    C_NOW,
    C_GOALS,
    C_COUNT_MINIMUM,
    C_IMAGE,
    C_TAG_LINE,
    C_LETTER_HTML,
    C_EXCERPT,
    C_CARD_TAG
};

static struct text copy_time(struct row *row, int64_t unix_ms) {
    char text[CLOCK_TEXT_SIZE];
    if (!unix_ms)
        return (struct text){NULL, 0};
    clock_format(text, unix_ms);
    struct text copied = arena_copy(row->arena, text_of(text));
    row->failed = row->failed || !copied.data;
    return copied;
}

static size_t copy_list(struct row *row, int column, struct text **out) {
    struct text found[LIST_MAX];
    int count = pg_get_texts(row->result, row->at, column, found, LIST_MAX);
    if (count <= 0) {
        row->failed = row->failed || count < 0;
        return 0;
    }
    *out = arena_alloc(row->arena, (size_t)count * sizeof **out);
    for (int i = 0; *out && i < count; i++) {
        (*out)[i] = arena_copy(row->arena, found[i]);
        row->failed = row->failed || !(*out)[i].data;
    }
    row->failed = row->failed || !*out;
    return *out ? (size_t)count : 0;
}

static unsigned field_bits(struct row *row, int column) {
    struct text names[LIST_MAX];
    unsigned bits = 0;
    int count = pg_get_texts(row->result, row->at, column, names, LIST_MAX);
    for (int i = 0; i < count; i++) {
        int field = form_field_find(names[i]);
        if (field >= 0)
            bits |= 1u << field;
    }
    return bits;
}

static void read_keys(struct row *row, struct recipients *out) {
    struct text keys[SEAL_RECIPIENTS_MAX];
    int count = pg_get_texts(row->result, row->at, C_PUBLIC_KEYS, keys, SEAL_RECIPIENTS_MAX);
    row->failed = row->failed || count < 0;
    for (int i = 0; i < count; i++)
        if (keys[i].len == SEAL_PUBLIC_KEY)
            memcpy(out->keys[out->count++], keys[i].data, SEAL_PUBLIC_KEY);
}

static void read_facts(struct row *row, struct petition *petition) {
    const PGresult *result = row->result;
    petition->id = (int32_t)pg_get_int(result, row->at, C_ID);
    petition->confirms_by_email = !text_is(pg_get_text(result, row->at, C_CONFIRMATION), "none");
    petition->has_goal = pg_get_text(result, row->at, C_GOAL).data != NULL;
    petition->goal = pg_get_int(result, row->at, C_GOAL);
    int goals = pg_get_ints(result, row->at, C_GOALS, petition->goals, PETITION_GOALS_MAX);
    petition->goals_count = goals > 0 ? (size_t)goals : 0;
    petition->count_minimum = pg_get_int(result, row->at, C_COUNT_MINIMUM);
    petition->index_key = (int)pg_get_int(result, row->at, C_INDEX_KEY);
    petition->text_version = (int32_t)pg_get_int(result, row->at, C_TEXT_VERSION);
    petition->fields.asked = field_bits(row, C_FIELDS);
    petition->fields.required = field_bits(row, C_REQUIRED);
    petition->opened_at = copy_time(row, row_time_ms(row, C_OPENED_AT));
    petition->closes_at_ms = row_time_ms(row, C_CLOSES_AT);
    petition->closes_at = copy_time(row, petition->closes_at_ms);
    row->failed = row->failed ||
                  !petition_state_find(pg_get_text(result, row->at, C_STATE), &petition->state);
}

static void read_petition(struct row *row, struct petition *petition) {
    read_facts(row, petition);
    read_keys(row, &petition->recipients);
    petition->slug = row_text(row, C_SLUG);
    petition->image = row_text(row, C_IMAGE);
    petition->organization_name = row_text(row, C_ORGANIZATION_NAME);
    petition->organization_url = row_text(row, C_ORGANIZATION_URL);
    petition->organization_privacy_url = row_text(row, C_PRIVACY_URL);
    petition->tags_count = copy_list(row, C_TAGS, &petition->tags);
    petition->origins_count = copy_list(row, C_ORIGINS, &petition->origins);
}

static void read_text(struct row *row, struct petition_text *text) {
    text->language = row_text(row, C_LANGUAGE);
    text->title = row_text(row, C_TITLE);
    text->tag_line = row_text(row, C_TAG_LINE);
    text->addressee = row_text(row, C_ADDRESSEE);
    text->salutation = row_text(row, C_SALUTATION);
    text->letter = row_text(row, C_LETTER);
    text->letter_html = row_text(row, C_LETTER_HTML);
    text->excerpt = row_text(row, C_EXCERPT);
    text->card = row_text(row, C_CARD_TAG);
    text->asks_count = copy_list(row, C_ASKS, &text->asks);
}

/* Rows of one petition stand together, its main language first. */
static size_t read_rows(struct row *row, struct petition *petitions, struct petition_text *texts) {
    size_t count = 0;
    int rows = PQntuples(row->result);
    for (row->at = 0; row->at < rows && !row->failed; row->at++) {
        int32_t id = (int32_t)pg_get_int(row->result, row->at, C_ID);
        if (count == 0 || petitions[count - 1].id != id) {
            read_petition(row, &petitions[count]);
            petitions[count++].texts = &texts[row->at];
        }
        read_text(row, &texts[row->at]);
        petitions[count - 1].texts_count++;
    }
    return count;
}

enum status catalog_version(struct pg *pg, int64_t deadline_ms, int64_t *version) {
    PGresult *result = NULL;
    struct pg_params none;
    pg_params_init(&none);
    enum status status = pg_run(pg, &version_statement, &none, deadline_ms, &result);
    if (status == ST_OK && PQntuples(result) == 1)
        *version = pg_get_int(result, 0, 0);
    else if (status == ST_OK)
        status = ST_FAULT;
    PQclear(result);
    return status;
}

enum status catalog_known(struct pg *pg, int64_t deadline_ms, int64_t version) {
    PGresult *result = NULL;
    struct pg_params params;
    uint8_t number[8];
    if (pg_is_pooled(pg))
        return ST_OK;
    pg_params_init(&params);
    pg_params_add_int8(&params, number, version);
    enum status status = pg_run(pg, &known_statement, &params, deadline_ms, &result);
    PQclear(result);
    return status;
}

static enum status ask_bool(struct pg *pg, const struct pg_statement *statement,
                            int64_t deadline_ms, bool *out) {
    PGresult *result = NULL;
    struct pg_params none;
    pg_params_init(&none);
    enum status status = pg_run(pg, statement, &none, deadline_ms, &result);
    if (status == ST_OK)
        *out = pg_get_bool(result, 0, 0);
    PQclear(result);
    return status;
}

enum status catalog_behind(struct pg *pg, int64_t deadline_ms, bool *behind) {
    return ask_bool(pg, &behind_statement, deadline_ms, behind);
}

enum status catalog_may_sign(struct pg *pg, int64_t deadline_ms, bool *may) {
    return ask_bool(pg, &may_statement, deadline_ms, may);
}

enum status catalog_listen(struct pg *pg, int64_t deadline_ms) {
    /* Another session of the server might be told, and keep listening for ever. */
    return pg_is_pooled(pg) ? ST_OK
                            : pg_script(pg, "LISTEN countersign_catalog", deadline_ms, NULL);
}

enum status catalog_load(struct pg *pg, int64_t deadline_ms, struct arena *arena,
                         struct catalog *out) {
    PGresult *result = NULL;
    struct pg_params none;
    pg_params_init(&none);
    enum status status = pg_run(pg, &load_statement, &none, deadline_ms, &result);
    if (status != ST_OK)
        return status;
    size_t rows = (size_t)PQntuples(result);
    struct petition *list = arena_alloc(arena, (rows + 1) * sizeof *list);
    struct petition_text *texts = arena_alloc(arena, (rows + 1) * sizeof *texts);
    struct row row = {result, 0, arena, !list || !texts};
    size_t found = row.failed ? 0 : read_rows(&row, list, texts);
    if (!row.failed) {
        *out = (struct catalog){list, found, clock_unix_ms()};
        if (rows > 0)
            out->now_ms = pg_get_time_ms(result, 0, C_NOW);
    }
    PQclear(result);
    return row.failed ? ST_FAULT : ST_OK;
}

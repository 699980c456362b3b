#include "store/mailings.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "queries.h"
#include "row.h"

enum { ARRAY_BYTES = 1 << 20, FATE_ARRAYS = 6 };

static const struct pg_statement load_statement = {"mailings", query_mailings};
static const struct pg_statement put_statement = {"mailing_put", query_mailing_put};
static const struct pg_statement send_statement = {"mailing_send", query_mailing_send};
static const struct pg_statement move_statement = {"mailing_move", query_mailing_move};
static const struct pg_statement status_statement = {"mailing_status", query_mailing_status};
static const struct pg_statement test_statement = {"mailing_test_add", query_mailing_test_add};
static const struct pg_statement gather_statement = {"mailing_gather", query_mailing_gather};
static const struct pg_statement claim_statement = {"mailing_claim", query_mailing_claim};
static const struct pg_statement fate_statement = {"mailing_fate", query_mailing_fate};

/* --- words --- */

/* The columns of sql/queries/mailings.sql. */
enum column {
    C_ID,
    C_PETITION,
    C_NAME,
    C_MAIN_LANGUAGE,
    C_SENDER,
    C_OFFICE,
    C_FACEBOOK_URL,
    C_TWITTER_URL,
    C_LANGUAGE,
    C_SUBJECT,
    C_PREVIEW,
    C_TAG_LINE,
    C_HEADLINE,
    C_FRIEND,
    C_SIGNATURE,
    C_LETTER_HTML,
    C_LETTER_TEXT,
    C_DRAFT,
    C_LINK_BOX
};

/* They were parsed when the letter was put, so what fails is memory. */
static void parse(struct row *row, int column, struct template **parsed) {
    struct template_fault unused;
    struct text words = row_text(row, column);
    row->failed = row->failed || mailing_parse(words, row->arena, parsed, &unused) != ST_OK;
}

static void read_text(struct row *row, struct mailing_text *text) {
    text->language = row_text(row, C_LANGUAGE);
    text->tag_line = row_text(row, C_TAG_LINE);
    text->headline = row_text(row, C_HEADLINE);
    text->friend = row_text(row, C_FRIEND);
    text->signature = row_text(row, C_SIGNATURE);
    struct template_fault unused;
    row->failed = row->failed || mailing_parse_subjects(row_text(row, C_SUBJECT), row->arena, text,
                                                        &unused) != ST_OK;
    parse(row, C_PREVIEW, &text->preview);
    parse(row, C_LETTER_HTML, &text->html);
    parse(row, C_LETTER_TEXT, &text->plain);
}

static void read_mailing(struct row *row, struct mailing *mailing) {
    mailing->id = (int32_t)pg_get_int(row->result, row->at, C_ID);
    mailing->petition = (int32_t)pg_get_int(row->result, row->at, C_PETITION);
    mailing->draft = pg_get_bool(row->result, row->at, C_DRAFT);
    mailing->name = row_text(row, C_NAME);
    mailing->language = row_text(row, C_MAIN_LANGUAGE);
    mailing->sender = row_text(row, C_SENDER);
    mailing->office = row_text(row, C_OFFICE);
    mailing->facebook_url = row_text(row, C_FACEBOOK_URL);
    mailing->twitter_url = row_text(row, C_TWITTER_URL);
    mailing->link_box = row_text(row, C_LINK_BOX);
}

/* Rows of one mailing stand together. */
static size_t read_rows(struct row *row, struct mailing *items, struct mailing_text *texts) {
    size_t count = 0;
    int rows = PQntuples(row->result);
    for (row->at = 0; row->at < rows && !row->failed; row->at++) {
        int32_t id = (int32_t)pg_get_int(row->result, row->at, C_ID);
        if (count == 0 || items[count - 1].id != id) {
            items[count] = (struct mailing){.texts = &texts[row->at]};
            read_mailing(row, &items[count++]);
        }
        read_text(row, &texts[row->at]);
        items[count - 1].texts_count++;
    }
    return count;
}

enum status mailings_load(struct pg *pg, int64_t deadline_ms, struct arena *arena,
                          struct mailings *out) {
    PGresult *result = NULL;
    struct pg_params none;
    pg_params_init(&none);
    enum status status = pg_run(pg, &load_statement, &none, deadline_ms, &result);
    if (status != ST_OK)
        return status;
    size_t rows = (size_t)PQntuples(result);
    struct mailing *items = arena_alloc(arena, (rows + 1) * sizeof *items);
    struct mailing_text *texts = arena_alloc(arena, (rows + 1) * sizeof *texts);
    struct row row = {result, 0, arena, !items || !texts};
    size_t count = row.failed ? 0 : read_rows(&row, items, texts);
    if (!row.failed)
        *out = (struct mailings){items, count};
    PQclear(result);
    return row.failed ? ST_FAULT : ST_OK;
}

const struct mailing *mailings_find(const struct mailings *mailings, int32_t id) {
    for (size_t i = 0; i < mailings->count; i++)
        if (mailings->items[i].id == id)
            return &mailings->items[i];
    return NULL;
}

const struct mailing *mailings_find_name(const struct mailings *mailings, struct text name) {
    for (size_t i = 0; i < mailings->count; i++)
        if (text_equal(mailings->items[i].name, name))
            return &mailings->items[i];
    return NULL;
}

/* --- operators --- */

/* A statement that answers with a state. */
static enum status run_for_state(struct pg *pg, const struct pg_statement *statement,
                                 const struct pg_params *params, int64_t deadline_ms,
                                 struct mailings_state *state) {
    PGresult *result = NULL;
    enum status status = pg_run(pg, statement, params, deadline_ms, &result);
    if (status == ST_OK) {
        *state = (struct mailings_state){""};
        text_store(pg_get_text(result, 0, 0), state->word, sizeof state->word);
    }
    PQclear(result);
    return status;
}

enum status mailings_put(struct pg *pg, struct text json, int64_t deadline_ms,
                         struct mailings_state *state) {
    struct pg_params params;
    struct buffer storage;
    pg_params_init(&params);
    enum status status = pg_params_add_jsonb(&params, json, &storage)
                             ? run_for_state(pg, &put_statement, &params, deadline_ms, state)
                             : ST_FAULT;
    buffer_done(&storage);
    return status;
}

enum status mailings_send(struct pg *pg, const struct mailings_sending *sending,
                          int64_t deadline_ms, struct mailings_state *state) {
    struct pg_params params;
    struct buffer storage;
    uint8_t numbers[5][4];
    enum status status = ST_FAULT;
    pg_params_init(&params);
    pg_params_add_text(&params, sending->name);
    if (pg_params_add_jsonb(&params, sending->audience, &storage)) {
        pg_params_add_text(&params, sending->at);
        pg_params_add_int4(&params, numbers[0], sending->rate);
        pg_params_add_int4(&params, numbers[1], sending->trial);
        pg_params_add_int4(&params, numbers[2], sending->trial_hours);
        pg_params_add_int4(&params, numbers[3], sending->warm_up);
        pg_params_add_int4(&params, numbers[4], sending->local);
        status = run_for_state(pg, &send_statement, &params, deadline_ms, state);
    }
    buffer_done(&storage);
    return status;
}

enum status mailings_move(struct pg *pg, struct text name, const char *to, int64_t deadline_ms,
                          struct mailings_state *state) {
    struct pg_params params;
    pg_params_init(&params);
    pg_params_add_text(&params, name);
    pg_params_add_text(&params, text_of(to));
    return run_for_state(pg, &move_statement, &params, deadline_ms, state);
}

enum status mailings_status(struct pg *pg, struct text name, int64_t deadline_ms,
                            void (*add)(struct text json, void *context), void *context) {
    struct pg_params params;
    PGresult *result = NULL;
    pg_params_init(&params);
    pg_params_add_text(&params, name);
    enum status status = pg_run(pg, &status_statement, &params, deadline_ms, &result);
    for (int row = 0; status == ST_OK && row < PQntuples(result); row++)
        add(pg_get_text(result, row, 0), context);
    PQclear(result);
    return status;
}

enum status mailings_test(struct pg *pg, const struct mailings_test *test, int64_t deadline_ms) {
    struct pg_params params;
    PGresult *result = NULL;
    uint8_t epoch[8];
    pg_params_init(&params);
    pg_params_add_text(&params, test->name);
    pg_params_add(&params, test->mailbox, sizeof test->mailbox);
    pg_params_add_int8(&params, epoch, test->epoch);
    pg_params_add(&params, test->sealed, test->sealed_len);
    enum status status = pg_run(pg, &test_statement, &params, deadline_ms, &result);
    if (status == ST_OK && !pg_get_bool(result, 0, 0))
        status = ST_NOT_FOUND;
    PQclear(result);
    return status;
}

/* --- mailers --- */

enum status mailings_gather(struct pg *pg, int rows, int64_t deadline_ms, int *seen) {
    struct pg_params params;
    PGresult *result = NULL;
    uint8_t number[4];
    pg_params_init(&params);
    pg_params_add_int4(&params, number, rows);
    enum status status = pg_run(pg, &gather_statement, &params, deadline_ms, &result);
    if (status == ST_OK)
        *seen = (int)pg_get_int(result, 0, 0);
    PQclear(result);
    return status;
}

enum {
    L_PETITION,
    L_MAILING,
    L_MAILBOX,
    L_LEASE,
    L_TRIES,
    L_EPOCH,
    L_EPOCH_KEY,
    L_SEALED,
    L_SUBJECT,
    L_PACED,
    L_FIRST_AT
};

/* NULL: out of memory, or not such a row. */
static struct outbox_letter *read_letter(const PGresult *result, int row) {
    struct text sealed = pg_get_text(result, row, L_SEALED);
    struct text mailbox = pg_get_text(result, row, L_MAILBOX);
    struct text key = pg_get_text(result, row, L_EPOCH_KEY);
    struct outbox_letter *letter =
        mailbox.len == BLIND_SIZE ? calloc(1, sizeof *letter + sealed.len) : NULL;
    if (!letter)
        return NULL;
    letter->kind = OUTBOX_LIST;
    letter->petition = (int32_t)pg_get_int(result, row, L_PETITION);
    letter->key.bucket = (int32_t)pg_get_int(result, row, L_MAILING);
    memcpy(letter->key.hash, mailbox.data, BLIND_SIZE);
    memcpy(letter->email_hash, mailbox.data, BLIND_SIZE);
    letter->lease = pg_get_int(result, row, L_LEASE);
    letter->tries = (int)pg_get_int(result, row, L_TRIES);
    letter->subject = (int)pg_get_int(result, row, L_SUBJECT);
    letter->paced = pg_get_bool(result, row, L_PACED);
    letter->place = -1;
    letter->first_s = pg_get_time_ms(result, row, L_FIRST_AT) / 1000;
    letter->epoch = pg_get_int(result, row, L_EPOCH);
    letter->has_key = key.len == SEAL_EPOCH_BOX;
    if (letter->has_key)
        memcpy(letter->epoch_box, key.data, SEAL_EPOCH_BOX);
    letter->sealed_len = sealed.len;
    if (sealed.len)
        memcpy(letter->sealed, sealed.data, sealed.len);
    return letter;
}

enum status mailings_claim(struct pg *pg, const struct mailings_claim *claim, int64_t deadline_ms,
                           struct outbox_letters *out) {
    struct pg_params params;
    PGresult *result = NULL;
    uint8_t numbers[3][4];
    int64_t leased_until_ms = clock_monotonic_ms() + claim->lease_s * INT64_C(1000);
    pg_params_init(&params);
    pg_params_add(&params, claim->recipient, SEAL_PUBLIC_KEY);
    pg_params_add_int4(&params, numbers[0], claim->limit);
    pg_params_add_int4(&params, numbers[1], claim->lease_s);
    pg_params_add_int4(&params, numbers[2], claim->per_minute);
    enum status status = pg_run(pg, &claim_statement, &params, deadline_ms, &result);
    if (status == ST_OK)
        status = outbox_letters_read(result, read_letter, leased_until_ms, out);
    PQclear(result);
    return status;
}

static void add_fates(struct pg_array arrays[FATE_ARRAYS], struct outbox_letter *const *letters,
                      size_t count, size_t *added) {
    for (size_t i = 0; i < count; i++) {
        if (letters[i]->kind != OUTBOX_LIST)
            continue;
        pg_array_add_int(&arrays[0], letters[i]->key.bucket);
        pg_array_add_bytes(&arrays[1], letters[i]->key.hash, BLIND_SIZE);
        pg_array_add_int(&arrays[2], letters[i]->lease);
        pg_array_add_int(&arrays[3], letters[i]->fate);
        pg_array_add_int(&arrays[4], letters[i]->wait_s);
        pg_array_add_int(&arrays[5], letters[i]->place);
        ++*added;
    }
}

enum status mailings_fates(struct pg *pg, const struct mailings_policy *policy,
                           struct outbox_letter *const *letters, size_t count,
                           int64_t deadline_ms) {
    static const enum pg_type types[FATE_ARRAYS] = {PG_INT4, PG_BYTEA, PG_INT8,
                                                    PG_INT2, PG_INT4,  PG_INT2};
    struct pg_array arrays[FATE_ARRAYS];
    struct pg_params params;
    PGresult *result = NULL;
    uint8_t days[4], per_minute[4];
    size_t added = 0;
    pg_params_init(&params);
    pg_arrays_init(arrays, types, FATE_ARRAYS, ARRAY_BYTES);
    add_fates(arrays, letters, count, &added);
    bool good = pg_params_add_arrays(&params, arrays, FATE_ARRAYS - 1);
    pg_params_add_int4(&params, days, policy->give_up_days);
    good = pg_params_add_arrays(&params, arrays + FATE_ARRAYS - 1, 1) && good;
    pg_params_add_int4(&params, per_minute, policy->per_minute);
    enum status status = good ? ST_OK : ST_FAULT;
    if (status == ST_OK && added > 0)
        status = pg_run(pg, &fate_statement, &params, deadline_ms, &result);
    PQclear(result);
    pg_arrays_done(arrays, FATE_ARRAYS);
    return status;
}

#include "store/writes.h"

#include <stdlib.h>
#include <string.h>

#include "queries.h"

enum { ARRAYS_MAX = 25, ARRAY_BYTES = 64 * 1024 * 1024 };

/* The arrays keep their memory from batch to batch; each statement uses the first few of them. */
struct writes {
    struct pg *pg;
    int16_t slot;
    int32_t letters_per_day;
    struct pg_array arrays[ARRAYS_MAX];
    size_t used;
};

static const struct pg_statement sign_statement = {"sign", query_sign};
static const struct pg_statement by_letter_statement = {"sign_by_letter", query_sign_by_letter};
static const struct pg_statement resend_statement = {"resend", query_resend};
static const struct pg_statement correct_statement = {"correct", query_correct};

/* By token; and what the statement takes besides. */
enum takes { TAKES_SLOT = 1, TAKES_WHY = 2 };
struct deed {
    struct pg_statement statement;
    enum takes takes;
};

static const struct deed confirm_deed = {{"confirm", query_confirm}, TAKES_SLOT};
static const struct deed withdraw_deed = {{"withdraw", query_withdraw}, TAKES_SLOT};
static const struct deed disavow_deed = {{"disavow", query_disavow}, TAKES_SLOT};
static const struct deed unsubscribe_deed = {{"unsubscribe", query_unsubscribe}, TAKES_WHY};
static const struct deed own_erase_deed = {{"own_erase", query_own_erase}, TAKES_SLOT};

struct writes *writes_new(struct pg *pg, int slot, int letters_per_day) {
    struct writes *writes = calloc(1, sizeof *writes);
    if (!writes)
        return NULL;
    writes->pg = pg;
    writes->slot = (int16_t)slot;
    writes->letters_per_day = letters_per_day;
    for (size_t i = 0; i < ARRAYS_MAX; i++)
        pg_array_init(&writes->arrays[i], PG_INT4, ARRAY_BYTES);
    return writes;
}

void writes_free(struct writes **writes) {
    if (!*writes)
        return;
    pg_arrays_done((*writes)->arrays, ARRAYS_MAX);
    free(*writes);
    *writes = NULL;
}

struct pg *writes_pg(const struct writes *writes) {
    return writes->pg;
}

void writes_set_letters_per_day(struct writes *writes, int letters_per_day) {
    writes->letters_per_day = letters_per_day;
}

static struct pg_array *next_array(struct writes *writes, enum pg_type type) {
    struct pg_array *array = &writes->arrays[writes->used++];
    pg_array_reset(array);
    array->type = type;
    return array;
}

static bool add_arrays(struct writes *writes, struct pg_params *params) {
    for (size_t i = 0; i < writes->used; i++)
        if (!pg_params_add_array(params, &writes->arrays[i]))
            return false;
    return true;
}

enum status writes_status(const struct pg *pg, enum status status) {
    return status == ST_FAULT && strcmp(pg_sqlstate(pg), "CS001") == 0 ? ST_GONE : status;
}

static enum status run(struct writes *writes, const struct pg_statement *statement,
                       const struct pg_params *params, int64_t deadline_ms, PGresult **result) {
    return writes_status(writes->pg, pg_run(writes->pg, statement, params, deadline_ms, result));
}

/* One array a column, filled row by row: the order of the columns is that of sql/queries/sign.sql.
 */
#define COLUMN(writes, type, add, value)                                                           \
    do {                                                                                           \
        struct pg_array *array = next_array((writes), (type));                                     \
        for (size_t i = 0; i < count; i++)                                                         \
            add(array, value);                                                                     \
    } while (0)
#define BYTES(field, len) (field), (len)

static void add_sign_columns(struct writes *writes, struct sign_row *const *rows, size_t count) {
    COLUMN(writes, PG_INT4, pg_array_add_int, rows[i]->petition);
    COLUMN(writes, PG_BYTEA, pg_array_add_bytes, BYTES(rows[i]->email_hash, BLIND_SIZE));
    COLUMN(writes, PG_BYTEA, pg_array_add_bytes, BYTES(rows[i]->letter.mailbox, BLIND_SIZE));
    COLUMN(writes, PG_BYTEA, pg_array_add_bytes, BYTES(rows[i]->request_id, WRITES_REQUEST_ID));
    COLUMN(writes, PG_INT2, pg_array_add_int, rows[i]->index_key);
    COLUMN(writes, PG_INT4, pg_array_add_int, rows[i]->text_version);
    COLUMN(writes, PG_INT8, pg_array_add_int, rows[i]->sealed.epoch);
    COLUMN(writes, PG_BYTEA, pg_array_add_bytes, BYTES(rows[i]->sealed.data, rows[i]->sealed.len));
    COLUMN(writes, PG_INT8, pg_array_add_int, rows[i]->letter.sealed.epoch);
    COLUMN(writes, PG_BYTEA, pg_array_add_bytes,
           BYTES(rows[i]->letter.sealed.data, rows[i]->letter.sealed.len));
    COLUMN(writes, PG_INT4, pg_array_add_int, rows[i]->letter.token.bucket);
    COLUMN(writes, PG_BYTEA, pg_array_add_bytes, BYTES(rows[i]->letter.token.hash, TOKEN_HASH));
    COLUMN(writes, PG_TEXT, pg_array_add_text, rows[i]->country);
    COLUMN(writes, PG_TEXT, pg_array_add_text, rows[i]->region);
    COLUMN(writes, PG_TEXT, pg_array_add_text, rows[i]->shown_name);
    COLUMN(writes, PG_TEXT, pg_array_add_text, rows[i]->shown_place);
    COLUMN(writes, PG_TEXT, pg_array_add_text, rows[i]->shown_comment);
    COLUMN(writes, PG_BOOL, pg_array_add_bool, rows[i]->letter.mailable);
}

/* Most batches have none: then they are empty arrays. */
static void add_ask_columns(struct writes *writes, struct sign_row *const *rows, size_t count) {
    struct pg_array *places = next_array(writes, PG_INT4), *epochs = next_array(writes, PG_INT8);
    struct pg_array *sealed = next_array(writes, PG_BYTEA), *wordings = next_array(writes, PG_INT2);
    struct pg_array *languages = next_array(writes, PG_TEXT),
                    *locales = next_array(writes, PG_TEXT);
    for (size_t i = 0; i < count; i++) {
        const struct ask_row *ask = &rows[i]->ask;
        if (!ask->sealed.data)
            continue;
        pg_array_add_int(places, (int64_t)i + 1);
        pg_array_add_int(epochs, ask->sealed.epoch);
        pg_array_add_bytes(sealed, ask->sealed.data, ask->sealed.len);
        pg_array_add_int(wordings, ask->wording);
        pg_array_add_text(languages, ask->language);
        pg_array_add_text(locales, ask->locale);
    }
}

static bool take_fates(const PGresult *result, int64_t *fates, size_t count) {
    return pg_get_ints(result, 0, 0, fates, WRITES_ROWS_MAX) == (int)count;
}

/* The columns are there. */
static enum status run_sign(struct writes *writes, const struct pg_statement *statement,
                            struct sign_row *const *rows, size_t count, int64_t deadline_ms) {
    uint8_t slot[2], limit[4];
    int64_t fates[WRITES_ROWS_MAX];
    struct pg_params params;
    PGresult *result = NULL;
    pg_params_init(&params);
    pg_params_add_int2(&params, slot, writes->slot);
    pg_params_add_int4(&params, limit, writes->letters_per_day);
    if (!add_arrays(writes, &params))
        return ST_FAULT;
    enum status status = run(writes, statement, &params, deadline_ms, &result);
    if (status == ST_OK && !take_fates(result, fates, count))
        status = ST_FAULT;
    for (size_t i = 0; status == ST_OK && i < count; i++)
        rows[i]->fate = (enum fate)fates[i];
    PQclear(result);
    return status;
}

enum status writes_sign(struct writes *writes, struct sign_row *const *rows, size_t count,
                        int64_t deadline_ms) {
    writes->used = 0;
    add_sign_columns(writes, rows, count);
    add_ask_columns(writes, rows, count);
    COLUMN(writes, PG_INT8, pg_array_add_int, rows[i]->referral);
    return run_sign(writes, &sign_statement, rows, count, deadline_ms);
}

enum status writes_sign_by_letter(struct writes *writes, struct sign_row *const *rows, size_t count,
                                  int64_t deadline_ms) {
    writes->used = 0;
    COLUMN(writes, PG_INT4, pg_array_add_int, rows[i]->mailing);
    COLUMN(writes, PG_INT2, pg_array_add_int, rows[i]->mailing_subject);
    add_sign_columns(writes, rows, count);
    return run_sign(writes, &by_letter_statement, rows, count, deadline_ms);
}

enum status writes_resend(struct writes *writes, struct resend_row *const *rows, size_t count,
                          int64_t deadline_ms) {
    uint8_t limit[4];
    struct pg_params params;
    PGresult *result = NULL;
    pg_params_init(&params);
    pg_params_add_int4(&params, limit, writes->letters_per_day);
    writes->used = 0;
    COLUMN(writes, PG_INT4, pg_array_add_int, rows[i]->petition);
    COLUMN(writes, PG_BYTEA, pg_array_add_bytes, BYTES(rows[i]->email_hash, BLIND_SIZE));
    COLUMN(writes, PG_BYTEA, pg_array_add_bytes, BYTES(rows[i]->letter.mailbox, BLIND_SIZE));
    COLUMN(writes, PG_BYTEA, pg_array_add_bytes, BYTES(rows[i]->request_id, WRITES_REQUEST_ID));
    COLUMN(writes, PG_INT8, pg_array_add_int, rows[i]->letter.sealed.epoch);
    COLUMN(writes, PG_BYTEA, pg_array_add_bytes,
           BYTES(rows[i]->letter.sealed.data, rows[i]->letter.sealed.len));
    COLUMN(writes, PG_INT4, pg_array_add_int, rows[i]->letter.token.bucket);
    COLUMN(writes, PG_BYTEA, pg_array_add_bytes, BYTES(rows[i]->letter.token.hash, TOKEN_HASH));
    COLUMN(writes, PG_BOOL, pg_array_add_bool, rows[i]->letter.mailable);
    COLUMN(writes, PG_INT2, pg_array_add_int, rows[i]->kind);
    if (!add_arrays(writes, &params))
        return ST_FAULT;
    enum status status = run(writes, &resend_statement, &params, deadline_ms, &result);
    PQclear(result);
    return status;
}

static void add_correct_columns(struct writes *writes, struct correct_row *const *rows,
                                size_t count) {
    COLUMN(writes, PG_INT4, pg_array_add_int, rows[i]->token.bucket);
    COLUMN(writes, PG_BYTEA, pg_array_add_bytes, BYTES(rows[i]->token.hash, TOKEN_HASH));
    COLUMN(writes, PG_INT4, pg_array_add_int, rows[i]->row.petition);
    COLUMN(writes, PG_BYTEA, pg_array_add_bytes, BYTES(rows[i]->row.email_hash, BLIND_SIZE));
    COLUMN(writes, PG_BYTEA, pg_array_add_bytes, BYTES(rows[i]->row.request_id, WRITES_REQUEST_ID));
    COLUMN(writes, PG_INT4, pg_array_add_int, rows[i]->row.text_version);
    COLUMN(writes, PG_INT8, pg_array_add_int, rows[i]->row.sealed.epoch);
    COLUMN(writes, PG_BYTEA, pg_array_add_bytes,
           BYTES(rows[i]->row.sealed.data, rows[i]->row.sealed.len));
    COLUMN(writes, PG_TEXT, pg_array_add_text, rows[i]->row.country);
    COLUMN(writes, PG_TEXT, pg_array_add_text, rows[i]->row.region);
    COLUMN(writes, PG_TEXT, pg_array_add_text, rows[i]->row.shown_name);
    COLUMN(writes, PG_TEXT, pg_array_add_text, rows[i]->row.shown_place);
    COLUMN(writes, PG_TEXT, pg_array_add_text, rows[i]->row.shown_comment);
}

enum status writes_correct(struct writes *writes, struct correct_row *const *rows, size_t count,
                           int64_t deadline_ms) {
    uint8_t slot[2];
    int64_t fates[WRITES_ROWS_MAX];
    struct pg_params params;
    PGresult *result = NULL;
    pg_params_init(&params);
    pg_params_add_int2(&params, slot, writes->slot);
    writes->used = 0;
    add_correct_columns(writes, rows, count);
    if (!add_arrays(writes, &params))
        return ST_FAULT;
    enum status status = run(writes, &correct_statement, &params, deadline_ms, &result);
    if (status == ST_OK && !take_fates(result, fates, count))
        status = ST_FAULT;
    for (size_t i = 0; status == ST_OK && i < count; i++)
        rows[i]->row.fate = (enum fate)fates[i];
    PQclear(result);
    return status;
}

static enum status take_slugs(const PGresult *result, struct token_row *const *rows, size_t count) {
    struct text slugs[WRITES_ROWS_MAX];
    if (pg_get_texts(result, 0, 0, slugs, WRITES_ROWS_MAX) != (int)count)
        return ST_FAULT;
    for (size_t i = 0; i < count; i++) {
        rows[i]->valid = slugs[i].data && slugs[i].len <= SLUG_MAX;
        if (rows[i]->valid) {
            memcpy(rows[i]->slug, slugs[i].data, slugs[i].len);
            rows[i]->slug[slugs[i].len] = '\0';
        }
    }
    return ST_OK;
}

static enum status move(struct writes *writes, const struct deed *deed,
                        struct token_row *const *rows, size_t count, int64_t deadline_ms) {
    uint8_t slot[2];
    struct pg_params params;
    PGresult *result = NULL;
    pg_params_init(&params);
    if (deed->takes == TAKES_SLOT)
        pg_params_add_int2(&params, slot, writes->slot);
    writes->used = 0;
    COLUMN(writes, PG_INT4, pg_array_add_int, rows[i]->token.bucket);
    COLUMN(writes, PG_BYTEA, pg_array_add_bytes, BYTES(rows[i]->token.hash, TOKEN_HASH));
    if (deed->takes == TAKES_WHY)
        COLUMN(writes, PG_TEXT, pg_array_add_text, text_of(rows[i]->why));
    if (!add_arrays(writes, &params))
        return ST_FAULT;
    enum status status = run(writes, &deed->statement, &params, deadline_ms, &result);
    if (status == ST_OK)
        status = take_slugs(result, rows, count);
    PQclear(result);
    return status;
}

enum status writes_confirm(struct writes *writes, struct token_row *const *rows, size_t count,
                           int64_t deadline_ms) {
    return move(writes, &confirm_deed, rows, count, deadline_ms);
}

enum status writes_withdraw(struct writes *writes, struct token_row *const *rows, size_t count,
                            int64_t deadline_ms) {
    return move(writes, &withdraw_deed, rows, count, deadline_ms);
}

enum status writes_disavow(struct writes *writes, struct token_row *const *rows, size_t count,
                           int64_t deadline_ms) {
    return move(writes, &disavow_deed, rows, count, deadline_ms);
}

enum status writes_erase(struct writes *writes, struct token_row *const *rows, size_t count,
                         int64_t deadline_ms) {
    return move(writes, &own_erase_deed, rows, count, deadline_ms);
}

enum status writes_unsubscribe(struct writes *writes, struct token_row *const *rows, size_t count,
                               int64_t deadline_ms) {
    return move(writes, &unsubscribe_deed, rows, count, deadline_ms);
}

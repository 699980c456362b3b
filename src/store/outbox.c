#include "store/outbox.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "queries.h"

enum { FATE_ARRAYS = 5, ARRAY_BYTES = 1 << 20, SWEEP_ROWS = 500, SWEEP_BLOCKS = 20 };

struct outbox {
    struct pg *pg;
    uint8_t recipient[SEAL_PUBLIC_KEY];
    int32_t after; /* the petition behind which the next claim begins */
    struct pg_array arrays[FATE_ARRAYS];
};

static const struct pg_statement take_statement = {"mail_take", query_mail_take};
static const struct pg_statement claim_statement = {"mail_claim", query_mail_claim};
static const struct pg_statement fate_statement = {"mail_fate", query_mail_fate};
static const struct pg_statement backlog_statement = {"mail_backlog", query_mail_backlog};
static const struct pg_statement sweep_statement = {"mail_sweep", query_mail_sweep};

struct outbox *outbox_new(struct pg *pg, const uint8_t recipient[SEAL_PUBLIC_KEY]) {
    static const enum pg_type types[FATE_ARRAYS] = {PG_INT4, PG_BYTEA, PG_INT8, PG_INT2, PG_INT4};
    struct outbox *outbox = calloc(1, sizeof *outbox);
    if (!outbox)
        return NULL;
    outbox->pg = pg;
    memcpy(outbox->recipient, recipient, sizeof outbox->recipient);
    pg_arrays_init(outbox->arrays, types, FATE_ARRAYS, ARRAY_BYTES);
    return outbox;
}

void outbox_free(struct outbox **outbox) {
    if (!*outbox)
        return;
    pg_arrays_done((*outbox)->arrays, FATE_ARRAYS);
    free(*outbox);
    *outbox = NULL;
}

/* Up to eight numbers as parameters that outlive the run. */
struct numbers {
    uint8_t bytes[8][4];
    size_t count;
};

static void add_int(struct pg_params *params, struct numbers *numbers, int value) {
    pg_params_add_int4(params, numbers->bytes[numbers->count++], value);
}

enum status outbox_take(struct outbox *outbox, int rows, int64_t deadline_ms,
                        struct outbox_taken *out) {
    struct numbers numbers = {.count = 0};
    struct pg_params params;
    PGresult *result = NULL;
    pg_params_init(&params);
    add_int(&params, &numbers, rows);
    enum status status = pg_run(outbox->pg, &take_statement, &params, deadline_ms, &result);
    if (status == ST_OK)
        *out = (struct outbox_taken){(int)pg_get_int(result, 0, 0), (int)pg_get_int(result, 0, 1),
                                     pg_get_bool(result, 0, 2)};
    PQclear(result);
    return status;
}

/* --- claims --- */

enum {
    C_PETITION,
    C_BUCKET,
    C_HASH,
    C_LEASE,
    C_KIND,
    C_TRIES,
    C_EMAIL_HASH,
    C_EPOCH,
    C_EPOCH_KEY,
    C_SEALED
};

static bool copy_bytes(uint8_t *out, size_t len, struct text bytes) {
    if (bytes.len == len)
        memcpy(out, bytes.data, len);
    return bytes.len == len;
}

/* NULL: out of memory, or not a letter's row. */
static struct outbox_letter *read_letter(const PGresult *result, int row) {
    struct text sealed = pg_get_text(result, row, C_SEALED);
    struct outbox_letter *letter = calloc(1, sizeof *letter + sealed.len);
    if (!letter)
        return NULL;
    letter->petition = (int32_t)pg_get_int(result, row, C_PETITION);
    letter->key.bucket = (int32_t)pg_get_int(result, row, C_BUCKET);
    letter->lease = pg_get_int(result, row, C_LEASE);
    letter->kind = (enum outbox_kind)pg_get_int(result, row, C_KIND);
    letter->tries = (int)pg_get_int(result, row, C_TRIES);
    letter->epoch = pg_get_int(result, row, C_EPOCH);
    letter->sealed_len = sealed.len;
    letter->has_key =
        copy_bytes(letter->epoch_box, SEAL_EPOCH_BOX, pg_get_text(result, row, C_EPOCH_KEY));
    if (sealed.len)
        memcpy(letter->sealed, sealed.data, sealed.len);
    if (!copy_bytes(letter->key.hash, TOKEN_HASH, pg_get_text(result, row, C_HASH)) ||
        !copy_bytes(letter->email_hash, BLIND_SIZE, pg_get_text(result, row, C_EMAIL_HASH)))
        outbox_letter_free(&letter);
    return letter;
}

enum status outbox_claim(struct outbox *outbox, const struct outbox_policy *policy, int limit,
                         int64_t deadline_ms, struct outbox_letters *out) {
    struct numbers numbers = {.count = 0};
    struct pg_params params;
    PGresult *result = NULL;
    int64_t leased_until_ms = clock_monotonic_ms() + policy->lease_s * INT64_C(1000);
    pg_params_init(&params);
    pg_params_add(&params, outbox->recipient, sizeof outbox->recipient);
    add_int(&params, &numbers, outbox->after);
    add_int(&params, &numbers, limit);
    add_int(&params, &numbers, policy->lease_s);
    add_int(&params, &numbers, policy->letters_per_day);
    add_int(&params, &numbers, policy->give_up_days);
    add_int(&params, &numbers, policy->token_days);
    enum status status = pg_run(outbox->pg, &claim_statement, &params, deadline_ms, &result);
    if (status == ST_OK)
        status = outbox_letters_read(result, read_letter, leased_until_ms, out);
    if (status == ST_OK)
        outbox->after =
            out->count ? (int32_t)pg_get_int(result, PQntuples(result) - 1, C_PETITION) : 0;
    PQclear(result);
    return status;
}

/* --- what became of them --- */

enum status outbox_fates(struct outbox *outbox, const struct outbox_policy *policy,
                         struct outbox_letter *const *letters, size_t count, int64_t deadline_ms) {
    struct numbers numbers = {.count = 0};
    struct pg_params params;
    PGresult *result = NULL;
    pg_params_init(&params);
    for (size_t i = 0; i < FATE_ARRAYS; i++)
        pg_array_reset(&outbox->arrays[i]);
    for (size_t i = 0; i < count; i++) {
        if (letters[i]->kind == OUTBOX_LIST)
            continue;
        pg_array_add_int(&outbox->arrays[0], letters[i]->key.bucket);
        pg_array_add_bytes(&outbox->arrays[1], letters[i]->key.hash, TOKEN_HASH);
        pg_array_add_int(&outbox->arrays[2], letters[i]->lease);
        pg_array_add_int(&outbox->arrays[3], letters[i]->fate);
        pg_array_add_int(&outbox->arrays[4], letters[i]->wait_s);
    }
    if (!pg_params_add_arrays(&params, outbox->arrays, FATE_ARRAYS))
        return ST_FAULT;
    add_int(&params, &numbers, policy->token_days);
    add_int(&params, &numbers, policy->reminder_days);
    add_int(&params, &numbers, policy->give_up_days);
    if (outbox->arrays[0].count == 0)
        return ST_OK;
    enum status status = pg_run(outbox->pg, &fate_statement, &params, deadline_ms, &result);
    PQclear(result);
    return status;
}

enum status outbox_backlog(struct outbox *outbox, int64_t deadline_ms, struct outbox_backlog *out) {
    struct outbox_backlog backlog = {0};
    struct pg_params none;
    PGresult *result = NULL;
    pg_params_init(&none);
    enum status status = pg_run(outbox->pg, &backlog_statement, &none, deadline_ms, &result);
    int rows = status == ST_OK ? PQntuples(result) : 0;
    for (int row = 0; row < rows; row++) {
        int64_t kind = pg_get_int(result, row, 0);
        if (kind == 0) {
            backlog.letters = pg_get_int(result, row, 1);
            backlog.deferred = pg_get_int(result, row, 2);
        } else if (kind == OUTBOX_LIST) {
            backlog.list_sending = pg_get_int(result, row, 1);
            backlog.list_paused = pg_get_int(result, row, 2);
        } else if (kind <= OUTBOX_PAGE) {
            backlog.oldest_s[kind] = pg_get_int(result, row, 3);
        }
    }
    PQclear(result);
    if (status == ST_OK)
        *out = backlog;
    return status;
}

enum status outbox_sweep(struct outbox *outbox, const struct outbox_policy *policy,
                         int64_t deadline_ms, bool *more) {
    struct numbers numbers = {.count = 0};
    struct pg_params params;
    PGresult *result = NULL;
    pg_params_init(&params);
    add_int(&params, &numbers, SWEEP_ROWS);
    add_int(&params, &numbers, SWEEP_BLOCKS);
    add_int(&params, &numbers, policy->token_days);
    add_int(&params, &numbers, policy->unconfirmed_days);
    enum status status = pg_run(outbox->pg, &sweep_statement, &params, deadline_ms, &result);
    if (status == ST_OK)
        *more = pg_get_int(result, 0, 0) > 0;
    PQclear(result);
    return status;
}

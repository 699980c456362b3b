#include "store/own.h"

#include <stdlib.h>
#include <string.h>

#include "queries.h"

static const struct pg_statement statement = {"own", query_own};

enum column {
    PLACE,
    SLUG,
    STATE,
    SIGNED_AT,
    CONFIRMED_AT,
    TEXT_VERSION,
    EPOCH,
    PETITION,
    EMAIL_HASH,
    SEALED,
    SHOWN,
    ERASURE,
    NEWS
};

static bool take_row(const PGresult *result, int line, struct own_row *row) {
    struct text hash = pg_get_text(result, line, EMAIL_HASH);
    struct text sealed = pg_get_text(result, line, SEALED);
    if (hash.len != BLIND_SIZE || !sealed.data || sealed.len > OWN_SEALED_MAX ||
        !text_store(pg_get_text(result, line, NEWS), row->news, OWN_NEWS_MAX) ||
        !text_store(pg_get_text(result, line, SLUG), row->slug, sizeof row->slug) ||
        !text_store(pg_get_text(result, line, STATE), row->state, sizeof row->state) ||
        !text_store(pg_get_text(result, line, ERASURE), row->erasure, sizeof row->erasure))
        return false;
    memcpy(row->email_hash, hash.data, hash.len);
    memcpy(row->sealed, sealed.data, sealed.len);
    row->sealed_len = sealed.len;
    row->signed_at_ms = pg_get_time_ms(result, line, SIGNED_AT);
    row->confirmed_at_ms = pg_get_time_ms(result, line, CONFIRMED_AT);
    row->text_version = (int32_t)pg_get_int(result, line, TEXT_VERSION);
    row->epoch = pg_get_int(result, line, EPOCH);
    row->petition = (int32_t)pg_get_int(result, line, PETITION);
    row->shown = pg_get_bool(result, line, SHOWN);
    row->valid = true;
    return true;
}

static enum status take_rows(const PGresult *result, struct own_row *const *rows, size_t count) {
    for (size_t i = 0; i < count; i++)
        rows[i]->valid = false;
    for (int line = 0; line < PQntuples(result); line++) {
        int64_t place = pg_get_int(result, line, PLACE);
        if (place < 1 || place > (int64_t)count || !take_row(result, line, rows[place - 1]))
            return ST_FAULT;
    }
    return ST_OK;
}

enum status own_get(struct pg *pg, struct own_row *const *rows, size_t count, int64_t deadline_ms) {
    struct pg_array buckets, hashes;
    struct pg_params params;
    PGresult *result = NULL;
    enum status status = ST_FAULT;
    pg_array_init(&buckets, PG_INT4, OWN_ARRAY_BYTES);
    pg_array_init(&hashes, PG_BYTEA, OWN_ARRAY_BYTES);
    for (size_t i = 0; i < count; i++) {
        pg_array_add_int(&buckets, rows[i]->token.bucket);
        pg_array_add_bytes(&hashes, rows[i]->token.hash, TOKEN_HASH);
    }
    pg_params_init(&params);
    if (pg_params_add_array(&params, &buckets) && pg_params_add_array(&params, &hashes))
        status = pg_run(pg, &statement, &params, deadline_ms, &result);
    if (status == ST_OK)
        status = take_rows(result, rows, count);
    PQclear(result);
    pg_array_done(&buckets);
    pg_array_done(&hashes);
    return status;
}

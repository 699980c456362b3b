#include "store/imports.h"

#include "queries.h"

enum { ARRAYS = 13, ARRAY_BYTES = 64 << 20, ROWS_MAX = 10000 };

static const struct pg_statement import_statement = {"subscriber_import", query_subscriber_import};

/* The parameters but the epoch, which is the second. */
static const enum pg_type types[ARRAYS] = {PG_BYTEA, PG_BYTEA, PG_TEXT, PG_TEXT, PG_TEXT,
                                           PG_TEXT,  PG_TEXT,  PG_TEXT, PG_TEXT, PG_INT4,
                                           PG_INT4,  PG_BYTEA, PG_TEXT};

static void add_rows(struct pg_array arrays[ARRAYS], const struct imports *imports) {
    for (size_t i = 0; i < imports->count; i++) {
        const struct imports_row *row = &imports->rows[i];
        const struct text texts[] = {row->country,      row->region, row->locale, row->topics,
                                     row->consented_at, row->source, row->wording};
        pg_array_add_bytes(&arrays[0], row->mailbox, sizeof row->mailbox);
        pg_array_add_bytes(&arrays[1], row->sealed, row->sealed_len);
        for (size_t t = 0; t < sizeof texts / sizeof texts[0]; t++)
            pg_array_add_text(&arrays[2 + t], texts[t]);
        pg_array_add_text(&arrays[12], row->frequency);
    }
    for (size_t i = 0; i < imports->signers_count; i++) {
        const struct imports_signed *signer = &imports->signers[i];
        pg_array_add_int(&arrays[9], (int64_t)signer->row + 1);
        pg_array_add_int(&arrays[10], signer->petition);
        pg_array_add_bytes(&arrays[11], signer->email_hash, sizeof signer->email_hash);
    }
}

static bool add_params(struct pg_params *params, struct pg_array arrays[ARRAYS], int64_t epoch,
                       uint8_t storage[8]) {
    for (size_t i = 0; i < ARRAYS; i++) {
        if (i == 1)
            pg_params_add_int8(params, storage, epoch);
        if (!pg_params_add_array(params, &arrays[i]))
            return false;
    }
    return true;
}

static enum status take_fates(const PGresult *result, const struct imports *imports,
                              struct arena *arena) {
    struct text *fates = arena_alloc(arena, (imports->count + 1) * sizeof *fates);
    if (!fates || pg_get_texts(result, 0, 0, fates, (int)imports->count) != (int)imports->count)
        return ST_FAULT;
    for (size_t i = 0; i < imports->count; i++) {
        imports->rows[i].fate = arena_copy(arena, fates[i]);
        if (!imports->rows[i].fate.data)
            return ST_FAULT;
    }
    return ST_OK;
}

enum status imports_add(struct pg *pg, const struct imports *imports, struct arena *arena,
                        int64_t deadline_ms) {
    struct pg_array arrays[ARRAYS];
    struct pg_params params;
    PGresult *result = NULL;
    uint8_t epoch[8];
    enum status status = ST_FAULT;
    pg_params_init(&params);
    pg_arrays_init(arrays, types, ARRAYS, ARRAY_BYTES);
    add_rows(arrays, imports);
    if (imports->count <= ROWS_MAX && add_params(&params, arrays, imports->epoch, epoch))
        status = pg_run(pg, &import_statement, &params, deadline_ms, &result);
    if (status == ST_OK)
        status = take_fates(result, imports, arena);
    PQclear(result);
    pg_arrays_done(arrays, ARRAYS);
    return status;
}

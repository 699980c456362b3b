#include "store/epochs.h"

#include "queries.h"

enum { ARRAY_BYTES = 4096 };

static const struct pg_statement add_statement = {"epoch_add", query_epoch_add};

static const char *const purposes[] = {
    [SEAL_SIGNER] = "signer", [SEAL_LETTER] = "letter", [SEAL_SUBSCRIBER] = "subscriber"};

enum status epochs_add(struct pg *pg, const struct epochs_row *row, int64_t deadline_ms) {
    uint8_t id_bytes[8];
    struct pg_params params;
    struct pg_array keys, sealed;
    PGresult *result = NULL;
    enum status status = ST_FAULT;
    pg_array_init(&keys, PG_BYTEA, ARRAY_BYTES);
    pg_array_init(&sealed, PG_BYTEA, ARRAY_BYTES);
    for (size_t i = 0; i < row->recipients->count; i++) {
        pg_array_add_bytes(&keys, row->recipients->keys[i], SEAL_PUBLIC_KEY);
        pg_array_add_bytes(&sealed, row->boxes[i], SEAL_EPOCH_BOX);
    }
    pg_params_init(&params);
    pg_params_add_int8(&params, id_bytes, row->id);
    pg_params_add_text(&params, text_of(purposes[row->purpose]));
    if (pg_params_add_array(&params, &keys) && pg_params_add_array(&params, &sealed))
        status = pg_run(pg, &add_statement, &params, deadline_ms, &result);
    PQclear(result);
    pg_array_done(&keys);
    pg_array_done(&sealed);
    return status;
}

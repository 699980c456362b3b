#include "store/openings.h"

#include "queries.h"

enum { ARRAY_BYTES = 1 << 20, ARRAYS = 3 };

static const struct pg_statement add_statement = {"mailing_opened", query_mailing_opened};
static const struct pg_statement list_statement = {"mailing_openings", query_mailing_openings};

static bool add_columns(struct pg_params *params, struct pg_array arrays[ARRAYS],
                        struct opening_row *const *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        pg_array_add_int(&arrays[0], rows[i]->mailing);
        pg_array_add_text(&arrays[1], rows[i]->link);
        pg_array_add_bytes(&arrays[2], rows[i]->request_id, WRITES_REQUEST_ID);
    }
    return pg_params_add_arrays(params, arrays, ARRAYS);
}

enum status openings_add(struct pg *pg, struct opening_row *const *rows, size_t count,
                         int64_t deadline_ms) {
    static const enum pg_type types[ARRAYS] = {PG_INT4, PG_TEXT, PG_BYTEA};
    struct pg_array arrays[ARRAYS];
    struct pg_params params;
    PGresult *result = NULL;
    enum status status = ST_FAULT;
    pg_arrays_init(arrays, types, ARRAYS, ARRAY_BYTES);
    pg_params_init(&params);
    if (add_columns(&params, arrays, rows, count))
        status = writes_status(pg, pg_run(pg, &add_statement, &params, deadline_ms, &result));
    PQclear(result);
    pg_arrays_done(arrays, ARRAYS);
    return status;
}

enum status openings_list(struct pg *pg, struct text name, int64_t deadline_ms,
                          void (*add)(struct text name, struct text json, void *context),
                          void *context) {
    struct pg_params params;
    PGresult *result = NULL;
    pg_params_init(&params);
    pg_params_add_text(&params, name);
    enum status status = pg_run(pg, &list_statement, &params, deadline_ms, &result);
    for (int line = 0; status == ST_OK && line < PQntuples(result); line++)
        add(pg_get_text(result, line, 0), pg_get_text(result, line, 1), context);
    PQclear(result);
    return status;
}

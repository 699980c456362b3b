#include "store/audit.h"

#include "queries.h"

static const struct pg_statement statement = {"audit", query_audit};

static void read_row(const PGresult *result, int row, struct arena *arena, struct audit_row *out) {
    *out = (struct audit_row){
        .slug = arena_copy(arena, pg_get_text(result, row, 0)),
        .in_table = pg_get_int(result, row, 1),
        .erased = pg_get_int(result, row, 2),
        .tally = pg_get_int(result, row, 3),
        .places = pg_get_int(result, row, 4),
        .hours = pg_get_int(result, row, 5),
        .places_differ = pg_get_int(result, row, 6),
        .hours_differ = pg_get_int(result, row, 7),
        .version = pg_get_int(result, row, 8),
        .undeliverable = pg_get_int(result, row, 9),
        .equal = pg_get_bool(result, row, 10),
        .referrals_differ = pg_get_int(result, row, 11),
    };
}

enum status audit_read(struct pg *pg, struct text slug, struct arena *arena, int64_t deadline_ms,
                       struct audit_rows *out) {
    struct pg_params params;
    PGresult *result = NULL;
    pg_params_init(&params);
    pg_params_add_text(&params, slug);
    enum status status = pg_run(pg, &statement, &params, deadline_ms, &result);
    if (status != ST_OK) {
        return status;
    }
    size_t n = (size_t)PQntuples(result);
    struct audit_row *list = arena_alloc(arena, (n + 1) * sizeof *list);
    status = list == NULL ? ST_FAULT : n == 0 && slug.data != NULL ? ST_NOT_FOUND : ST_OK;
    for (size_t i = 0; status == ST_OK && i < n; i++) {
        read_row(result, (int)i, arena, &list[i]);
    }
    PQclear(result);
    if (status == ST_OK) {
        *out = (struct audit_rows){list, n};
    }
    return status;
}

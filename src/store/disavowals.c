#include "store/disavowals.h"

#include "queries.h"

static const struct pg_statement statement = {"disavowals", query_disavowals};

static void read_row(const PGresult *result, int row, struct arena *arena,
                     struct disavowals_row *out) {
    int64_t day_ms;
    *out = (struct disavowals_row){
        .slug = arena_copy(arena, pg_get_text(result, row, 0)),
        .day_ms = pg_get_time_ms(result, row, 1, &day_ms) ? day_ms : 0,
        .disavowed = pg_get_int(result, row, 2),
        .signed_then = pg_get_int(result, row, 3),
        .sent = pg_get_int(result, row, 4),
    };
}

enum status disavowals_read(struct pg *pg, struct text slug, struct arena *arena,
                            int64_t deadline_ms, struct disavowals_rows *out) {
    struct pg_params params;
    PGresult *result = NULL;
    pg_params_init(&params);
    pg_params_add_text(&params, slug);
    enum status status = pg_run(pg, &statement, &params, deadline_ms, &result);
    if (status != ST_OK) {
        return status;
    }
    size_t n = (size_t)PQntuples(result);
    struct disavowals_row *list = arena_alloc(arena, (n + 1) * sizeof *list);
    status = list == NULL ? ST_FAULT : n == 0 && slug.data != NULL ? ST_NOT_FOUND : ST_OK;
    for (size_t i = 0; status == ST_OK && i < n; i++) {
        read_row(result, (int)i, arena, &list[i]);
    }
    PQclear(result);
    if (status == ST_OK && !arena_failed(arena)) {
        *out = (struct disavowals_rows){list, n};
    }
    return status == ST_OK && arena_failed(arena) ? ST_FAULT : status;
}

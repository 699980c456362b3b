#include "store/disavowals.h"

#include "queries.h"
#include "row.h"

static const struct pg_statement statement = {"disavowals", query_disavowals};

static void read_row(struct row *row, void *out) {
    *(struct disavowals_row *)out = (struct disavowals_row){
        .slug = row_text(row, 0),
        .day_ms = row_time_ms(row, 1),
        .disavowed = row_int(row, 2),
        .signed_then = row_int(row, 3),
        .sent = row_int(row, 4),
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
    struct disavowals_rows rows;
    rows.items = row_read_all(result, arena, sizeof *rows.items, read_row, &rows.count);
    if (!rows.items || (rows.count == 0 && slug.data)) {
        return rows.items ? ST_NOT_FOUND : ST_FAULT;
    }
    *out = rows;
    return ST_OK;
}

#include "store/audit.h"

#include "queries.h"
#include "row.h"

static const struct pg_statement statement = {"audit", query_audit};

static void read_row(struct row *row, void *out) {
    *(struct audit_row *)out = (struct audit_row){
        .slug = row_text(row, 0),
        .in_table = row_int(row, 1),
        .erased = row_int(row, 2),
        .tally = row_int(row, 3),
        .places = row_int(row, 4),
        .hours = row_int(row, 5),
        .places_differ = row_int(row, 6),
        .hours_differ = row_int(row, 7),
        .version = row_int(row, 8),
        .undeliverable = row_int(row, 9),
        .equal = row_bool(row, 10),
        .referrals_differ = row_int(row, 11),
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
    struct audit_rows rows;
    rows.items = row_read_all(result, arena, sizeof *rows.items, read_row, &rows.count);
    if (!rows.items || (rows.count == 0 && slug.data)) {
        return rows.items ? ST_NOT_FOUND : ST_FAULT;
    }
    *out = rows;
    return ST_OK;
}

#include "store/pictures.h"

#include "queries.h"
#include "row.h"

static const struct pg_statement list_statement = {"pictures", query_pictures};
static const struct pg_statement put_statement = {"picture_put", query_picture_put};

enum column {
    C_PETITION,
    C_SLUG,
    C_LANGUAGE,
    C_TITLE,
    C_TAG_LINE,
    C_ORGANIZATION,
    C_TAG,
    C_GOALS,
    C_MINIMUM,
    C_COUNT,
    C_DRAWN
};

static void read_row(struct row *row, void *to) {
    struct picture *out = to;
    int goals = pg_get_ints(row->result, row->at, C_GOALS, out->goals, PETITION_GOALS_MAX);
    bool known = !PQgetisnull(row->result, row->at, C_DRAWN);
    out->goals_count = goals > 0 ? (size_t)goals : 0;
    out->petition = (int32_t)row_int(row, C_PETITION);
    out->slug = row_text(row, C_SLUG);
    out->language = row_text(row, C_LANGUAGE);
    out->title = row_text(row, C_TITLE);
    out->tag_line = row_text(row, C_TAG_LINE);
    out->organization = row_text(row, C_ORGANIZATION);
    out->tag = row_text(row, C_TAG);
    out->minimum = row_int(row, C_MINIMUM);
    out->count = row_int(row, C_COUNT);
    out->drawn = known ? row_int(row, C_DRAWN) : -1;
}

enum status pictures_list(struct pg *pg, struct text slug, struct arena *arena, int64_t deadline_ms,
                          struct pictures *out) {
    struct pg_params params;
    PGresult *result = NULL;
    pg_params_init(&params);
    pg_params_add_text(&params, slug);
    enum status status = pg_run(pg, &list_statement, &params, deadline_ms, &result);
    if (status != ST_OK) {
        return status;
    }
    struct pictures pictures;
    pictures.rows = row_read_all(result, arena, sizeof *pictures.rows, read_row, &pictures.count);
    if (!pictures.rows) {
        return ST_FAULT;
    }
    *out = pictures;
    return ST_OK;
}

enum status pictures_put(struct pg *pg, const struct picture *was, struct drawing drawing,
                         int64_t deadline_ms, bool *stored) {
    struct pg_params params;
    uint8_t petition[4], drawn[8];
    PGresult *result = NULL;
    pg_params_init(&params);
    pg_params_add_int4(&params, petition, was->petition);
    pg_params_add_text(&params, was->language);
    pg_params_add_text(&params, was->tag);
    pg_params_add_int8(&params, drawn, drawing.number);
    pg_params_add(&params, drawing.png.data, drawing.png.len);
    enum status status = pg_run(pg, &put_statement, &params, deadline_ms, &result);
    if (status == ST_OK) {
        *stored = pg_get_bool(result, 0, 0);
        PQclear(result);
    }
    return status;
}

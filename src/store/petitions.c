#include "store/petitions.h"

#include <string.h>

#include "queries.h"
#include "row.h"

static const struct pg_statement put_statement = {"petition_put", query_petition_put};
static const struct pg_statement list_statement = {"petition_list", query_petition_list};
static const struct pg_statement show_statement = {"petition_show", query_petition_show};
static const struct pg_statement state_statement = {"petition_state", query_petition_state};
static const struct pg_statement keys_statement = {"petition_keys", query_petition_keys};

enum status petitions_put(struct pg *pg, struct petitions_put *put, struct arena *arena,
                          int64_t deadline_ms) {
    struct pg_params params;
    struct buffer storage;
    uint8_t key[2];
    PGresult *result = NULL;
    pg_params_init(&params);
    enum status status = ST_FAULT;
    if (pg_params_add_jsonb(&params, put->json, &storage)) {
        pg_params_add_int2(&params, key, (int16_t)put->index_key);
        status = pg_run(pg, &put_statement, &params, deadline_ms, &result);
    }
    buffer_done(&storage);
    if (status != ST_OK) {
        return status;
    }
    struct row row = {result, 0, arena, false};
    put->slug = row_text(&row, 0);
    put->text_version = (int32_t)row_int(&row, 1);
    put->state = row_text(&row, 2);
    put->created = row_bool(&row, 3);
    PQclear(result);
    return row.failed ? ST_FAULT : ST_OK;
}

enum list_column {
    LIST_SLUG,
    LIST_STATE,
    LIST_OVER,
    LIST_CONFIRMATION,
    LIST_LANGUAGE,
    LIST_TEXT_VERSION,
    LIST_GOAL,
    LIST_COUNT,
    LIST_TITLE,
    LIST_OPENED_AT,
    LIST_CLOSES_AT
};

static void read_row(struct row *row, void *out) {
    *(struct petitions_row *)out = (struct petitions_row){
        .slug = row_text(row, LIST_SLUG),
        .state = row_text(row, LIST_STATE),
        .confirmation = row_text(row, LIST_CONFIRMATION),
        .language = row_text(row, LIST_LANGUAGE),
        .title = row_text(row, LIST_TITLE),
        .over = row_bool(row, LIST_OVER),
        .has_goal = !PQgetisnull(row->result, row->at, LIST_GOAL),
        .goal = row_int(row, LIST_GOAL),
        .count = row_int(row, LIST_COUNT),
        .text_version = (int32_t)row_int(row, LIST_TEXT_VERSION),
        .opened_at_ms = row_time_ms(row, LIST_OPENED_AT),
        .closes_at_ms = row_time_ms(row, LIST_CLOSES_AT),
    };
}

enum status petitions_list(struct pg *pg, struct arena *arena, int64_t deadline_ms,
                           struct petitions_row **rows, size_t *count) {
    struct pg_params params;
    PGresult *result = NULL;
    pg_params_init(&params);
    enum status status = pg_run(pg, &list_statement, &params, deadline_ms, &result);
    if (status != ST_OK) {
        return status;
    }
    size_t found;
    struct petitions_row *list = row_read_all(result, arena, sizeof *list, read_row, &found);
    if (!list) {
        return ST_FAULT;
    }
    *rows = list;
    *count = found;
    return ST_OK;
}

enum status petitions_show(struct pg *pg, struct text slug, struct arena *arena,
                           int64_t deadline_ms, struct text *json) {
    struct pg_params params;
    PGresult *result = NULL;
    pg_params_init(&params);
    pg_params_add_text(&params, slug);
    enum status status = pg_run(pg, &show_statement, &params, deadline_ms, &result);
    if (status != ST_OK) {
        return status;
    }
    if (PQntuples(result) == 0) {
        status = ST_NOT_FOUND;
    } else {
        struct text copied = arena_copy(arena, pg_get_text(result, 0, 0));
        status = copied.data == NULL ? ST_FAULT : ST_OK;
        *json = copied.data == NULL ? *json : copied;
    }
    PQclear(result);
    return status;
}

enum status petitions_move(struct pg *pg, struct petitions_move *move, struct arena *arena,
                           int64_t deadline_ms) {
    struct pg_params params;
    PGresult *result = NULL;
    struct text wanted = text_of(petition_state_name(move->wanted));
    pg_params_init(&params);
    pg_params_add_text(&params, move->slug);
    pg_params_add_text(&params, wanted);
    enum status status = pg_run(pg, &state_statement, &params, deadline_ms, &result);
    if (status != ST_OK) {
        return status;
    }
    if (PQntuples(result) == 0) {
        status = ST_NOT_FOUND;
    } else {
        struct row row = {result, 0, arena, false};
        move->was = row_text(&row, 0);
        move->state = row_text(&row, 1);
        move->closes_at_ms = row_time_ms(&row, 2);
        status = row.failed ? ST_FAULT : text_equal(move->state, wanted) ? ST_OK : ST_INVALID;
    }
    PQclear(result);
    return status;
}

static void read_key(struct row *row, void *out) {
    *(struct petitions_key *)out =
        (struct petitions_key){(int32_t)row_int(row, 0), row_text(row, 1), (int)row_int(row, 2)};
}

enum status petitions_keys(struct pg *pg, struct text slug, struct arena *arena,
                           int64_t deadline_ms, struct petitions_key_list *out) {
    struct pg_params params;
    PGresult *result = NULL;
    pg_params_init(&params);
    pg_params_add_text(&params, slug);
    enum status status = pg_run(pg, &keys_statement, &params, deadline_ms, &result);
    if (status != ST_OK) {
        return status;
    }
    struct petitions_key_list list;
    list.items = row_read_all(result, arena, sizeof *list.items, read_key, &list.count);
    if (!list.items || (list.count == 0 && slug.data)) {
        return list.items ? ST_NOT_FOUND : ST_FAULT;
    }
    *out = list;
    return ST_OK;
}

#include "store/petitions.h"

#include <string.h>

#include "queries.h"

static const struct pg_statement put_statement = {"petition_put", query_petition_put};
static const struct pg_statement list_statement = {"petition_list", query_petition_list};
static const struct pg_statement show_statement = {"petition_show", query_petition_show};
static const struct pg_statement state_statement = {"petition_state", query_petition_state};
static const struct pg_statement keys_statement = {"petition_keys", query_petition_keys};

static struct text copy(const PGresult *result, int row, int column, struct arena *arena) {
    return arena_copy(arena, pg_get_text(result, row, column));
}

static int64_t time_of(const PGresult *result, int row, int column) {
    int64_t unix_ms;
    return pg_get_time_ms(result, row, column, &unix_ms) ? unix_ms : 0;
}

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
    put->slug = copy(result, 0, 0, arena);
    put->text_version = (int32_t)pg_get_int(result, 0, 1);
    put->state = copy(result, 0, 2, arena);
    put->created = pg_get_bool(result, 0, 3);
    PQclear(result);
    return ST_OK;
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

static void read_row(const PGresult *result, int row, struct arena *arena,
                     struct petitions_row *out) {
    *out = (struct petitions_row){
        .slug = copy(result, row, LIST_SLUG, arena),
        .state = copy(result, row, LIST_STATE, arena),
        .confirmation = copy(result, row, LIST_CONFIRMATION, arena),
        .language = copy(result, row, LIST_LANGUAGE, arena),
        .title = copy(result, row, LIST_TITLE, arena),
        .over = pg_get_bool(result, row, LIST_OVER),
        .has_goal = PQgetisnull(result, row, LIST_GOAL) == 0,
        .goal = pg_get_int(result, row, LIST_GOAL),
        .count = pg_get_int(result, row, LIST_COUNT),
        .text_version = (int32_t)pg_get_int(result, row, LIST_TEXT_VERSION),
        .opened_at_ms = time_of(result, row, LIST_OPENED_AT),
        .closes_at_ms = time_of(result, row, LIST_CLOSES_AT),
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
    size_t n = (size_t)PQntuples(result);
    struct petitions_row *list = arena_alloc(arena, (n + 1) * sizeof *list);
    if (list == NULL) {
        PQclear(result);
        return ST_FAULT;
    }
    for (size_t i = 0; i < n; i++) {
        read_row(result, (int)i, arena, &list[i]);
    }
    PQclear(result);
    *rows = list;
    *count = n;
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
        struct text copied = copy(result, 0, 0, arena);
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
        move->was = copy(result, 0, 0, arena);
        move->state = copy(result, 0, 1, arena);
        move->closes_at_ms = time_of(result, 0, 2);
        status = text_equal(move->state, wanted) ? ST_OK : ST_INVALID;
    }
    PQclear(result);
    return status;
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
    size_t n = (size_t)PQntuples(result);
    struct petitions_key *list = arena_alloc(arena, (n + 1) * sizeof *list);
    status = list == NULL ? ST_FAULT : n == 0 && slug.data != NULL ? ST_NOT_FOUND : ST_OK;
    for (size_t i = 0; status == ST_OK && i < n; i++) {
        list[i] = (struct petitions_key){(int32_t)pg_get_int(result, (int)i, 0),
                                         copy(result, (int)i, 1, arena),
                                         (int)pg_get_int(result, (int)i, 2)};
    }
    PQclear(result);
    if (status == ST_OK) {
        *out = (struct petitions_key_list){list, n};
    }
    return status;
}

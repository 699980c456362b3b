#include "store/subscriptions.h"

#include <string.h>

#include "queries.h"

enum { ARRAY_BYTES = 4 << 20, OF_ALL = 4, ARRAYS = 15 };
enum set_column { PLACE, SLUG, NEWS };
enum count_column { STATE, TOPIC, COUNT };

static const struct pg_statement set_statement = {"subscription_set", query_subscription_set};
static const struct pg_statement counts_statement = {"subscriber_counts", query_subscriber_counts};

static enum status take_rows(const PGresult *result, struct subscription_row *const *rows,
                             size_t count) {
    for (size_t i = 0; i < count; i++)
        rows[i]->valid = false;
    for (int line = 0; line < PQntuples(result); line++) {
        int64_t place = pg_get_int(result, line, PLACE);
        if (place < 1 || place > (int64_t)count)
            return ST_FAULT;
        struct subscription_row *row = rows[place - 1];
        row->valid = text_store(pg_get_text(result, line, SLUG), row->slug, sizeof row->slug) &&
                     text_store(pg_get_text(result, line, NEWS), row->news, SUBSCRIPTIONS_NEWS_MAX);
        if (!row->valid)
            return ST_FAULT;
    }
    return ST_OK;
}

/* Few agree just now: a list of its own. */
static void add_ask(struct pg_array *arrays, const struct subscription_row *row, size_t place) {
    const struct ask_row *ask = &row->ask;
    pg_array_add_int(&arrays[0], (int64_t)place);
    pg_array_add_bytes(&arrays[1], row->mailbox, sizeof row->mailbox);
    pg_array_add_bytes(&arrays[2], row->request_id, sizeof row->request_id);
    pg_array_add_int(&arrays[3], ask->sealed.epoch);
    pg_array_add_bytes(&arrays[4], ask->sealed.data, ask->sealed.len);
    pg_array_add_int(&arrays[5], ask->wording);
    pg_array_add_text(&arrays[6], ask->language);
    pg_array_add_text(&arrays[7], ask->locale);
    pg_array_add_text(&arrays[8], row->country);
    pg_array_add_text(&arrays[9], row->region);
    pg_array_add_bool(&arrays[10], row->mailable);
}

static bool add_columns(struct pg_params *params, struct pg_array arrays[ARRAYS],
                        struct subscription_row *const *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        pg_array_add_int(&arrays[0], rows[i]->token.bucket);
        pg_array_add_bytes(&arrays[1], rows[i]->token.hash, TOKEN_HASH);
        pg_array_add_text(&arrays[2], rows[i]->frequency);
        pg_array_add_text(&arrays[3], rows[i]->topics);
        if (rows[i]->ask.sealed.data)
            add_ask(arrays + OF_ALL, rows[i], i + 1);
    }
    return pg_params_add_arrays(params, arrays, ARRAYS);
}

enum status subscriptions_set(struct pg *pg, struct subscription_row *const *rows, size_t count,
                              int64_t deadline_ms) {
    static const enum pg_type types[ARRAYS] = {PG_INT4,  PG_BYTEA, PG_TEXT, PG_TEXT,  PG_INT4,
                                               PG_BYTEA, PG_BYTEA, PG_INT8, PG_BYTEA, PG_INT2,
                                               PG_TEXT,  PG_TEXT,  PG_TEXT, PG_TEXT,  PG_BOOL};
    struct pg_array arrays[ARRAYS];
    struct pg_params params;
    PGresult *result = NULL;
    enum status status = ST_FAULT;
    pg_arrays_init(arrays, types, ARRAYS, ARRAY_BYTES);
    pg_params_init(&params);
    if (add_columns(&params, arrays, rows, count))
        status = writes_status(pg, pg_run(pg, &set_statement, &params, deadline_ms, &result));
    if (status == ST_OK)
        status = take_rows(result, rows, count);
    PQclear(result);
    pg_arrays_done(arrays, ARRAYS);
    return status;
}

enum status subscriptions_count(struct pg *pg, int64_t deadline_ms,
                                void (*add)(const struct subscription_count *count, void *context),
                                void *context) {
    struct pg_params params;
    PGresult *result = NULL;
    pg_params_init(&params);
    enum status status = pg_run(pg, &counts_statement, &params, deadline_ms, &result);
    for (int line = 0; status == ST_OK && line < PQntuples(result); line++) {
        const struct subscription_count count = {pg_get_text(result, line, STATE),
                                                 pg_get_text(result, line, TOPIC),
                                                 pg_get_int(result, line, COUNT)};
        add(&count, context);
    }
    PQclear(result);
    return status;
}

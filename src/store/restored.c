#include "store/restored.h"

#include "queries.h"

static const struct pg_statement read_statement = {"restored", query_restored};
static const struct pg_statement sent_statement = {"restored_sent", query_restored_sent};
static const struct pg_statement release_statement = {"restored_release", query_restored_release};

enum { ARRAY_LIMIT = 1 << 20 };

enum status restored_read(struct pg *pg, bool unseen, int64_t deadline_ms,
                          struct restored_state *out) {
    const uint8_t flag = unseen;
    struct pg_params params;
    PGresult *result = NULL;
    pg_params_init(&params);
    pg_params_add(&params, &flag, sizeof flag);
    enum status status = pg_run(pg, &read_statement, &params, deadline_ms, &result);
    if (status == ST_OK) {
        *out = (struct restored_state){
            .held = pg_get_int(result, 0, 0),
            .number = pg_get_int(result, 0, 1),
            .changed_ms = pg_get_time_ms(result, 0, 2),
        };
    }
    PQclear(result);
    return status;
}

enum status restored_sent(struct pg *pg, const struct restored_log *log, int64_t deadline_ms,
                          struct restored_matches *out) {
    struct pg_params params;
    struct pg_array buckets, hashes;
    uint8_t tokens[4], reminders[4];
    PGresult *result = NULL;
    enum status status = ST_FAULT;
    pg_params_init(&params);
    pg_array_init(&buckets, PG_INT4, ARRAY_LIMIT);
    pg_array_init(&hashes, PG_BYTEA, ARRAY_LIMIT);
    for (size_t i = 0; i < log->count; i++) {
        pg_array_add_int(&buckets, log->keys[i].bucket);
        pg_array_add_bytes(&hashes, log->keys[i].hash, VERP_HASH);
    }
    if (pg_params_add_array(&params, &buckets) && pg_params_add_array(&params, &hashes)) {
        pg_params_add_int4(&params, tokens, log->token_days);
        pg_params_add_int4(&params, reminders, log->reminder_days);
        status = pg_run(pg, &sent_statement, &params, deadline_ms, &result);
    }
    if (status == ST_OK) {
        *out = (struct restored_matches){pg_get_int(result, 0, 0), pg_get_int(result, 0, 1)};
    }
    PQclear(result);
    pg_array_done(&buckets);
    pg_array_done(&hashes);
    return status;
}

enum status restored_release(struct pg *pg, bool send, int token_days, int64_t deadline_ms,
                             int64_t *count) {
    const uint8_t flag = send;
    struct pg_params params;
    uint8_t tokens[4];
    PGresult *result = NULL;
    pg_params_init(&params);
    pg_params_add(&params, &flag, sizeof flag);
    pg_params_add_int4(&params, tokens, token_days);
    enum status status = pg_run(pg, &release_statement, &params, deadline_ms, &result);
    if (status == ST_OK) {
        *count = pg_get_int(result, 0, 0);
    }
    PQclear(result);
    return status;
}

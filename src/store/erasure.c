#include "store/erasure.h"

#include "queries.h"

static const struct pg_statement find_statement = {"erase_find", query_erase_find};
static const struct pg_statement erase_statement = {"erase", query_erase};

enum { ARRAY_LIMIT = 64 << 20 };

struct arrays {
    struct pg_array petitions, hashes, mailboxes;
};

static void arrays_init(struct arrays *arrays) {
    pg_array_init(&arrays->petitions, PG_INT4, ARRAY_LIMIT);
    pg_array_init(&arrays->hashes, PG_BYTEA, ARRAY_LIMIT);
    pg_array_init(&arrays->mailboxes, PG_BYTEA, ARRAY_LIMIT);
}

static void arrays_done(struct arrays *arrays) {
    pg_array_done(&arrays->petitions);
    pg_array_done(&arrays->hashes);
    pg_array_done(&arrays->mailboxes);
}

static bool add_keys(struct pg_params *params, struct arrays *arrays,
                     const struct erasure_keys *keys) {
    for (size_t i = 0; i < keys->count; i++) {
        pg_array_add_int(&arrays->petitions, keys->items[i].petition);
        pg_array_add_bytes(&arrays->hashes, keys->items[i].email_hash, BLIND_SIZE);
    }
    return pg_params_add_array(params, &arrays->petitions) &&
           pg_params_add_array(params, &arrays->hashes);
}

enum status erasure_find(struct pg *pg, const struct erasure_keys *keys, int64_t deadline_ms,
                         struct erasure_found *found, size_t *found_count) {
    struct pg_params params;
    struct arrays arrays;
    PGresult *result = NULL;
    enum status status = ST_FAULT;
    pg_params_init(&params);
    arrays_init(&arrays);
    if (add_keys(&params, &arrays, keys)) {
        status = pg_run(pg, &find_statement, &params, deadline_ms, &result);
    }
    arrays_done(&arrays);
    if (status != ST_OK) {
        return status;
    }
    *found_count = (size_t)PQntuples(result);
    for (size_t i = 0; i < *found_count; i++) {
        found[i] = (struct erasure_found){(int32_t)pg_get_int(result, (int)i, 0),
                                          pg_get_int(result, (int)i, 1)};
    }
    PQclear(result);
    return ST_OK;
}

static bool add_mailboxes(struct pg_params *params, struct arrays *arrays,
                          const struct erasure_mailboxes *mailboxes) {
    for (size_t i = 0; i < mailboxes->count; i++) {
        pg_array_add_bytes(&arrays->mailboxes, mailboxes->hashes[i], BLIND_SIZE);
    }
    return pg_params_add_array(params, &arrays->mailboxes);
}

enum status erasure_run(struct pg *pg, const struct erasure *erasure, int64_t deadline_ms,
                        struct erasure_result *out) {
    struct pg_params params;
    struct arrays arrays;
    uint8_t number[2];
    PGresult *result = NULL;
    enum status status = ST_FAULT;
    pg_params_init(&params);
    arrays_init(&arrays);
    pg_params_add_int2(&params, number, (int16_t)erasure->slot);
    if (add_keys(&params, &arrays, &erasure->keys) &&
        add_mailboxes(&params, &arrays, &erasure->mailboxes)) {
        status = pg_run(pg, &erase_statement, &params, deadline_ms, &result);
    }
    arrays_done(&arrays);
    if (status == ST_OK) {
        *out = (struct erasure_result){pg_get_int(result, 0, 0), pg_get_int(result, 0, 1),
                                       pg_get_int(result, 0, 2), pg_get_int(result, 0, 3),
                                       pg_get_int(result, 0, 4), pg_get_int(result, 0, 5)};
    }
    PQclear(result);
    return status;
}

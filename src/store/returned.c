#include "store/returned.h"

#include "queries.h"

static const struct pg_statement statement = {"mail_returned", query_mail_returned};
static const struct pg_statement allow_statement = {"mail_allow", query_mail_allow};

enum { ARRAY_LIMIT = 1 << 20 };

enum status returned_store(struct pg *pg, const struct verp_key *key, enum returned_what what,
                           int64_t deadline_ms, struct returned_effect *out) {
    static const char *const words[] = {[RETURNED_BOUNCE] = "bounce",
                                        [RETURNED_COMPLAINT] = "complaint",
                                        [RETURNED_UNSUBSCRIBE] = "unsubscribe"};
    struct pg_params params;
    uint8_t bucket[4];
    PGresult *result = NULL;
    pg_params_init(&params);
    pg_params_add_int4(&params, bucket, key->bucket);
    pg_params_add(&params, key->hash, sizeof key->hash);
    pg_params_add_text(&params, text_of(words[what]));
    enum status status = pg_run(pg, &statement, &params, deadline_ms, &result);
    if (status == ST_OK) {
        *out = (struct returned_effect){pg_get_bool(result, 0, 0), pg_get_bool(result, 0, 1),
                                        pg_get_bool(result, 0, 2)};
    }
    PQclear(result);
    return status;
}

enum status returned_allow(struct pg *pg, uint8_t (*mailboxes)[BLIND_SIZE], size_t count,
                           int64_t deadline_ms, int64_t *marked) {
    struct pg_params params;
    struct pg_array array;
    PGresult *result = NULL;
    enum status status = ST_FAULT;
    pg_params_init(&params);
    pg_array_init(&array, PG_BYTEA, ARRAY_LIMIT);
    for (size_t i = 0; i < count; i++) {
        pg_array_add_bytes(&array, mailboxes[i], BLIND_SIZE);
    }
    if (pg_params_add_array(&params, &array)) {
        status = pg_run(pg, &allow_statement, &params, deadline_ms, &result);
    }
    if (status == ST_OK) {
        *marked = pg_get_int(result, 0, 0);
    }
    PQclear(result);
    pg_array_done(&array);
    return status;
}

#include "store/quota.h"

#include "queries.h"

static const struct pg_statement sweep_statement = {"quota_sweep", query_quota_sweep};

enum status quota_sweep(struct pg *pg, int64_t *block, int blocks, int64_t deadline_ms) {
    uint8_t block_bytes[8], blocks_bytes[4];
    struct pg_params params;
    PGresult *result = NULL;
    pg_params_init(&params);
    pg_params_add_int8(&params, block_bytes, *block);
    pg_params_add_int4(&params, blocks_bytes, blocks);
    enum status status = pg_run(pg, &sweep_statement, &params, deadline_ms, &result);
    if (status == ST_OK)
        *block = pg_get_int(result, 0, 0);
    PQclear(result);
    return status;
}

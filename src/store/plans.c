#include "store/plans.h"

#include "base/clock.h"
#include "queries.h"

/* Planning takes some ten milliseconds, in a flood of letters half a dozen times a minute. */
enum { KEEP_MS = 30000, FIRST_ROWS = 100, GROWTH = 4 };

static const struct pg_statement forget_statement = {"plans_forget", query_plans_forget};

static enum status forget(struct pg *pg, int64_t deadline_ms) {
    struct pg_params none;
    PGresult *result = NULL;
    pg_params_init(&none);
    enum status status = pg_run(pg, &forget_statement, &none, deadline_ms, &result);
    PQclear(result);
    return status;
}

enum status plans_refresh(struct plans *plans, struct pg *pg, size_t rows, int64_t deadline_ms) {
    int64_t now_ms = clock_monotonic_ms();
    bool is_old = now_ms >= plans->until_ms;
    plans->rows += rows;
    if (!is_old && plans->rows < plans->most)
        return ST_OK;
    enum status status = plans->until_ms == 0 ? ST_OK : forget(pg, deadline_ms);
    if (status != ST_OK)
        return status;
    if (is_old)
        *plans = (struct plans){.until_ms = now_ms + KEEP_MS, .most = FIRST_ROWS};
    else
        plans->most *= GROWTH;
    return ST_OK;
}

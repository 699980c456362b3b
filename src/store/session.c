#include "store/session.h"

#include "queries.h"

static const struct pg_statement name_statement = {"session_name", query_session_name};

enum status session_name(struct pg *pg, struct text name, int64_t deadline_ms) {
    struct pg_params params;
    PGresult *result = NULL;
    pg_params_init(&params);
    pg_params_add_text(&params, name);
    enum status status = pg_run(pg, &name_statement, &params, deadline_ms, &result);
    PQclear(result);
    return status;
}

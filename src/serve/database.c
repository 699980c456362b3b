#include "serve/database.h"

#include "base/clock.h"
#include "base/log.h"
#include "serve/metrics.h"
#include "store/catalog.h"
#include "store/schema.h"

enum { SKEW_MAX_MS = 2000, QUICK_MS = 500 };

static bool anew(atomic_bool *refused, bool is_refused) {
    return !atomic_exchange(refused, is_refused) && is_refused;
}

static enum status check_role(struct worker *worker, struct pg *pg, int64_t deadline_ms) {
    bool may = false;
    enum status status = catalog_may_sign(pg, deadline_ms, &may);
    if (status != ST_OK)
        return status;
    if (anew(&worker->role_refused, !may))
        log_event(LOG_ERROR, "role_refused",
                  LOG_STR("do", "name the role countersign_worker in `database`; if it does, run "
                                "countersign doctor"));
    return may ? ST_OK : ST_INVALID;
}

enum status database_check(struct worker *worker, struct pg *pg, int64_t deadline_ms) {
    int found = 0, wanted = 0;
    enum status status = schema_check(pg, deadline_ms, &found, &wanted);
    if (status != ST_OK && status != ST_INVALID)
        return status;
    if (anew(&worker->schema_refused, status == ST_INVALID))
        log_event(LOG_ERROR, "schema_mismatch", LOG_INT("found", found), LOG_INT("wanted", wanted),
                  LOG_STR("do", schema_advice(found)));
    return status == ST_OK ? check_role(worker, pg, deadline_ms) : status;
}

/* Nothing here goes by our clock, but the host's other programs do. An answer that took long says
 * little. */
void database_clock(struct worker *worker, int64_t server_ms, int64_t asked_ms) {
    int64_t skew_ms = server_ms - clock_unix_ms();
    atomic_store(&worker->ahead_ms, server_ms - clock_monotonic_ms());
    if (clock_monotonic_ms() - asked_ms > QUICK_MS)
        return;
    metrics_set(worker->metrics, M_CLOCK_SKEW, skew_ms);
    if (anew(&worker->clock_differs, skew_ms > SKEW_MAX_MS || skew_ms < -SKEW_MAX_MS))
        log_event(LOG_WARNING, "clock_skew", LOG_INT("ms", skew_ms),
                  LOG_STR("do", "let NTP set the clocks of this host and of PostgreSQL's"));
}

int64_t database_now_ms(struct worker *worker) {
    return clock_monotonic_ms() + atomic_load(&worker->ahead_ms);
}

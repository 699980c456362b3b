#include "serve/connections.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"

void connections_name(const struct worker *worker, const char *who,
                      char out[CONNECTIONS_NAME_SIZE]) {
    snprintf(out, CONNECTIONS_NAME_SIZE, "countersignd.%ld %s", worker->settings->slot, who);
}

struct pg *connections_pg(const struct worker *worker, const char *who, int statement_timeout_ms) {
    const struct settings *settings = worker->settings;
    char name[CONNECTIONS_NAME_SIZE];
    connections_name(worker, who, name);
    const struct pg_options options = {.conninfo = settings->database,
                                       .password = worker->database_password,
                                       .application_name = name,
                                       .connect_timeout_ms = CONNECTIONS_CONNECT_MS,
                                       .statement_timeout_ms = statement_timeout_ms,
                                       .lock_timeout_ms = (int)settings->lock_timeout_ms};
    return pg_new(&options);
}

struct redis *connections_redis(const struct worker *worker) {
    const struct settings *settings = worker->settings;
    struct redis *redis = NULL;
    const struct redis_options options = {.address = settings->redis,
                                          .user = settings->redis_user,
                                          .password = worker->redis_password,
                                          .timeout_ms = (int)settings->redis_timeout_ms,
                                          .sentinel_password = worker->sentinel_password};
    return redis_new(&options, &redis) == ST_OK ? redis : NULL;
}

void connections_redis_failed(struct worker *worker, const struct redis *redis,
                              enum worker_metric metric) {
    const char *code = redis_code(redis);
    metrics_add(worker->metrics, metric, 1);
    atomic_store(&worker->redis_up, false);
    if (outage_begins(&worker->redis_outage, code, clock_monotonic_ms()))
        log_event(LOG_WARNING, "redis_away", LOG_STR("code", code));
}

#include "serve/trace.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/log.h"
#include "store/session.h"
#include "store/writes.h"

enum {
    IDS_A_LINE = 7, /* what a value of the log holds */
    ID_SIZE = 2 * WRITES_REQUEST_ID + 1,
    IDS_SIZE = IDS_A_LINE * ID_SIZE,
    IDS_MOST = 28, /* requests of a slow batch that are named */
    NAME_SIZE = CONNECTIONS_NAME_SIZE + ID_SIZE
};

/* The ids of these requests as nginx has them in its log, with spaces between. */
static void list_ids(struct request *const *requests, size_t count, char out[IDS_SIZE]) {
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < count && i < IDS_A_LINE; i++) {
        uint8_t id[WRITES_REQUEST_ID];
        if (!decode_hex(request_param(requests[i], "REQUEST_ID"), id, sizeof id))
            continue;
        if (len > 0)
            out[len++] = ' ';
        encode_hex(out + len, id, sizeof id);
        len += 2 * sizeof id;
    }
}

static void name(struct trace *trace, struct pg *pg, const char *id) {
    char text[NAME_SIZE];
    snprintf(text, sizeof text, "%s%s%s", trace->name, *id ? " " : "", id);
    int64_t deadline_ms = clock_monotonic_ms() + CONNECTIONS_CONNECT_MS;
    if (session_name(pg, text_of(text), deadline_ms) == ST_OK)
        trace->is_named = *id;
}

void trace_begin(struct trace *trace, struct pg *pg, const struct traced *batch) {
    char ids[IDS_SIZE];
    if (!log_has(LOG_DEBUG)) {
        if (trace->is_named)
            name(trace, pg, "");
        return;
    }
    list_ids(batch->requests, 1, ids);
    name(trace, pg, ids); /* which connects, so that the process is known */
    for (size_t i = 0; i < batch->count; i += IDS_A_LINE) {
        list_ids(batch->requests + i, batch->count - i, ids);
        log_event(LOG_DEBUG, "batch", LOG_INT("batch", batch->batch), LOG_INT("kind", batch->kind),
                  LOG_INT("rows", batch->count), LOG_INT("postgres_pid", pg_backend(pg)),
                  LOG_STR("requests", ids));
    }
}

void trace_slow(const struct pg *pg, const struct traced *batch, int64_t took_ms) {
    char ids[IDS_SIZE];
    for (size_t i = 0; i < batch->count && i < IDS_MOST; i += IDS_A_LINE) {
        list_ids(batch->requests + i, batch->count - i, ids);
        log_event(LOG_WARNING, "slow_batch", LOG_INT("batch", batch->batch),
                  LOG_INT("kind", batch->kind), LOG_INT("rows", batch->count),
                  LOG_INT("ms", took_ms), LOG_INT("postgres_pid", pg_backend(pg)),
                  LOG_STR("requests", ids));
    }
}

void trace_refused(const struct pg *pg, struct request *const *request) {
    char ids[IDS_SIZE];
    list_ids(request, 1, ids);
    log_event(LOG_ERROR, "row_refused", LOG_STR("sqlstate", pg_sqlstate(pg)),
              LOG_STR("message", pg_message(pg)), LOG_STR("request", ids));
}

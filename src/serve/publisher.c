#include "serve/publisher.h"

#include "base/clock.h"
#include "base/log.h"
#include "serve/connections.h"
#include "serve/metrics.h"
#include "serve/worker.h"

enum {
    PROBE_MS = 1000, /* between tries to reach what is away */
    TELL_MS = 1000   /* then numbers have to be read again, and requests to be answered */
};

void publisher_init(struct publisher *publisher, struct worker *worker, struct redis *redis) {
    *publisher = (struct publisher){.worker = worker, .redis = redis};
    counts_script_init(&publisher->script);
}

static void redis_failed(struct publisher *publisher) {
    connections_redis_failed(publisher->worker, publisher->redis, M_REDIS_ERRORS_COUNTS);
}

static bool tell(struct publisher *publisher, const struct count *count) {
    struct worker *worker = publisher->worker;
    bool strange = false;
    pulse_busy(&worker->pulses[WORKER_READER]); /* a slow Redis is none that hangs */
    if (counts_publish(publisher->redis, &publisher->script, count, &strange) != ST_OK) {
        redis_failed(publisher);
        return false;
    }
    if (strange) {
        metrics_add(worker->metrics, M_REDIS_ERRORS_COUNTS, 1);
        log_event(LOG_WARNING, "redis_key_replaced", LOG_INT("petition", count->petition),
                  LOG_STR("do", "look who else writes to cs:count:*"));
    }
    return true;
}

/* What a slow Redis leaves no time for is the first of the next list. */
bool publisher_tell(struct publisher *publisher, const struct count_list *list) {
    struct metrics *metrics = publisher->worker->metrics;
    int64_t end_ms = clock_monotonic_ms() + TELL_MS;
    size_t told = 0;
    if (!atomic_load(&publisher->worker->redis_up) || list->count == 0)
        return false;
    while (told < list->count && (told == 0 || clock_monotonic_ms() < end_ms)) {
        if (!tell(publisher, &list->items[(publisher->next + told) % list->count]))
            return false;
        told++;
    }
    publisher->next = (publisher->next + told) % list->count;
    metrics_add(metrics, M_PUBLISHED, told);
    metrics_set(metrics, M_PUBLISHED_AT, clock_unix_ms());
    return told == list->count;
}

/* PostgreSQL may go before it is read again, and then no other process knows the number that this
 * one has shown. What may trail is not told: others would take it for one read just now. */
static void tell_what_is_exact(struct publisher *publisher) {
    struct board *board = publisher->worker->board;
    struct count_list list = {NULL, 0};
    size_t exact = 0;
    if (board_list(board, &list) != ST_OK)
        return;
    for (size_t i = 0; i < list.count; i++) {
        struct board_value value;
        if (board_get(board, list.items[i].petition, &value) && value.exact)
            list.items[exact++] = list.items[i];
    }
    list.count = exact;
    publisher_tell(publisher, &list);
    count_list_done(&list);
}

/* True: it is there again. */
static bool probe(struct publisher *publisher) {
    struct worker *worker = publisher->worker;
    int64_t now_ms = clock_monotonic_ms();
    if (now_ms < publisher->probe_at_ms)
        return false;
    publisher->probe_at_ms = now_ms + PROBE_MS;
    if (redis_probe(publisher->redis) != ST_OK) {
        redis_failed(publisher);
        return false;
    }
    if (outage_ends(&worker->redis_outage))
        log_event(LOG_INFO, "redis_reached");
    atomic_store(&worker->redis_up, true);
    return true;
}

bool publisher_fetch(struct publisher *publisher) {
    struct worker *worker = publisher->worker;
    struct count_list list = {NULL, 0};
    bool was_away = !atomic_load(&worker->redis_up);
    if (was_away && !probe(publisher))
        return false;
    if (was_away)
        tell_what_is_exact(publisher);
    if (board_list(worker->board, &list) != ST_OK)
        return was_away;
    if (counts_fetch(publisher->redis, &list) == ST_OK)
        board_put_list(worker->board, &list, false);
    else
        redis_failed(publisher);
    count_list_done(&list);
    return was_away;
}

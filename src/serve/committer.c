#include "serve/committer.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "serve/batch.h"
#include "serve/connections.h"
#include "serve/limiter.h"
#include "serve/metrics.h"
#include "serve/reply.h"
#include "serve/trace.h"
#include "serve/worker.h"
#include "store/plans.h"

enum {
    GIVE_UP_MS = 2000, /* how long a lost answer is asked for again */
    /* How much later than we the server gives up. A time-out of its own while a commit waits for
     * the standby would end in success, for a row that only the primary has. */
    SERVER_LATER_MS = 500,
    PAUSE_MS = 50,          /* between tries while PostgreSQL restarts */
    GATHER_MOST_US = 10000, /* the longest wait of gather() */
    TELL_SLOW_MS = 1000,    /* between two slow batches that are told */
    FEW = 8,                /* as in sign(): so many go one way, known or not */
    TICK_US = 3000,
    BUSY_MOST = 3 /* statements in a row that PostgreSQL is too busy for, each twice */
};

struct committer {
    struct worker *worker;
    pthread_t thread;
    struct queue *queue;
    struct pg *pg;
    struct writes *writes;
    struct limiter *limiter;
    struct plans plans;
    struct trace trace;
    int64_t began_us; /* when this batch was taken from the queue */
    size_t present;   /* writes that were there at once when the last batch ended */
    int64_t took_us;  /* how long that batch took */
    int64_t commits;  /* begun so far: those of one kind, or a part of them */
    int busy;         /* the last so many of them ended so */
    int64_t tell_slow_at_ms;
};

/* The requests of one batch, sorted by what they do. */
struct batch {
    struct request *requests[WRITE_KINDS][WRITES_ROWS_MAX];
    size_t counts[WRITE_KINDS];
};

static void observe_since(const struct worker *worker, enum worker_metric metric,
                          int64_t started_us) {
    metrics_observe(worker->metrics, metric, (uint64_t)(clock_monotonic_us() - started_us));
}

static void pause_us(int64_t us) {
    struct timespec time = {us / 1000000, us % 1000000 * 1000};
    nanosleep(&time, NULL);
}

/* --- PostgreSQL --- */

/* One that is busy answers: a lock on one petition is no outage of the others. Several statements
 * in a row, without one that was done between them, are one. */
static void database_failed(struct committer *committer, enum status status) {
    if (status == ST_BUSY && ++committer->busy < BUSY_MOST)
        log_event(LOG_WARNING, "database_busy", LOG_STR("sqlstate", pg_sqlstate(committer->pg)),
                  LOG_STR("message", pg_message(committer->pg)));
    else if (atomic_exchange(&committer->worker->database_up, false))
        log_event(LOG_ERROR, "database_away", LOG_STR("status", status_name(status)),
                  LOG_STR("sqlstate", pg_sqlstate(committer->pg)),
                  LOG_STR("message", pg_message(committer->pg)));
}

/* One new connection at once: the old one may have died of a restart that is over. */
static bool reconnect(struct committer *committer, bool insist, int64_t give_up_ms) {
    for (;;) {
        int64_t now_ms = clock_monotonic_ms();
        if (pg_connect(committer->pg, true, now_ms + CONNECTIONS_CONNECT_MS) == ST_OK)
            return true;
        if (!insist || clock_monotonic_ms() + PAUSE_MS >= give_up_ms)
            return false;
        pause_us((int64_t)PAUSE_MS * 1000);
    }
}

/* Whoever has signed costs a tenth of a millisecond more than who has not, which a thousand tries
 * would show. So few rows are answered at a tick of a clock that began with their batch; among many
 * the time of one is lost. */
static void wait_for_tick(const struct committer *committer, size_t count) {
    int64_t past_us = clock_monotonic_us() - committer->began_us;
    if (count <= FEW && count < (size_t)committer->worker->settings->batch_limit)
        pause_us(TICK_US - past_us % TICK_US);
}

/* Writes the rows until they are written, refused, or it has taken too long. UNCERTAIN is insisted
 * on: the same rows again, which is safe. */
static enum status write_rows(struct committer *committer, enum write_kind kind,
                              struct request *const *requests, size_t count) {
    struct worker *worker = committer->worker;
    int64_t give_up_ms = clock_monotonic_ms() + GIVE_UP_MS;
    int64_t statement_ms = worker->settings->statement_timeout_ms;
    enum status status = ST_OK;
    for (int tries = 0;; tries++) {
        pulse_busy(&worker->pulses[WORKER_COMMITTER]);
        status = batch_kind(kind)->write(committer->writes, requests, count,
                                         clock_monotonic_ms() + statement_ms);
        if (status == ST_OK || status == ST_FAULT || status == ST_GONE)
            return status;
        worker_metrics_database(worker->metrics, status);
        if (clock_monotonic_ms() >= give_up_ms || (status != ST_UNCERTAIN && tries > 0))
            return status;
        if (status != ST_BUSY && !reconnect(committer, status == ST_UNCERTAIN, give_up_ms))
            return status;
        metrics_add(worker->metrics, M_BATCH_RETRIES, 1);
    }
}

static void answer_all(struct committer *committer, enum write_kind kind,
                       struct request *const *requests, size_t count) {
    struct worker *worker = committer->worker;
    int32_t last = 0;
    int64_t started_us = clock_monotonic_us();
    for (size_t i = 0; i < count; i++) {
        uint64_t took_us = (uint64_t)(clock_monotonic_us() - requests[i]->started_us);
        metrics_observe(worker->metrics, M_REQUEST_SECONDS, took_us);
        int32_t moved = batch_kind(kind)->answer(requests[i]);
        if (moved && moved != last)
            board_mark(worker->board, moved);
        last = moved ? moved : last;
    }
    observe_since(worker, M_REPLY_SECONDS, started_us);
}

/* At most one a second is told. */
static void tell_if_slow(struct committer *committer, const struct traced *batch,
                         int64_t started_us) {
    struct worker *worker = committer->worker;
    int64_t now_ms = clock_monotonic_ms(), took_ms = now_ms - started_us / 1000;
    if (worker->settings->log_slow_ms == 0 || took_ms < worker->settings->log_slow_ms)
        return;
    metrics_add(worker->metrics, M_SLOW_BATCHES, 1);
    if (now_ms < committer->tell_slow_at_ms)
        return;
    committer->tell_slow_at_ms = now_ms + TELL_SLOW_MS;
    trace_slow(committer->pg, batch, took_ms);
}

static void refuse_all(struct request *const *requests, size_t count, enum status status) {
    for (size_t i = 0; i < count; i++)
        if (status == ST_FAULT)
            reply_problem(requests[i], PROBLEM_INTERNAL);
        else
            reply_unavailable(requests[i], M_SHED_DATABASE);
}

/* A row that PostgreSQL refuses must not take the others with it: halves are tried until it stands
 * alone. */
static void commit(struct committer *committer, enum write_kind kind,
                   struct request *const *requests, size_t count) {
    struct worker *worker = committer->worker;
    struct traced traced = {++committer->commits, (int)kind, requests, count};
    trace_begin(&committer->trace, committer->pg, &traced);
    int64_t started_us = clock_monotonic_us();
    enum status status = write_rows(committer, kind, requests, count);
    if (status == ST_OK) {
        committer->busy = 0;
        metrics_add(worker->metrics, M_BATCHES, 1);
        metrics_observe(worker->metrics, M_BATCH_ROWS, count);
        observe_since(worker, M_COMMIT_SECONDS, started_us);
        tell_if_slow(committer, &traced, started_us);
        wait_for_tick(committer, count);
        answer_all(committer, kind, requests, count);
        return;
    }
    if (status == ST_FAULT && count > 1) {
        metrics_add(worker->metrics, M_BATCH_SPLITS, 1);
        commit(committer, kind, requests, count / 2);
        commit(committer, kind, requests + count / 2, count - count / 2);
        return;
    }
    if (status == ST_GONE)
        atomic_store(&worker->epochs_lost, true);
    else if (status == ST_FAULT)
        trace_refused(committer->pg, requests);
    else
        database_failed(committer, status);
    refuse_all(requests, count, status);
}

/* --- one batch --- */

/* Those that waited too long are told so; nginx has given up on them anyway. */
static size_t collect(struct queue_node *list, struct request **requests) {
    size_t count = 0;
    int64_t now_us = clock_monotonic_us();
    while (list) {
        struct request *request = (struct request *)list;
        list = list->next;
        metrics_observe(request->worker->metrics, M_QUEUE_SECONDS,
                        (uint64_t)(now_us - request->queued_us));
        if (request->deadline_ms <= now_us / 1000)
            reply_unavailable(request, M_SHED_DEADLINE);
        else
            requests[count++] = request;
    }
    return count;
}

static void sort_out(struct committer *committer, const struct snapshot *snapshot,
                     struct request *const *requests, size_t count, struct batch *batch) {
    struct limit_check *checks[WRITES_ROWS_MAX];
    for (size_t i = 0; i < count; i++)
        checks[i] = &requests[i]->work.write.limit;
    int64_t started_us = clock_monotonic_us();
    limiter_check(committer->limiter, &snapshot->rules, checks, count);
    observe_since(committer->worker, M_LIMITS_SECONDS, started_us);
    for (size_t i = 0; i < count; i++) {
        enum write_kind kind = requests[i]->work.write.kind;
        if (checks[i]->wait_ms > 0)
            reply_limited(requests[i], checks[i]->wait_ms, checks[i]->policy);
        else
            batch->requests[kind][batch->counts[kind]++] = requests[i];
    }
}

static void run_batch(struct committer *committer, struct queue_node *list) {
    struct worker *worker = committer->worker;
    struct request *requests[WRITES_ROWS_MAX];
    struct batch batch;
    for (int kind = 0; kind < WRITE_KINDS; kind++)
        batch.counts[kind] = 0;
    size_t count = collect(list, requests);
    if (!atomic_load(&worker->database_up)) {
        refuse_all(requests, count, ST_UNAVAILABLE);
        return;
    }
    struct snapshot *snapshot = snapshot_take(worker->snapshots);
    writes_set_letters_per_day(committer->writes, (int)snapshot->settings->limit_letters_per_day);
    sort_out(committer, snapshot, requests, count, &batch);
    snapshot_release(worker->snapshots, snapshot);
    /* What PostgreSQL says to that, the batch will hear too. */
    plans_refresh(&committer->plans, committer->pg, count,
                  clock_monotonic_ms() + CONNECTIONS_CONNECT_MS);
    for (int kind = 0; kind < WRITE_KINDS; kind++)
        if (batch.counts[kind])
            commit(committer, (enum write_kind)kind, batch.requests[kind], batch.counts[kind]);
}

/* Those who were answered a moment ago are let back in, for as long as a batch takes. Else callers
 * fall into two crowds, each of which finds the other being written, and half a crowd costs far
 * more than half of a whole one. Two thirds of them are enough: the last are long in coming, and
 * PostgreSQL would have nothing to do meanwhile. A caller alone waits for nobody. */
static void gather(struct committer *committer, size_t most) {
    size_t enough = committer->present < most ? committer->present : most;
    enough -= enough / 3;
    int64_t most_us = committer->took_us < GATHER_MOST_US ? committer->took_us : GATHER_MOST_US;
    queue_gather(committer->queue, enough, most_us);
}

static void *run(void *context) {
    struct committer *committer = context;
    struct pulse *pulse = &committer->worker->pulses[WORKER_COMMITTER];
    size_t most = (size_t)committer->worker->settings->batch_limit;
    for (;;) {
        size_t count = 0;
        pulse_idle(pulse);
        gather(committer, most);
        struct queue_node *list = queue_take(committer->queue, most, -1, &count);
        if (!list)
            return NULL;
        pulse_busy(pulse);
        committer->began_us = clock_monotonic_us();
        run_batch(committer, list);
        committer->took_us = clock_monotonic_us() - committer->began_us;
        committer->present = count + queue_length(committer->queue);
    }
}

/* --- life --- */

static void committer_free(struct committer *committer) {
    writes_free(&committer->writes);
    limiter_free(&committer->limiter);
    pg_free(&committer->pg);
    queue_free(&committer->queue);
    free(committer);
}

static bool build(struct committer *committer, struct worker *worker) {
    const struct settings *settings = worker->settings;
    committer->worker = worker;
    committer->queue = queue_new((size_t)settings->queue_limit);
    committer->pg =
        connections_pg(worker, "committer", (int)settings->statement_timeout_ms + SERVER_LATER_MS);
    committer->limiter = limiter_new(worker);
    connections_name(worker, "committer", committer->trace.name);
    if (!committer->queue || !committer->pg || !committer->limiter)
        return false;
    committer->writes =
        writes_new(committer->pg, (int)settings->slot, (int)settings->limit_letters_per_day);
    return committer->writes != NULL;
}

struct committer *committer_start(struct worker *worker) {
    struct committer *committer = calloc(1, sizeof *committer);
    if (!committer)
        return NULL;
    if (!build(committer, worker) ||
        pthread_create(&committer->thread, NULL, run, committer) != 0) {
        committer_free(committer);
        return NULL;
    }
    return committer;
}

void committer_stop(struct committer **committer) {
    if (!*committer)
        return;
    queue_close((*committer)->queue);
    pthread_join((*committer)->thread, NULL);
    committer_free(*committer);
    *committer = NULL;
}

void committer_put(struct committer *committer, struct request *request) {
    request->queued_us = clock_monotonic_us();
    metrics_observe(request->worker->metrics, M_PREPARE_SECONDS,
                    (uint64_t)(request->queued_us - request->started_us));
    if (queue_put(committer->queue, &request->node) != ST_OK)
        reply_unavailable(request, M_SHED_QUEUE_FULL);
}

size_t committer_length(struct committer *committer) {
    return queue_length(committer->queue);
}

long committer_fill_percent(struct committer *committer) {
    return (long)committer_length(committer) * 100 / committer->worker->settings->queue_limit;
}

#include "serve/reader.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "serve/builder.h"
#include "serve/connections.h"
#include "serve/database.h"
#include "serve/handlers.h"
#include "serve/metrics.h"
#include "serve/publisher.h"
#include "serve/reply.h"
#include "serve/worker.h"
#include "store/catalog.h"
#include "store/plans.h"
#include "store/quota.h"

enum {
    TICK_MS = 250,
    PUBLISH_PAUSE_MS = 500, /* a petition is published at most this often */
    REFRESH_MS = 2000,      /* every count is read and published again, so that Redis heals */
    RETRY_MS = 500,         /* between tries to reach what is away */
    STATEMENT_MS = 2000,
    SWEEP_MS = 5000,   /* 128 pages in 5 s: what 3,000 new mailboxes a second leave behind, */
    SWEEP_PAGES = 128, /* and about 1 ms to read */
    SETTINGS_CHUNK = 16 * 1024,
    SETTINGS_MOST = 1 << 20,
    QUEUE = 1024,
    MARKED_MAX = 512
};

struct reader {
    struct worker *worker;
    pthread_t thread;
    int wake_fd;
    struct queue *queue;
    struct pg *pg;
    struct redis *redis;
    struct publisher publisher;
    struct keyring *keyring;
    struct arena *settings_arena; /* of reloaded settings; NULL: there are none yet */
    const struct settings *settings;
    bool database_told;
    unsigned long listening; /* the connection that LISTENs */
    bool published;          /* the last refresh reached Redis */
    bool changed;            /* a notification or a reload: load at once */
    int64_t connect_at_ms, refresh_at_ms, version_at_ms, sweep_at_ms;
    int64_t sweep_block;
    struct plans plans;
};

static int64_t until(int64_t ms) {
    return clock_monotonic_ms() + ms;
}

static bool is_due(int64_t *at_ms, int64_t every_ms) {
    int64_t now_ms = clock_monotonic_ms();
    if (now_ms < *at_ms)
        return false;
    *at_ms = now_ms + every_ms;
    return true;
}

/* --- PostgreSQL --- */

/* Said once until it is reached again, also when it never was. */
static void database_failed(struct reader *reader, const char *what, enum status status) {
    worker_metrics_database(reader->worker->metrics, status);
    if (atomic_exchange(&reader->worker->catalog_up, false) || !reader->database_told)
        log_event(LOG_WARNING, "reader_database_away", LOG_STR("what", what),
                  LOG_STR("status", status_name(status)),
                  LOG_STR("sqlstate", pg_sqlstate(reader->pg)),
                  LOG_STR("message", pg_message(reader->pg)));
    reader->database_told = true;
}

/* True: connected, with the schema and the rights that we want, and listening for changes. */
static bool have_database(struct reader *reader) {
    if (pg_connected(reader->pg) && reader->listening == pg_generation(reader->pg))
        return true;
    if (!is_due(&reader->connect_at_ms, RETRY_MS))
        return false;
    enum status status = pg_connect(reader->pg, true, until(CONNECTIONS_CONNECT_MS));
    if (status == ST_OK)
        status = database_check(reader->worker, reader->pg, until(STATEMENT_MS));
    if (status == ST_OK)
        status = catalog_listen(reader->pg, until(STATEMENT_MS));
    if (status == ST_INVALID) { /* nothing is written to it, by the committer neither */
        atomic_store(&reader->worker->database_up, false);
        pg_disconnect(reader->pg);
        return false;
    }
    if (status != ST_OK) {
        database_failed(reader, "connect", status);
        return false;
    }
    reader->listening = pg_generation(reader->pg);
    reader->changed = true;
    reader->refresh_at_ms = 0;
    reader->database_told = false;
    atomic_store(&reader->worker->catalog_up, true);
    atomic_store(&reader->worker->database_up, true);
    log_event(LOG_INFO, "database_reached");
    return true;
}

/* --- counts --- */

/* Reads what is asked for from the tally, takes it over and tells Redis. NULL: every petition. */
static bool refresh(struct reader *reader, const int32_t *ids, size_t count) {
    struct count_list list = {NULL, 0};
    int64_t asked_ms = clock_monotonic_ms();
    enum status status = counts_read(reader->pg, ids, count, until(STATEMENT_MS), &list);
    if (status == ST_OK) {
        if (list.count > 0)
            database_clock(reader->worker, list.items[0].read_at_ms, asked_ms);
        board_put_list(reader->worker->board, &list, true);
        metrics_set(reader->worker->metrics, M_COUNTS_READ_AT, clock_unix_ms());
        reader->published = publisher_tell(&reader->publisher, &list);
        atomic_store(&reader->worker->database_up, true);
        atomic_store(&reader->worker->catalog_up, true);
    } else {
        database_failed(reader, "counts", status);
    }
    count_list_done(&list);
    return status == ST_OK;
}

static void refresh_counts(struct reader *reader, int64_t pause_ms) {
    int32_t ids[MARKED_MAX];
    struct board *board = reader->worker->board;
    if (is_due(&reader->refresh_at_ms, REFRESH_MS))
        refresh(reader, NULL, 0);
    int64_t moved_at_ms = 0;
    size_t count = board_take_marked(board, pause_ms, ids, MARKED_MAX, &moved_at_ms);
    if (count && !refresh(reader, ids, count))
        board_mark_all(board, ids, count);
    else if (count && reader->published)
        metrics_observe(reader->worker->metrics, M_PUBLISH_SECONDS,
                        (uint64_t)(clock_monotonic_ms() - moved_at_ms));
}

static void fetch_counts(struct reader *reader) {
    if (publisher_fetch(&reader->publisher))
        reader->refresh_at_ms = 0; /* Redis may have come back empty */
}

/* --- snapshot --- */

/* Else it would seem to be in use. */
static void tell_what_wants_a_restart(const struct reader *reader) {
    const char *name;
    size_t at = 0;
    while ((name = settings_next_fixed(reader->worker->given, reader->settings, &at)))
        log_event(LOG_WARNING, "restart_wanted", LOG_STR("name", name),
                  LOG_STR("do", "its new value counts from the next start on"));
}

/* NULL: something in it is wrong, which is told; all stays as it was. */
static const struct settings *read_anew(const struct reader *reader, struct arena *arena) {
    struct config_error error;
    struct settings *settings = arena ? arena_alloc(arena, sizeof *settings) : NULL;
    if (!settings || settings_load(reader->worker->config_path, SETTINGS_WORKER, arena, settings,
                                   &error) != ST_OK) {
        log_event(LOG_ERROR, "reload_refused",
                  LOG_STR("why", settings ? error.message : "out of memory"));
        return NULL;
    }
    const char *name, *why = worker_read_recipients(reader->worker, settings, &name);
    if (why)
        log_event(LOG_ERROR, "reload_refused", LOG_STR("what", name), LOG_STR("why", why));
    return why ? NULL : settings;
}

static void reload_settings(struct reader *reader) {
    struct arena *arena = arena_new(SETTINGS_CHUNK, SETTINGS_MOST);
    const struct settings *settings = read_anew(reader, arena);
    if (!settings) {
        arena_free(&arena);
        return;
    }
    arena_free(&reader->settings_arena); /* snapshots have copies */
    reader->settings_arena = arena;
    reader->settings = settings;
    reader->changed = true;
    views_open_all(settings, reader->worker->views); /* wrong ones leave the old ones in use */
    log_set_level((enum log_level)settings->log_level);
    log_event(LOG_INFO, "reloaded");
    tell_what_wants_a_restart(reader);
}

static void load_snapshot(struct reader *reader) {
    struct worker *worker = reader->worker;
    struct snapshot *snapshot = NULL;
    struct builder_sources from = {reader->pg, reader->keyring, until(STATEMENT_MS)};
    enum status status = builder_load(worker, reader->settings, &from, &snapshot);
    if (status != ST_OK) {
        database_failed(reader, "catalog", status);
        reader->version_at_ms = until(RETRY_MS);
        return;
    }
    /* Its numbers first, so that no petition is known without one. Without them the old one stays,
     * whose keys may have lived their time: nothing else would ask for it again. */
    if (!refresh(reader, NULL, 0)) {
        reader->changed = true;
        snapshot_free(snapshot);
        return;
    }
    metrics_set(worker->metrics, M_PETITIONS, (int64_t)snapshot->petitions_count);
    metrics_set(worker->metrics, M_EPOCHS, (int64_t)keyring_count(reader->keyring));
    metrics_add(worker->metrics, M_CATALOG_LOADS, 1);
    int64_t version = snapshot->version;
    snapshot_set(worker->snapshots, snapshot);
    reader->changed = false;
    /* Told for those who changed it; that it fails takes nothing out of service. */
    status = catalog_known(reader->pg, until(STATEMENT_MS), version);
    if (status != ST_OK)
        worker_metrics_database(worker->metrics, status);
}

static bool version_moved(struct reader *reader) {
    int64_t version = 0;
    struct snapshot *snapshot = snapshot_take(reader->worker->snapshots);
    int64_t known = snapshot->loaded ? snapshot->version : -1;
    snapshot_release(reader->worker->snapshots, snapshot);
    enum status status = catalog_version(reader->pg, until(STATEMENT_MS), &version);
    if (status != ST_OK)
        database_failed(reader, "version", status);
    return status == ST_OK && version != known;
}

static void keep_snapshot(struct reader *reader) {
    if (atomic_exchange(&reader->worker->epochs_lost, false)) {
        log_event(LOG_WARNING, "epochs_lost");
        keyring_forget(reader->keyring);
        reader->changed = true;
    }
    bool due = is_due(&reader->version_at_ms, 2 * RETRY_MS) && version_moved(reader);
    if (due || reader->changed || keyring_is_due(reader->keyring, reader->settings->epoch_s * 1000))
        load_snapshot(reader);
}

/* Housekeeping: that it fails is counted, and takes nothing out of service. */
static void sweep_quota(struct reader *reader) {
    if (!is_due(&reader->sweep_at_ms, SWEEP_MS))
        return;
    enum status status =
        quota_sweep(reader->pg, &reader->sweep_block, SWEEP_PAGES, until(STATEMENT_MS));
    if (status != ST_OK)
        worker_metrics_database(reader->worker->metrics, status);
}

/* --- the loop --- */

static void wait_for_work(struct reader *reader) {
    uint64_t ignored;
    int64_t deadline_ms = until(TICK_MS);
    if (pg_connected(reader->pg)) {
        if (pg_wait_notify(reader->pg, reader->wake_fd, deadline_ms))
            reader->changed = true;
    } else {
        struct pollfd wake = {reader->wake_fd, POLLIN, 0};
        poll(&wake, 1, TICK_MS);
    }
    if (read(reader->wake_fd, &ignored, sizeof ignored) < 0 && errno != EAGAIN)
        log_event(LOG_ERROR, "eventfd", LOG_INT("errno", errno));
}

/* A start that is refused says that, and no more. */
static bool ends_now(struct worker *worker) {
    return !atomic_load(&worker->looked) &&
           (atomic_load(&worker->schema_refused) || atomic_load(&worker->role_refused));
}

static void *run(void *context) {
    struct reader *reader = context;
    struct worker *worker = reader->worker;
    while (!atomic_load(&worker->stopping)) {
        if (atomic_exchange(&worker->reload, false))
            reload_settings(reader);
        bool database = have_database(reader);
        statistics_answer_all(reader->queue, reader->redis, database ? reader->pg : NULL);
        if (database) {
            plans_refresh(&reader->plans, reader->pg, 0, until(STATEMENT_MS));
            keep_snapshot(reader);
            refresh_counts(reader, PUBLISH_PAUSE_MS);
            sweep_quota(reader);
        }
        if (!ends_now(worker))
            fetch_counts(reader);
        atomic_store(&worker->looked, true);
        pulse_busy(&worker->pulses[WORKER_READER]);
        wait_for_work(reader);
    }
    if (have_database(reader))
        refresh_counts(reader, 0);
    queue_close(reader->queue);
    statistics_answer_all(reader->queue, reader->redis, reader->pg);
    return NULL;
}

/* --- life --- */

static void reader_free(struct reader *reader) {
    if (reader->wake_fd >= 0)
        close(reader->wake_fd);
    keyring_free(&reader->keyring);
    pg_free(&reader->pg);
    redis_free(&reader->redis);
    queue_free(&reader->queue);
    arena_free(&reader->settings_arena);
    free(reader);
}

static bool build(struct reader *reader, struct worker *worker) {
    const struct settings *settings = worker->settings;
    reader->worker = worker;
    reader->settings = settings;
    reader->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    reader->queue = queue_new(QUEUE);
    reader->pg = connections_pg(worker, "reader", STATEMENT_MS);
    reader->redis = connections_redis(worker);
    publisher_init(&reader->publisher, worker, reader->redis);
    reader->keyring = keyring_new();
    return reader->wake_fd >= 0 && reader->queue && reader->pg && reader->keyring && reader->redis;
}

struct reader *reader_start(struct worker *worker) {
    struct reader *reader = calloc(1, sizeof *reader);
    if (!reader)
        return NULL;
    reader->wake_fd = -1;
    if (!build(reader, worker) || pthread_create(&reader->thread, NULL, run, reader) != 0) {
        reader_free(reader);
        return NULL;
    }
    return reader;
}

void reader_stop(struct reader **reader) {
    if (!*reader)
        return;
    reader_wake(*reader);
    pthread_join((*reader)->thread, NULL);
    reader_free(*reader);
    *reader = NULL;
}

void reader_put(struct reader *reader, struct request *request) {
    if (queue_put(reader->queue, &request->node) == ST_OK)
        reader_wake(reader);
    else
        reply_unavailable(request, M_SHED_QUEUE_FULL);
}

void reader_wake(struct reader *reader) {
    uint64_t one = 1;
    /* It can only fail when it is awake already. */
    if (write(reader->wake_fd, &one, sizeof one) < 0)
        return;
}

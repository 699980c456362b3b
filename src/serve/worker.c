#include "serve/worker.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "link/http.h"
#include "link/number.h"
#include "link/pg.h"
#include "serve/builder.h"
#include "serve/committer.h"
#include "serve/metrics.h"
#include "serve/operators.h"
#include "serve/reader.h"

enum {
    BACKLOG = 1024,
    READ_TIMEOUT_MS = 1000,
    FIRST_LOOK_MS = 3000, /* how long a start waits for PostgreSQL */
    DRAIN_S = 15,         /* a stop that takes longer is ended by SIGALRM */
    FILE_MAX = 65536,
    SLOTS = 16
};

static bool cannot_start(const char *what, const char *why) {
    log_event(LOG_ERROR, "cannot_start", LOG_STR("what", what), LOG_STR("why", why));
    return false;
}

/* --- secrets and keys --- */

/* NULL: done, else why not. */
static const char *read_whole(const char *path, struct text *out) {
    enum status status = secret_read_file(path, FILE_MAX, out);
    return status == ST_OK ? NULL
           : status == ST_NOT_FOUND
               ? "the file cannot be opened: check its path and who may read it"
               : "the file cannot be read or is too large";
}

static bool read_file(const char *name, const char *path, struct text *out) {
    const char *why = path ? read_whole(path, out) : NULL;
    return !why || cannot_start(name, why);
}

static bool read_password(const char *name, const char *path, struct text *out) {
    if (!read_file(name, path, out))
        return false;
    secret_cut_line(out);
    return true;
}

static const char *read_recipients(const char *path, struct recipients *out) {
    struct text file = {NULL, 0};
    size_t line = 0;
    const char *why = read_whole(path, &file);
    if (why)
        return why;
    enum status status = recipients_parse(file, out, &line);
    secret_free(&file.data);
    return status == ST_OK ? NULL
           : status == ST_FORBIDDEN
               ? "it holds a secret key, which must not be on this host: "
                 "give the .pub file and remove the .key"
               : "it holds no usable public key: make one with countersign keygen";
}

const char *worker_read_recipients(struct worker *worker, const struct settings *settings,
                                   const char **name) {
    struct recipients signers = {.count = 0}, mailers = {.count = 0};
    *name = "public_keys_file";
    const char *why = read_recipients(settings->public_keys_file, &signers);
    if (!why) {
        *name = "mailing_public_key_file";
        why = read_recipients(settings->mailing_public_key_file, &mailers);
    }
    if (!why) {
        worker->recipients = signers;
        worker->mailing_recipients = mailers;
    }
    return why;
}

static bool read_index_keys(const char *path, struct blind_keys **out) {
    struct text file = {NULL, 0};
    size_t line = 0;
    if (!read_file("index_key_file", path, &file))
        return false;
    enum status status = blind_keys_parse(file, out, &line);
    secret_free(&file.data);
    return status == ST_OK ||
           cannot_start("index_key_file", "a line is not `NUMBER BASE64` of 32 random bytes: "
                                          "correct it, or restore the file");
}

static bool read_keys(struct worker *worker) {
    const struct settings *settings = worker->settings;
    const char *name, *why = worker_read_recipients(worker, settings, &name);
    if (why)
        return cannot_start(name, why);
    return read_password("database_password_file", settings->database_password_file,
                         &worker->database_password) &&
           read_password("redis_password_file", settings->redis_password_file,
                         &worker->redis_password) &&
           read_password("redis_sentinel_password_file", settings->redis_sentinel_password_file,
                         &worker->sentinel_password) &&
           read_index_keys(settings->index_key_file, &worker->blind_keys);
}

/* --- start --- */

static bool open_socket(struct worker *worker) {
    char why[256] = "";
    const struct fcgi_options options = {.socket = worker->settings->socket,
                                         .inherited_fd = worker->passed_in,
                                         .backlog = BACKLOG,
                                         .read_timeout_ms = READ_TIMEOUT_MS,
                                         .request_timeout_ms =
                                             (int)worker->settings->request_timeout_ms,
                                         .connections_max = WORKER_CONNECTIONS_MAX};
    return fcgi_open(&options, &worker->fcgi, why, sizeof why) == ST_OK ||
           cannot_start("socket", why);
}

/* Not that anybody answers there: PostgreSQL may come later. */
static bool names_a_database(const char *conninfo) {
    return pg_conninfo_is_good(conninfo) ||
           cannot_start("database", "it is no connection string: write `host=... dbname=... "
                                    "user=...`, as psql takes it");
}

/* Looked at before PostgreSQL is waited for, so that it is all that is said. access() would forget
 * the capability to pass closed folders, which `make run` gives below /root. */
static bool socket_has_a_folder(const struct worker *worker) {
    const char *path = worker->settings->socket, *end = path ? strrchr(path, '/') : NULL;
    char folder[108] = "/";
    if (worker->passed_in >= 0 || !end)
        return true; /* of a path that is none the listener says more */
    if (end > path)
        snprintf(folder, sizeof folder, "%.*s", (int)(end - path), path);
    return faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) == 0 ||
           cannot_start("socket", "its folder is not there, or this user may not write in it: make "
                                  "it, or correct the path");
}

static bool build(struct worker *worker) {
    struct snapshot *first = NULL;
    if (!names_a_database(worker->settings->database) || !socket_has_a_folder(worker) ||
        !read_keys(worker))
        return false;
    /* Signing is possible without them, so they stop nobody; the mailer does not start without. */
    views_open_all(worker->settings, worker->views);
    worker->snapshots = snapshot_holder_new();
    worker->board = board_new();
    worker->metrics = worker_metrics_new();
    if (!worker->snapshots || !worker->board || !worker->metrics)
        return cannot_start("memory", "out of memory");
    enum status status = builder_first(worker->settings, &first);
    if (status == ST_INVALID)
        return false; /* it has said why */
    if (status != ST_OK)
        return cannot_start("memory", "out of memory");
    views_keep_all(worker->views, first->views);
    snapshot_set(worker->snapshots, first);
    metrics_set(worker->metrics, M_START_TIME, clock_unix_ms() / 1000);
    atomic_store(&worker->ahead_ms, clock_unix_ms() - clock_monotonic_ms());
    return true;
}

static bool start_threads(struct worker *worker) {
    worker->committer = committer_start(worker);
    worker->reader = worker->committer ? reader_start(worker) : NULL;
    if (!worker->reader)
        return cannot_start("threads", "check redis and database in the configuration");
    return true;
}

/* Before its first look at PostgreSQL this process could answer a signing with nothing but 503,
 * while nginx has another worker to ask: so nobody can connect until then. */
static void await_first_look(const struct worker *worker) {
    static const struct timespec pause = {0, 2000000};
    int64_t end_ms = clock_monotonic_ms() + FIRST_LOOK_MS;
    while (!atomic_load(&worker->looked) && clock_monotonic_ms() < end_ms)
        nanosleep(&pause, NULL);
}

static bool open_doors(struct worker *worker, struct http **operators) {
    char why[256] = "";
    await_first_look(worker);
    /* The reader has said what is wrong and what to do. (Where PostgreSQL comes later, with a
     * schema that is not ours, the worker runs and is not ready.) */
    if (atomic_load(&worker->schema_refused) || atomic_load(&worker->role_refused) ||
        !open_socket(worker))
        return false;
    struct http_options options = {worker->settings->operators_listen, operators_answer, worker};
    if (http_start(&options, operators, why, sizeof why) != ST_OK)
        return cannot_start("operators_listen", why);
    return true;
}

static void *serve(void *context) {
    struct worker *worker = context;
    struct pulse *pulse = &worker->pulses[WORKER_IO + atomic_fetch_add(&worker->io_threads, 1)];
    struct fcgi_request *request;
    while (fcgi_accept(worker->fcgi, pulse, &request) == ST_OK)
        request_handle(worker, request);
    return NULL;
}

/* --- life --- */

static void wait_for_end(struct worker *worker, const struct service *service) {
    service_say(service, "READY=1");
    while (service_wait(service) == SIGHUP) {
        atomic_store(&worker->reload, true);
        reader_wake(worker->reader);
    }
    service_say(service, "STOPPING=1");
    log_event(LOG_INFO, "stopping");
}

/* First no new requests, then those in flight, then what is queued; nobody is told of what is about
 * to be freed. */
static void drain(struct worker *worker, struct http **operators, pthread_t *threads, long count) {
    alarm(DRAIN_S);
    if (worker->fcgi)
        fcgi_stop(worker->fcgi);
    for (long i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    http_stop(operators);
    committer_stop(&worker->committer);
    atomic_store(&worker->stopping, true);
    reader_stop(&worker->reader);
}

static void release(struct worker *worker) {
    fcgi_close(&worker->fcgi);
    snapshot_holder_free(&worker->snapshots);
    board_free(&worker->board);
    metrics_free(&worker->metrics);
    blind_keys_free(&worker->blind_keys);
    views_release_all(worker->views);
    secret_free(&worker->database_password.data);
    secret_free(&worker->redis_password.data);
    secret_free(&worker->sentinel_password.data);
}

static int run(struct worker *worker, const struct service *service) {
    struct http *operators = NULL;
    pthread_t threads[WORKER_IO_THREADS_MAX];
    long count = 0;
    bool started = start_threads(worker) && open_doors(worker, &operators);
    while (started && count < worker->settings->io_threads &&
           pthread_create(&threads[count], NULL, serve, worker) == 0)
        count++;
    started = started && count > 0;
    if (started) {
        log_event(LOG_INFO, "listening", LOG_STR("socket", worker->settings->socket),
                  LOG_INT("threads", count));
        wait_for_end(worker, service);
    }
    drain(worker, &operators, threads, count);
    return started ? 0 : 2;
}

/* Before there is another thread: it changes the environment. */
static bool take_socket(struct worker *worker) {
    worker->passed_in = -1;
    return service_listener(&worker->passed_in) == ST_OK ||
           cannot_start("socket", "more than one was passed in: give each worker its own");
}

/* Who is one of many gets socket and slot by number. */
static bool take_number(struct settings *settings, struct number *number) {
    char why[256] = "";
    if (!settings->socket)
        return true;
    if (number_take(settings->socket, number, why, sizeof why) != ST_OK)
        return cannot_start("socket", why);
    settings->socket = number->path;
    if (number->value > 0)
        settings->slot = number->value % SLOTS;
    return true;
}

int worker_run(const struct settings *settings, const char *config_path) {
    static struct worker worker;
    struct settings own = *settings;
    struct number number = {.fd = -1};
    struct service service;
    worker.settings = &own;
    worker.given = settings;
    worker.config_path = config_path;
    outage_init(&worker.redis_outage);
    for (int i = 0; i < WORKER_PULSES; i++)
        worker.pulses[i].name = i == WORKER_READER      ? "reader"
                                : i == WORKER_COMMITTER ? "committer"
                                                        : "io";
    service_open(&service);
    service_watch(&service, worker.pulses, WORKER_PULSES);
    bool good = take_socket(&worker) && take_number(&own, &number) && build(&worker);
    int code = good ? run(&worker, &service) : 2;
    service_close(&service);
    release(&worker);
    number_done(&number);
    outage_done(&worker.redis_outage);
    return code;
}

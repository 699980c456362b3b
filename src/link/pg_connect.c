#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/clock.h"
#include "pg_private.h"

enum { BACK_OFF_MIN_MS = 50, BACK_OFF_MAX_MS = 2000, SETTINGS_MAX = 96, OPTIONS_SIZE = 1024 };

/* What PQconnectStartParams wants; both arrays end with NULL. */
struct settings {
    const char *keywords[SETTINGS_MAX + 1];
    const char *values[SETTINGS_MAX + 1];
    size_t count;
    bool failed;
    PQconninfoOption *parsed;
    char *password;
    char *rotated[3];
    char options[OPTIONS_SIZE];
};

struct setting {
    const char *keyword, *value;
};

/* Only where the conninfo says nothing. A host that is gone without a word is noticed by these,
 * should no deadline notice it before. */
static const struct setting fallbacks[] = {
    {"target_session_attrs", "read-write"},
    {"keepalives", "1"},
    {"keepalives_idle", "10"},
    {"keepalives_interval", "5"},
    {"keepalives_count", "3"},
    {"tcp_user_timeout", "10000"},
};

static const char *const host_lists[] = {"host", "hostaddr", "port"};

/* --- life --- */

struct pg *pg_new(const struct pg_options *options) {
    struct pg *pg = calloc(1, sizeof *pg);

    if (!pg)
        return NULL;
    pg->conninfo = strdup(options->conninfo);
    pg->application_name = strdup(options->application_name ? options->application_name : "");
    pg->password = options->password;
    pg->connect_timeout_ms = options->connect_timeout_ms;
    pg->statement_timeout_ms = options->statement_timeout_ms;
    pg->lock_timeout_ms = options->lock_timeout_ms;
    pg_note(pg, "00000", "");
    if (!pg->conninfo || !pg->application_name)
        pg_free(&pg);
    return pg;
}

void pg_free(struct pg **pg) {
    if (!*pg)
        return;
    pg_disconnect(*pg);
    free((*pg)->prepared);
    free((*pg)->application_name);
    if ((*pg)->conninfo)
        explicit_bzero((*pg)->conninfo, strlen((*pg)->conninfo));
    free((*pg)->conninfo);
    free(*pg);
    *pg = NULL;
}

void pg_disconnect(struct pg *pg) {
    PQfinish(pg->conn);
    pg->conn = NULL;
    pg->prepared_count = 0;
    pg->streaming = false;
    pg->in_transaction = false;
    pg->said_goodbye = false;
}

void pg_drop(struct pg *pg) {
    int next = pg->back_off_ms * 2;

    pg_disconnect(pg);
    if (next < BACK_OFF_MIN_MS)
        next = BACK_OFF_MIN_MS;
    pg->back_off_ms = next < BACK_OFF_MAX_MS ? next : BACK_OFF_MAX_MS;
    /* Half fixed, half by chance: many processes must not come back at one moment. */
    pg->retry_at_ms = clock_monotonic_ms() + pg->back_off_ms / 2 +
                      (int64_t)randombytes_uniform((uint32_t)pg->back_off_ms / 2 + 1);
}

bool pg_connected(const struct pg *pg) {
    return pg->conn && PQstatus(pg->conn) == CONNECTION_OK && !pg->said_goodbye;
}

int pg_backend(const struct pg *pg) {
    return pg->conn && !pg->pooled ? PQbackendPID(pg->conn) : 0;
}

bool pg_is_pooled(const struct pg *pg) {
    return pg->pooled;
}

bool pg_is_utf8(const struct pg *pg) {
    const char *encoding = pg->conn ? PQparameterStatus(pg->conn, "server_encoding") : NULL;
    return !encoding || strcmp(encoding, "UTF8") == 0;
}

unsigned long pg_generation(const struct pg *pg) {
    return pg->generation;
}

/* --- settings --- */

static const char **settings_find(struct settings *settings, const char *keyword) {
    for (size_t i = 0; i < settings->count; i++) {
        if (strcmp(settings->keywords[i], keyword) == 0)
            return &settings->values[i];
    }
    return NULL;
}

static void settings_set(struct settings *settings, const char *keyword, const char *value) {
    const char **found = settings_find(settings, keyword);

    if (found) {
        *found = value;
    } else if (settings->count < SETTINGS_MAX) {
        settings->keywords[settings->count] = keyword;
        settings->values[settings->count++] = value;
    } else {
        settings->failed = true;
    }
}

static void settings_add_session(struct settings *settings, const struct pg *pg) {
    const char **given = settings_find(settings, "options");
    char statement[64] = "", lock[64] = "";
    int len;

    if (pg->without_bounds)
        return;
    if (pg->statement_timeout_ms > 0)
        snprintf(statement, sizeof statement, " -c statement_timeout=%d", pg->statement_timeout_ms);
    if (pg->lock_timeout_ms > 0)
        snprintf(lock, sizeof lock, " -c lock_timeout=%d", pg->lock_timeout_ms);
    len = snprintf(settings->options, sizeof settings->options, "%s%s%s", given ? *given : "",
                   statement, lock);
    if (len < 0 || (size_t)len >= sizeof settings->options)
        settings->failed = true;
    if (len > 0)
        settings_set(settings, "options", settings->options);
}

static void settings_add_password(struct settings *settings, struct text password) {
    if (!password.data)
        return;
    settings->password = strndup(password.data, password.len);
    if (settings->password)
        settings_set(settings, "password", settings->password);
    else
        settings->failed = true;
}

/* "a,b,c" by 1: "b,c,a". NULL when out of memory. */
static char *rotate(const char *list, unsigned by) {
    size_t count = 1, size = strlen(list) + 2;
    char *out = malloc(size);
    const char *start = list;

    for (const char *p = list; *p; p++)
        count += *p == ',';
    for (size_t i = by % count; i > 0; i--)
        start = strchr(start, ',') + 1;
    if (out && start == list)
        snprintf(out, size, "%s", list);
    else if (out)
        snprintf(out, size, "%s,%.*s", start, (int)(start - list - 1), list);
    return out;
}

/* libpq leaves a host that hangs only at a time-out of its own, which it has not while it is
 * polled. So an attempt that hung is followed by one that starts with the next host. */
static void settings_rotate_hosts(struct settings *settings, unsigned by) {
    for (size_t i = 0; i < sizeof host_lists / sizeof host_lists[0]; i++) {
        const char **found = settings_find(settings, host_lists[i]);

        if (!found || !strchr(*found, ','))
            continue;
        settings->rotated[i] = rotate(*found, by);
        if (settings->rotated[i])
            *found = settings->rotated[i];
        else
            settings->failed = true;
    }
}

static void settings_done(struct settings *settings) {
    if (settings->password)
        explicit_bzero(settings->password, strlen(settings->password));
    free(settings->password);
    for (size_t i = 0; i < sizeof host_lists / sizeof host_lists[0]; i++)
        free(settings->rotated[i]);
    PQconninfoFree(settings->parsed);
}

/* False: the conninfo is wrong or memory is out; noted. settings_done in either case. */
static bool settings_init(struct settings *settings, struct pg *pg) {
    char *why = NULL;

    memset(settings, 0, sizeof *settings);
    settings->parsed = PQconninfoParse(pg->conninfo, &why);
    if (!settings->parsed) {
        pg_note(pg, "08001", why ? why : "out of memory");
        PQfreemem(why);
        return false;
    }
    for (const PQconninfoOption *option = settings->parsed; option->keyword; option++) {
        if (option->val)
            settings_set(settings, option->keyword, option->val);
    }
    for (size_t i = 0; i < sizeof fallbacks / sizeof fallbacks[0]; i++) {
        if (!settings_find(settings, fallbacks[i].keyword))
            settings_set(settings, fallbacks[i].keyword, fallbacks[i].value);
    }
    settings_set(settings, "application_name", pg->application_name);
    settings_set(settings, "client_encoding", "UTF8");
    settings_add_session(settings, pg);
    settings_add_password(settings, pg->password);
    settings_rotate_hosts(settings, pg->first_host);
    if (settings->failed)
        pg_note(pg, "08001", "too many connection settings, or out of memory");
    return !settings->failed;
}

/* --- connecting --- */

short pg_poll(int fd, short events, int64_t deadline_ms) {
    struct pollfd one = {.fd = fd, .events = events};

    for (;;) {
        int n = poll(&one, 1, clock_left_ms(deadline_ms));

        if (n > 0)
            return one.revents;
        if (n == 0 || errno != EINTR)
            return 0;
    }
}

/* Notices would go to stderr, unformatted; a FATAL that nobody asked for is a good-bye. */
static void take_notice(void *context, const PGresult *notice) {
    struct pg *pg = context;
    const char *severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);

    if (severity && (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0))
        pg->said_goodbye = true;
}

/* PGRES_POLLING_READING or _WRITING when the deadline came first. */
static PostgresPollingStatusType connect_poll(PGconn *conn, int64_t deadline_ms) {
    PostgresPollingStatusType want = PGRES_POLLING_WRITING;

    while (want == PGRES_POLLING_READING || want == PGRES_POLLING_WRITING) {
        short events = want == PGRES_POLLING_READING ? POLLIN : POLLOUT;

        if (PQsocket(conn) < 0)
            return PGRES_POLLING_FAILED;
        if (pg_poll(PQsocket(conn), events, deadline_ms) == 0)
            return want;
        want = PQconnectPoll(conn);
    }
    return want;
}

static enum status connect_fail(struct pg *pg, const char *message) {
    pg_note(pg, "08006", message);
    pg_drop(pg);
    return ST_UNAVAILABLE;
}

/* PgBouncer takes no options unless its configuration ignores them, and only its words tell. The
 * role has bounds of its own. */
static void look_at_refusal(struct pg *pg) {
    if (strstr(PQerrorMessage(pg->conn), "unsupported startup parameter"))
        pg->without_bounds = pg->statement_timeout_ms > 0 || pg->lock_timeout_ms > 0;
}

/* A pooler makes up the process that it tells, so that it can pass on what cancels. */
static enum status look_for_pooler(struct pg *pg, int64_t deadline_ms) {
    PGresult *result = NULL;
    int back_off_ms = pg->back_off_ms;
    enum status status = pg_script(pg, "SELECT pg_backend_pid()", deadline_ms, &result);

    if (status != ST_OK) {
        pg->first_host++;
        pg_disconnect(pg);
        return ST_UNAVAILABLE;
    }
    pg->pooled = pg_get_int(result, 0, 0) != PQbackendPID(pg->conn);
    /* It has shown that it answers, and not yet that it does what it is asked. */
    pg->back_off_ms = back_off_ms;
    PQclear(result);
    return ST_OK;
}

static enum status connect_with(struct pg *pg, struct settings *settings, int64_t deadline_ms) {
    enum status status;
    PostgresPollingStatusType end;

    pg->conn = PQconnectStartParams(settings->keywords, settings->values, 0);
    if (!pg->conn)
        return connect_fail(pg, "out of memory");
    if (PQstatus(pg->conn) == CONNECTION_BAD)
        return connect_fail(pg, PQerrorMessage(pg->conn));
    PQsetNoticeReceiver(pg->conn, take_notice, pg);
    end = connect_poll(pg->conn, deadline_ms);
    if (end == PGRES_POLLING_READING || end == PGRES_POLLING_WRITING) {
        pg->first_host++;
        return connect_fail(pg, "no connection in time");
    }
    if (end != PGRES_POLLING_OK || PQsetnonblocking(pg->conn, 1) != 0) {
        look_at_refusal(pg);
        return connect_fail(pg, PQerrorMessage(pg->conn));
    }
    status = look_for_pooler(pg, deadline_ms);
    if (status == ST_OK)
        pg->generation++;
    return status;
}

/* What came unasked is read, so that a connection that the server closed meanwhile is noticed
 * before a statement is sent: then nothing is uncertain. */
static bool is_stale(struct pg *pg) {
    while (pg_connected(pg) && pg_poll(PQsocket(pg->conn), POLLIN, 0) != 0) {
        if (!PQconsumeInput(pg->conn))
            break;
        PQisBusy(pg->conn);
    }
    return !pg_connected(pg);
}

enum status pg_connect(struct pg *pg, bool now, int64_t deadline_ms) {
    struct settings settings;
    int64_t now_ms = clock_monotonic_ms(), latest = now_ms + pg->connect_timeout_ms;
    enum status status = ST_FAULT;
    bool bare;

    if (pg->conn && !is_stale(pg))
        return ST_OK;
    pg_disconnect(pg);
    if ((!now && now_ms < pg->retry_at_ms) || now_ms >= deadline_ms)
        return ST_UNAVAILABLE;
    do {
        bare = pg->without_bounds;
        if (settings_init(&settings, pg))
            status = connect_with(pg, &settings, latest < deadline_ms ? latest : deadline_ms);
        settings_done(&settings);
    } while (pg->without_bounds != bare);
    return status;
}

enum status pg_ready(struct pg *pg, int64_t deadline_ms) {
    bool in_transaction = pg->in_transaction;

    if (clock_left_ms(deadline_ms) == 0) {
        pg_note(pg, "08006", "the deadline had passed before");
        return ST_UNAVAILABLE;
    }
    /* Rows that nobody fetched would be taken for the answer to the next statement. */
    if (pg->streaming)
        pg_disconnect(pg);
    if (pg->conn && is_stale(pg)) {
        pg_note(pg, "08006", "the server closed the connection");
        pg_disconnect(pg);
        /* The rest of a transaction must not run without its beginning. */
        if (in_transaction)
            return ST_UNAVAILABLE;
    }
    return pg->conn ? ST_OK : pg_connect(pg, false, deadline_ms);
}

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "pg_private.h"

enum { NAME_SIZE = 64 };

/* --- sending and receiving --- */

/* False at the deadline. A connection that broke is no reason to stop: the server's last words may
 * have come already, and libpq turns the rest into an error result. */
static bool flush(struct pg *pg, int64_t deadline_ms) {
    while (PQflush(pg->conn) == 1) {
        short events = pg_poll(PQsocket(pg->conn), POLLIN | POLLOUT, deadline_ms);

        if (events == 0)
            return false;
        if ((events & POLLIN) && !PQconsumeInput(pg->conn))
            break;
    }
    return true;
}

/* False at the deadline; else PQgetResult will not wait. */
static bool await_result(struct pg *pg, int64_t deadline_ms) {
    while (PQisBusy(pg->conn)) {
        if (pg_poll(PQsocket(pg->conn), POLLIN, deadline_ms) == 0)
            return false;
        if (!PQconsumeInput(pg->conn))
            break;
    }
    return true;
}

/* Drops the connection in mid-statement. */
static enum status lose(struct pg *pg, const char *message) {
    pg_note(pg, "08006", message);
    pg_drop(pg);
    return ST_UNCERTAIN;
}

static enum status fail_with(struct pg *pg, const PGresult *error) {
    enum status status = pg_note_result(pg, error);

    if (status == ST_UNAVAILABLE || status == ST_UNCERTAIN || !pg_connected(pg))
        pg_drop(pg);
    return status;
}

/* All results of what was sent. The first error, or else the last result, is kept. */
static enum status collect(struct pg *pg, int64_t deadline_ms, PGresult **out) {
    PGresult *kept = NULL, *next;
    enum status status = ST_OK;

    if (!flush(pg, deadline_ms))
        return lose(pg, "not sent before the deadline");
    for (;;) {
        if (!await_result(pg, deadline_ms)) {
            PQclear(kept);
            return lose(pg, "no answer before the deadline");
        }
        next = PQgetResult(pg->conn);
        if (!next)
            break;
        if (kept && pg_is_error(kept)) {
            PQclear(next);
            continue;
        }
        PQclear(kept);
        kept = next;
        /* COPY would give the same result for ever. */
        if (pg_is_error(kept) && PQresultStatus(kept) != PGRES_FATAL_ERROR)
            break;
    }
    if (!kept)
        return lose(pg, "no answer");
    if (pg_is_error(kept)) {
        status = fail_with(pg, kept);
        PQclear(kept);
        if (pg->conn)
            pg->in_transaction = PQtransactionStatus(pg->conn) != PQTRANS_IDLE;
        return status;
    }
    pg->back_off_ms = 0;
    pg->in_transaction = PQtransactionStatus(pg->conn) != PQTRANS_IDLE;
    *out = kept;
    return status;
}

/* libpq refused to send, or failed while it did. */
static enum status fail_to_send(struct pg *pg) {
    enum status status = PQstatus(pg->conn) == CONNECTION_OK ? ST_UNAVAILABLE : ST_UNCERTAIN;

    pg_note(pg, "08006", PQerrorMessage(pg->conn));
    pg_drop(pg);
    return status;
}

/* --- preparing --- */

static struct pg_prepared *find_prepared(struct pg *pg, const struct pg_statement *statement) {
    for (size_t i = 0; i < pg->prepared_count; i++) {
        if (pg->prepared[i].statement == statement)
            return &pg->prepared[i];
    }
    return NULL;
}

/* The server's plan is stale or gone: the next time under a new name, so that nothing has to be
 * deallocated first. */
static void forget_prepared(struct pg *pg, const struct pg_statement *statement) {
    struct pg_prepared *found = find_prepared(pg, statement);

    if (found)
        *found = pg->prepared[--pg->prepared_count];
}

static bool grow_prepared(struct pg *pg) {
    size_t cap = pg->prepared_cap ? pg->prepared_cap * 2 : 16;
    struct pg_prepared *grown;

    if (pg->prepared_count < pg->prepared_cap)
        return true;
    grown = reallocarray(pg->prepared, cap, sizeof *grown);
    if (!grown)
        return false;
    pg->prepared = grown;
    pg->prepared_cap = cap;
    return true;
}

static void name_of(char out[NAME_SIZE], const struct pg_prepared *prepared) {
    snprintf(out, NAME_SIZE, "%.40s_%u", prepared->statement->name, prepared->serial);
}

/* Whatever goes wrong here, the statement itself was not run. */
static enum status prepare(struct pg *pg, const struct pg_statement *statement,
                           int64_t deadline_ms) {
    struct pg_prepared made = {statement, pg->serial + 1};
    char name[NAME_SIZE];
    PGresult *result = NULL;
    enum status status;

    if (find_prepared(pg, statement))
        return ST_OK;
    if (!grow_prepared(pg)) {
        pg_note(pg, "53200", "out of memory");
        return ST_FAULT;
    }
    name_of(name, &made);
    pg->serial++;
    if (!PQsendPrepare(pg->conn, name, statement->sql, 0, NULL))
        status = fail_to_send(pg);
    else
        status = collect(pg, deadline_ms, &result);
    PQclear(result);
    if (status == ST_OK)
        pg->prepared[pg->prepared_count++] = made;
    return status == ST_UNCERTAIN ? ST_UNAVAILABLE : status;
}

/* --- statements --- */

/* Connects, prepares and sends. */
static enum status start(struct pg *pg, const struct pg_statement *statement,
                         const struct pg_params *params, int64_t deadline_ms) {
    static const int binary[PG_PARAMS_MAX] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                              1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    static const struct pg_params none = {0};
    char name[NAME_SIZE];
    enum status status;
    int sent;

    if (!params)
        params = &none;
    if (params->count > PG_PARAMS_MAX) {
        pg_note(pg, "54023", "too many parameters, or one too long");
        return ST_FAULT;
    }
    status = pg_ready(pg, deadline_ms);
    if (status == ST_OK && !pg->pooled)
        status = prepare(pg, statement, deadline_ms);
    if (status != ST_OK)
        return status;
    if (pg->pooled) {
        sent = PQsendQueryParams(pg->conn, statement->sql, params->count, NULL, params->values,
                                 params->lengths, binary, 1);
    } else {
        name_of(name, find_prepared(pg, statement));
        sent = PQsendQueryPrepared(pg->conn, name, params->count, params->values, params->lengths,
                                   binary, 1);
    }
    return sent ? ST_OK : fail_to_send(pg);
}

/* 0A000: its tables changed; 26000: another server, or a pooler between. */
static bool plan_is_lost(const struct pg *pg) {
    return strcmp(pg->sqlstate, "0A000") == 0 || strcmp(pg->sqlstate, "26000") == 0;
}

enum status pg_run(struct pg *pg, const struct pg_statement *statement,
                   const struct pg_params *params, int64_t deadline_ms, PGresult **result) {
    enum status status = ST_FAULT;

    for (int attempt = 0; attempt < 2; attempt++) {
        status = start(pg, statement, params, deadline_ms);
        if (status == ST_OK)
            status = collect(pg, deadline_ms, result);
        if (status != ST_FAULT || !plan_is_lost(pg))
            break;
        forget_prepared(pg, statement);
        if (pg->in_transaction)
            break;
    }
    return status;
}

enum status pg_script(struct pg *pg, const char *sql, int64_t deadline_ms, PGresult **result) {
    PGresult *own = NULL;
    enum status status = pg_ready(pg, deadline_ms);

    if (status != ST_OK)
        return status;
    if (!PQsendQuery(pg->conn, sql))
        return fail_to_send(pg);
    status = collect(pg, deadline_ms, result ? result : &own);
    PQclear(own);
    return status;
}

/* --- row by row --- */

enum status pg_stream(struct pg *pg, const struct pg_statement *statement,
                      const struct pg_params *params, int64_t deadline_ms) {
    enum status status = start(pg, statement, params, deadline_ms);

    if (status != ST_OK)
        return status;
    PQsetSingleRowMode(pg->conn);
    if (!flush(pg, deadline_ms))
        return lose(pg, "not sent before the deadline");
    pg->streaming = true;
    return ST_OK;
}

/* Takes what follows the error, so that the connection is idle again. */
static enum status end_stream(struct pg *pg, PGresult *error, int64_t deadline_ms) {
    enum status status = fail_with(pg, error);
    PGresult *rest = NULL;

    PQclear(error);
    /* The preparation may be what is wrong, and which it was is no longer known here. */
    if (plan_is_lost(pg))
        pg->prepared_count = 0;
    while (pg->conn && await_result(pg, deadline_ms) && (rest = PQgetResult(pg->conn)))
        PQclear(rest);
    if (pg->conn && PQisBusy(pg->conn))
        pg_disconnect(pg);
    if (pg->conn)
        pg->in_transaction = PQtransactionStatus(pg->conn) != PQTRANS_IDLE;
    pg->streaming = false;
    return status;
}

enum status pg_next(struct pg *pg, int64_t deadline_ms, PGresult **row) {
    if (!pg->streaming)
        return ST_NOT_FOUND;
    for (;;) {
        PGresult *next;

        if (!await_result(pg, deadline_ms))
            return lose(pg, "no row before the deadline");
        next = PQgetResult(pg->conn);
        if (!next)
            break;
        if (PQresultStatus(next) == PGRES_SINGLE_TUPLE) {
            *row = next;
            return ST_OK;
        }
        if (pg_is_error(next))
            return end_stream(pg, next, deadline_ms);
        PQclear(next); /* the end of the rows, itself without one */
    }
    pg->streaming = false;
    pg->back_off_ms = 0;
    pg->in_transaction = PQtransactionStatus(pg->conn) != PQTRANS_IDLE;
    return ST_NOT_FOUND;
}

/* --- notifications --- */

static bool take_notifications(struct pg *pg) {
    PGnotify *notify;
    bool any = false;

    while ((notify = PQnotifies(pg->conn))) {
        PQfreemem(notify);
        any = true;
    }
    return any;
}

bool pg_wait_notify(struct pg *pg, int wake_fd, int64_t deadline_ms) {
    while (pg_connected(pg)) {
        struct pollfd both[2] = {{.fd = PQsocket(pg->conn), .events = POLLIN},
                                 {.fd = wake_fd, .events = POLLIN}};

        if (take_notifications(pg))
            return true;
        if (poll(both, 2, clock_left_ms(deadline_ms)) == 0 || both[1].revents != 0)
            return false;
        if (both[0].revents != 0 && !PQconsumeInput(pg->conn))
            break;
        PQisBusy(pg->conn); /* reads a good-bye */
    }
    if (pg->conn) {
        pg_note(pg, "08006", "the server closed the connection");
        pg_drop(pg);
    }
    return false;
}

enum status pg_rows_next(struct pg_rows *rows, int64_t deadline_ms) {
    PQclear(rows->row);
    rows->row = NULL;
    enum status status = pg_next(rows->pg, deadline_ms, &rows->row);
    if (status != ST_OK) {
        rows->row = NULL;
        rows->ended = true;
    }
    return status;
}

void pg_rows_close(struct pg_rows *rows) {
    PQclear(rows->row);
    if (!rows->ended)
        pg_disconnect(rows->pg);
}

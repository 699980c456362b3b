/* pg: one libpq connection with bounds on every wait.
 *
 * libpq has no read timeout of its own, so the socket is non-blocking and polled with ours.
 * Connects by itself when needed, with back-off and jitter. One thread at a time. Only a primary is
 * accepted (target_session_attrs=read-write is added unless the conninfo names it). Statements are
 * prepared once a connection and prepared anew when the server forgot them (0A000, 26000); behind a
 * pooler they are sent whole each time.
 * Parameters and results are binary. Of several hosts, the first that hung is tried last the next
 * time. A host's name is resolved by libpq without our bound: numbers and socket paths are not. */
#ifndef LINK_PG_H
#define LINK_PG_H

#include <stdbool.h>
#include <stdint.h>

#include <libpq-fe.h>

#include "base/status.h"
#include "base/text.h"

struct pg;

struct pg_options {
    const char *conninfo;
    struct text password;         /* may be absent; must outlive the connection */
    const char *application_name; /* "countersignd.3 committer" */
    int connect_timeout_ms;
    int statement_timeout_ms; /* set on the session, 0: the role's */
    int lock_timeout_ms;      /* set on the session, 0: the role's */
};

/* False: not `name=value ...` or a URI with names that libpq knows, or a port is none. Why is not
 * told: libpq's words quote it, and it may hold a password. */
bool pg_conninfo_is_good(const char *conninfo);
/* How many values, with commas between, it gives this keyword ("host"); 0: none, or it is not good.
 */
size_t pg_conninfo_count(const char *conninfo, const char *keyword);

/* Does not connect. NULL: out of memory. */
struct pg *pg_new(const struct pg_options *options);
void pg_free(struct pg **pg);

/* A statement is a constant; its address is its identity (prepared under a name of its own). */
struct pg_statement {
    const char *name;
    const char *sql;
};

enum { PG_PARAMS_MAX = 32 };

struct pg_params {
    int count;
    const char *values[PG_PARAMS_MAX]; /* binary; NULL: SQL NULL */
    int lengths[PG_PARAMS_MAX];
};

/* Runs one statement until the monotonic deadline. OK: *result is the caller's, PQclear it.
 * UNAVAILABLE: not connected, nothing was sent (or the server said that it did nothing: shutting
 * down, too many connections, disk full, read-only); UNCERTAIN: sent, and the answer was lost;
 * BUSY: deadlock, serialization, lock or statement timeout - rolled back, safe to try again; FAULT:
 * anything else (see pg_sqlstate). After UNAVAILABLE and UNCERTAIN the connection is dropped; the
 * next call connects again, once its back-off (50 ms, doubling to 2 s, jittered) is over. */
enum status pg_run(struct pg *pg, const struct pg_statement *statement,
                   const struct pg_params *params, int64_t deadline_ms, PGresult **result);
/* SQL without parameters, several statements allowed, not prepared (migrations, BEGIN ...); no
 * COPY. Values come as text, which pg_get_int, pg_get_bool and pg_get_text understand. `result` may
 * be NULL. */
enum status pg_script(struct pg *pg, const char *sql, int64_t deadline_ms, PGresult **result);
/* Row by row: starts a statement in single-row mode; pg_next gives one row at a time, ST_NOT_FOUND
 * at the end. */
enum status pg_stream(struct pg *pg, const struct pg_statement *statement,
                      const struct pg_params *params, int64_t deadline_ms);
enum status pg_next(struct pg *pg, int64_t deadline_ms, PGresult **row);

/* The rows of what pg_stream has started, one at a time. */
struct pg_rows {
    struct pg *pg;
    PGresult *row; /* until the next one is asked for; NULL: there is none */
    bool ended;
};

/* Statuses of pg_next. */
enum status pg_rows_next(struct pg_rows *rows, int64_t deadline_ms);
/* Those that were not read to their end cost the connection. */
void pg_rows_close(struct pg_rows *rows);

/* Connects if there is no connection, ignoring the back-off when `now` is true. */
enum status pg_connect(struct pg *pg, bool now, int64_t deadline_ms);
bool pg_connected(const struct pg *pg);
/* The server's process, as its log and pg_stat_activity have it; 0: not connected, or pooled. */
int pg_backend(const struct pg *pg);
/* Whether the last connection led to a pooler (PgBouncer), which may give each transaction to
 * another session of the server: nothing is prepared under a name then, and LISTEN is worth
 * nothing. */
bool pg_is_pooled(const struct pg *pg);
/* False: the last connection led to a database of another encoding, in which not every name can be
 * written. */
bool pg_is_utf8(const struct pg *pg);
/* How many times it connected: a change means that session state (LISTEN) is lost. */
unsigned long pg_generation(const struct pg *pg);
void pg_disconnect(struct pg *pg);
/* Waits for a notification or the deadline. True: one or more came (all are taken). Returns early
 * as well when the connection broke or `wake_fd` (-1: none) becomes readable. */
bool pg_wait_notify(struct pg *pg, int wake_fd, int64_t deadline_ms);
/* Five characters of the last failure, "08006" when there was no answer; never NULL. */
const char *pg_sqlstate(const struct pg *pg);
/* libpq's or the server's primary message of the last failure; may name objects, never parameters
 * (DETAIL is left out). For operators' eyes. */
const char *pg_message(const struct pg *pg);

/* --- parameters --- */
void pg_params_init(struct pg_params *params);
/* The bytes must outlive the run. */
void pg_params_add(struct pg_params *params, const void *data, size_t len);
void pg_params_add_text(struct pg_params *params, struct text text); /* absent: NULL */

/* A one-dimensional binary array parameter under construction; element types as in pg_type.h. */
enum pg_type {
    PG_BOOL = 16,
    PG_BYTEA = 17,
    PG_INT8 = 20,
    PG_INT2 = 21,
    PG_INT4 = 23,
    PG_TEXT = 25
};

struct pg_array {
    struct buffer buffer;
    enum pg_type type;
    int32_t count;
    bool has_null;
};

/* `limit`: bytes at most. */
void pg_array_init(struct pg_array *array, enum pg_type type, size_t limit);
void pg_array_done(struct pg_array *array); /* wipes */
void pg_array_reset(struct pg_array *array);
void pg_array_add_bool(struct pg_array *array, bool value);
void pg_array_add_int(struct pg_array *array,
                      int64_t value); /* INT2, INT4, INT8 by the array's type */
void pg_array_add_bytes(struct pg_array *array, const void *data, size_t len); /* BYTEA, TEXT */
void pg_array_add_text(struct pg_array *array, struct text text);              /* absent: NULL */
/* Finishes the header and adds it as the next parameter. False: it failed to grow. */
bool pg_params_add_array(struct pg_params *params, struct pg_array *array);
/* The same for `count` of them: the columns of a batch. */
void pg_arrays_init(struct pg_array *arrays, const enum pg_type *types, size_t count, size_t limit);
void pg_arrays_done(struct pg_array *arrays, size_t count);
bool pg_params_add_arrays(struct pg_params *params, struct pg_array *arrays, size_t count);

/* A fixed integer parameter: `storage` must outlive the run. */
void pg_params_add_int2(struct pg_params *params, uint8_t storage[2], int16_t value);
void pg_params_add_int4(struct pg_params *params, uint8_t storage[4], int32_t value);
void pg_params_add_int8(struct pg_params *params, uint8_t storage[8], int64_t value);
/* timestamptz of Unix milliseconds; INT64_MIN and INT64_MAX, which stand for no bound, as NULL. */
void pg_params_add_time_ms(struct pg_params *params, uint8_t storage[8], int64_t unix_ms);
/* `storage` is the caller's, to be done with buffer_done in either case. False: out of memory, or
 * more than 16 MiB. */
bool pg_params_add_jsonb(struct pg_params *params, struct text json, struct buffer *storage);

/* --- results, binary --- */
int64_t pg_get_int(const PGresult *result, int row,
                   int column); /* bool, int2, int4, int8 by length; NULL: 0 */
bool pg_get_bool(const PGresult *result, int row, int column);
/* text, bytea, varchar, json; jsonb without its version byte is NOT done. Absent when NULL. View
 * into the result. */
struct text pg_get_text(const PGresult *result, int row, int column);
/* timestamptz as Unix milliseconds; 0 when NULL or infinite. */
int64_t pg_get_time_ms(const PGresult *result, int row, int column);
/* An array of int2 / int4 / int8 into out[0..most); returns how many, -1: not such an array. */
int pg_get_ints(const PGresult *result, int row, int column, int64_t *out, int most);
/* An array of text or bytea as views; returns how many, -1: not such an array or more than `most`.
 * NULL elements are absent. */
int pg_get_texts(const PGresult *result, int row, int column, struct text *out, int most);

#endif

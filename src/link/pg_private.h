/* pg_private: what the files of pg share; nobody else includes it. */
#ifndef LINK_PG_PRIVATE_H
#define LINK_PG_PRIVATE_H

#include "link/pg.h"

/* 2000-01-01, where PostgreSQL's time begins. */
#define PG_EPOCH_MS INT64_C(946684800000)

enum { PG_SQLSTATE_SIZE = 6, PG_MESSAGE_SIZE = 256 };

/* A statement that this connection has prepared, under its name and this number. */
struct pg_prepared {
    const struct pg_statement *statement;
    unsigned serial;
};

struct pg {
    char *conninfo;
    char *application_name;
    struct text password;
    int connect_timeout_ms, statement_timeout_ms, lock_timeout_ms;

    PGconn *conn;
    unsigned long generation;
    bool said_goodbye;   /* the server sent FATAL while nothing was asked */
    bool in_transaction; /* as of the last answer */
    bool streaming;      /* rows of pg_stream are still to come */
    bool pooled;         /* somebody between hands out the server's sessions */
    bool without_bounds; /* and takes no options: only the role's time-outs hold */

    int back_off_ms; /* 0 after a statement that worked */
    int64_t retry_at_ms;
    unsigned first_host; /* rotates the hosts after an attempt that hung */

    struct pg_prepared *prepared;
    size_t prepared_count, prepared_cap;
    unsigned serial;

    char sqlstate[PG_SQLSTATE_SIZE];
    char message[PG_MESSAGE_SIZE];
};

/* Connected and idle afterwards, or not OK and nothing was sent. */
enum status pg_ready(struct pg *pg, int64_t deadline_ms);
/* Closes and starts the back-off. */
void pg_drop(struct pg *pg);
/* Waits for events on a descriptor; what came, 0 at the deadline. */
short pg_poll(int fd, short events, int64_t deadline_ms);

/* Keeps SQLSTATE and the first line of the message for pg_sqlstate and pg_message. */
void pg_note(struct pg *pg, const char *sqlstate, const char *message);
/* Keeps the failure that the result tells, and says what it means for a statement. */
enum status pg_note_result(struct pg *pg, const PGresult *result);
/* Whether the result is a failure. */
bool pg_is_error(const PGresult *result);

#endif

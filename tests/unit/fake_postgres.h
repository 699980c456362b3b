/* fake_postgres: a server that speaks PostgreSQL's protocol and does what a script says.
 *
 * The real libpq talks to it over a Unix socket, so what is tested is what happens on the wire. The
 * first step of a script is how a connection begins; each further one is the answer to what is sent
 * up to the next Sync or Query. A connection takes the steps up to one that ends it, or to the end;
 * after the last step all is FAKE_OK. What every connection asks first, the server's process, is
 * answered without a step and not counted. */
#ifndef TESTS_UNIT_FAKE_POSTGRES_H
#define TESTS_UNIT_FAKE_POSTGRES_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

enum fake_act {
    FAKE_OK,        /* what a good server would answer: one row with the number 7 */
    FAKE_ROWS,      /* three rows: 7, 8, 9 */
    FAKE_BEGIN,     /* good, and in a transaction afterwards */
    FAKE_ERROR,     /* an error; the session goes on */
    FAKE_FATAL,     /* a fatal error, then the end */
    FAKE_ROW_ERROR, /* one row, then an error */
    FAKE_CLOSE,     /* the end without a word */
    FAKE_HALF,      /* a part of the answer, then the end */
    FAKE_GARBAGE,   /* bytes that are no message, then the end */
    FAKE_HANG,      /* nothing, until the other side closes */
    FAKE_SLOW,      /* the good answer, byte by byte */
    FAKE_DEAF,      /* good, but nothing is read any more */
    FAKE_OK_CLOSE,  /* good, and the end a moment later, with a FATAL 57P01 before */
    FAKE_OK_VANISH, /* good, and the end a moment later */
    FAKE_NOTIFY,    /* good, and a notification a moment later */
    FAKE_COPY,      /* COPY OUT begins */
    FAKE_READ_ONLY, /* (connecting) a standby */
    FAKE_POOLED,    /* (connecting) a pooler: the process that it tells is another one */
    FAKE_NOTICE     /* a notice before the good answer */
};

struct fake_step {
    enum fake_act act;
    const char *sqlstate; /* of errors */
};

struct fake_postgres {
    char folder[64]; /* "host" of the conninfo; the port is 5432 */
    int listener;
    pthread_t thread;
    const struct fake_step *steps; /* ended by count */
    size_t count, next;
    bool in_transaction;

    atomic_int connections, prepares, executions, queries;
    char startup[1024]; /* of the last connection, NULs shown as spaces */
    char prepared_name[128];
};

void fake_postgres_start(struct fake_postgres *fake, const struct fake_step *steps, size_t count);
void fake_postgres_stop(struct fake_postgres *fake);

#endif

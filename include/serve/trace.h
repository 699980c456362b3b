/* trace: the ids that nginx gave to requests, where a batch of them is told of.
 *
 * A batch is one statement of many requests. At log_level debug each is told, and PostgreSQL is
 * told the first of its requests, so that a line of nginx' log leads to one of ours and that to
 * PostgreSQL's. It costs a message to and fro, so at other levels only what is slow or refused is
 * told. */
#ifndef SERVE_TRACE_H
#define SERVE_TRACE_H

#include "link/pg.h"
#include "serve/connections.h"
#include "serve/request.h"

/* Requests of one kind that are written together. */
struct traced {
    int64_t batch; /* its number */
    int kind;
    struct request *const *requests;
    size_t count;
};

struct trace {
    char name[CONNECTIONS_NAME_SIZE]; /* what PostgreSQL calls us */
    bool is_named;                    /* it has a request's id behind it */
};

/* Before it is written. That PostgreSQL does not answer, the batch will hear too. */
void trace_begin(struct trace *trace, struct pg *pg, const struct traced *batch);
void trace_slow(const struct pg *pg, const struct traced *batch, int64_t took_ms);
/* It stands alone by then, so it is known whose it is. */
void trace_refused(const struct pg *pg, struct request *const *request);

#endif

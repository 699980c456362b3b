/* request: a request in flight, an object that one stage owns at a time.
 *
 * An I/O thread makes it, fills it and either answers it or hands it to the committer (writes) or
 * to the reader (statistics), who answers. It lives in the arena of its FastCGI request, and is
 * gone with the answer. */
#ifndef SERVE_REQUEST_H
#define SERVE_REQUEST_H

#include "base/queue.h"
#include "core/problem.h"
#include "link/fcgi.h"
#include "serve/snapshot.h"
#include "store/limits.h"
#include "store/openings.h"
#include "store/own.h"
#include "store/stats.h"
#include "store/subscriptions.h"
#include "store/writes.h"

struct worker;
struct request;

enum method {
    METHOD_GET = 1,
    METHOD_HEAD = 2,
    METHOD_POST = 4,
    METHOD_OPTIONS = 8,
    METHOD_OTHER = 16
};

enum write_kind {
    WRITE_SIGN,
    WRITE_SIGN_BY_LETTER,
    WRITE_RESEND,
    WRITE_OPENED,
    WRITE_CONFIRM,
    WRITE_WITHDRAW,
    WRITE_CORRECT,
    WRITE_DISAVOW,
    WRITE_ERASE,
    WRITE_UNSUBSCRIBE,
    WRITE_SUBSCRIPTION,
    WRITE_OWN, /* reads, but comes in batches and by token like the others */
    WRITE_KINDS
};

/* What a write carries to the committer. */
struct request_write {
    enum write_kind kind;
    struct limit_check limit;
    union {
        struct sign_row sign;
        struct resend_row resend;
        struct correct_row correct;
        struct token_row token;
        struct own_row own;
        struct subscription_row subscription;
        struct opening_row opening;
    } row;
};

enum stats_kind {
    STATS_BREAKDOWN,
    STATS_SERIES,
    STATS_RECENT,
    STATS_REFERRAL,
    STATS_COUNT,
    STATS_CARD
};

/* What a read carries to the reader. */
struct request_stats {
    enum stats_kind kind;
    enum stats_by by;
    enum stats_step step;
    int64_t from_ms, to_ms;
    int limit;
    struct text referrer; /* in the path */
    struct text card;     /* a picture's tag, likewise */
    int64_t referral;     /* core/blind, of it */
};

enum route_rule {
    ROUTE_OPEN = 1 /* CORS `*` */,
    ROUTE_OF_WITHDRAWN = 2 /* also of such petitions */
};

struct route {
    const char *pattern; /* below /api/v1; `*` is one segment, a slug */
    unsigned methods;
    void (*handle)(struct request *request);
    unsigned rules; /* enum route_rule */
};

struct request {
    struct queue_node node; /* first: queues hand back nodes */
    struct worker *worker;
    struct fcgi_request *fcgi;
    struct snapshot *snapshot;
    const struct route *route;
    const struct petition *petition; /* of the path; NULL when the path names none */
    struct text path;                /* decoded once (core/query.h) */
    struct text slug;                /* in the path */
    struct text origin;              /* as sent; absent: none */
    bool origin_allowed;             /* answers carry Access-Control-Allow-Origin */
    enum method method;
    int64_t started_us;  /* monotonic */
    int64_t queued_us;   /* monotonic: when it was handed to the committer */
    int64_t deadline_ms; /* monotonic */
    struct problems problems;
    union {
        struct request_write write;
        struct request_stats stats;
    } work;
};

/* The header parameter, absent when empty. */
struct text request_param(const struct request *request, const char *name);
/* What stands behind so many slashes of the path; absent: there are not so many. */
struct text request_path_behind(const struct request *request, int slashes);
/* Which limit a write has: LIMIT_SIGNING (and its like), LIMIT_TOKENS where it moves a signature by
 * a letter's token, LIMIT_OPENINGS, LIMIT_UNSUBSCRIBING. */
enum limit_policy request_policy(const struct request *request);
/* From readable connection to answer or queue. The entry for I/O threads. */
void request_handle(struct worker *worker, struct fcgi_request *fcgi);
/* Called by reply_*: gives back what the request holds. */
void request_end(struct request *request);

#endif

/* reply: every answer, in one place; each ends its request. */
#ifndef SERVE_REPLY_H
#define SERVE_REPLY_H

#include <jansson.h>
#include <time.h>

#include "serve/request.h"

/* nginx counts in whole seconds and takes max-age=1 for the rest of this one and all of the next.
 * X-Accel-Expires, which it keeps to itself, ends with this second: so nobody is told what is older
 * than Cache-Control says. Older nginx forget the rest of Cache-Control unless it stands first.
 * `stale_s`: how long a copy serves while no worker does; 0: not at all, nor for a second more.
 * `now`: reply_cache_time(). */
enum { REPLY_CACHE_SIZE = 160 };
void reply_cache_lines(char out[REPLY_CACHE_SIZE], time_t now, int stale_s);
/* nginx keeps the copy, so its clock says until when: by one that is ahead a copy would stay for as
 * long as that is. Ours where nobody tells theirs. */
time_t reply_cache_time(const struct request *request);

/* 200 with JSON that must not be stored. Takes the reference. NULL: out of memory, answers 500. */
void reply_json(struct request *request, json_t *value);
/* The same with header lines of the handler's own ("Name: value\r\n"...), which then say about
 * caching. */
void reply_json_with(struct request *request, json_t *value, const char *headers);
/* A page with this status, and header lines as above. */
void reply_html(struct request *request, int status, struct text page, const char *headers);
void reply_png(struct request *request, struct text picture, const char *headers);
/* 304 with these header lines. */
void reply_not_modified(struct request *request, const char *headers);
/* 202 to a signing: the same bytes to everybody. */
void reply_accepted(struct request *request);
/* 200 {"status":word,"petition":slug} */
void reply_moved(struct request *request, const char *word, struct text slug);
/* 204 to OPTIONS. */
void reply_options(struct request *request);
/* An RFC 9457 problem; INVALID_FIELDS lists request->problems. */
void reply_problem(struct request *request, enum problem problem);
/* 429 with the wait and RateLimit fields; counted as this policy's. */
void reply_limited(struct request *request, int64_t wait_ms, enum limit_policy policy);
/* 503 with a jittered Retry-After; `reason` is one of M_SHED_*. */
void reply_unavailable(struct request *request, int reason);

#endif

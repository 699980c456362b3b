/* reply: every answer, in one place; each ends its request. */
#ifndef SERVE_REPLY_H
#define SERVE_REPLY_H

#include <jansson.h>

#include "serve/request.h"

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

/* http: the operators' listener, a small HTTP server of its own thread (libmicrohttpd). Never
 * public. */
#ifndef LINK_HTTP_H
#define LINK_HTTP_H

#include "base/status.h"
#include "base/text.h"

struct http;

struct http_answer {
    int status;               /* HTTP, 200 before the call */
    const char *content_type; /* "text/plain; charset=utf-8" before the call; static */
    struct buffer body;
};

/* Called on the listener's thread for GET and HEAD; false: 404. */
typedef bool http_handler(void *context, const char *path, struct http_answer *answer);

struct http_path {
    const char *path;
    void (*answer)(void *context, struct http_answer *answer);
};

#define HTTP_METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* Answers by the row of this path; false: there is none. What a handler is made of. */
bool http_find(const struct http_path *paths, size_t count, void *context, const char *path,
               struct http_answer *answer);

struct http_options {
    const char *listen; /* "unix:/path" or "127.0.0.1:9101" or "[::1]:9101" */
    http_handler *handler;
    void *context;
};

/* INVALID: not an address; FAULT: cannot listen. `why` gets a line for people. */
enum status http_start(const struct http_options *options, struct http **out, char *why,
                       size_t why_size);
void http_stop(struct http **http);

#endif

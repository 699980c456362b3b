/* http_get: one question to the operators' listener of a program on this host (link/http). */
#ifndef LINK_HTTP_GET_H
#define LINK_HTTP_GET_H

#include "base/status.h"
#include "base/text.h"

/* `listen` is what the program listens at: "unix:/path" or "address:port". *code gets HTTP's
 * status, the answer's body is added to `body`. UNAVAILABLE: nobody answers in time, or not in
 * HTTP; LIMITED: the answer is longer than `body` may be; FAULT: no memory. Threads: any, after
 * others have started none (libcurl's first use). */
enum status http_get(const char *listen, const char *path, int timeout_ms, int *code,
                     struct buffer *body);

#endif

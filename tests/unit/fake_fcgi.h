/* fake_fcgi: link/fcgi without a socket, for tests of what stands on it.
 *
 * A request is made of parameters and a body, and keeps the answer that it gets. Linked in place of
 * link/fcgi by whoever calls it. */
#ifndef TESTS_UNIT_FAKE_FCGI_H
#define TESTS_UNIT_FAKE_FCGI_H

#include "link/fcgi.h"

enum { FAKE_PARAMS = 24, FAKE_HEAD = 4096, FAKE_BODY = 65536 };

struct fcgi_request {
    struct arena *arena;
    const char *names[FAKE_PARAMS];
    const char *values[FAKE_PARAMS];
    size_t count;
    struct text body;
    enum status body_status;
    int replies;
    char head[FAKE_HEAD];
    char answer[FAKE_BODY];
};

void fake_fcgi_init(struct fcgi_request *request);
void fake_fcgi_done(struct fcgi_request *request);
/* Sets or replaces; NULL removes. */
void fake_fcgi_set(struct fcgi_request *request, const char *name, const char *value);
/* A JSON body with its type and length. */
void fake_fcgi_post(struct fcgi_request *request, const char *body);
/* The HTTP status of the answer; 0: none yet. */
int fake_fcgi_status(const struct fcgi_request *request);
bool fake_fcgi_has_header(const struct fcgi_request *request, const char *line);

#endif

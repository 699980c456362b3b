/* fcgi_case: a running service, a request under construction and the last answer, for cases about
 * what a peer sends. */
#ifndef TESTS_UNIT_FCGI_CASE_H
#define TESTS_UNIT_FCGI_CASE_H

#include "fastcgi.h"
#include "fcgi_service.h"

extern struct fcgi_case {
    struct fcgi_service service; /* one thread */
    struct buffer request;
    struct fastcgi_reply reply;
} fcgi_case;

void fcgi_case_set_up(void);
void fcgi_case_tear_down(void);
int fcgi_case_connect(void);
/* The bytes make the connection close at once, cost nothing else, and are counted. */
void fcgi_case_refused(const void *data, size_t len);
/* The request on a connection of its own is answered with exactly this body. */
void fcgi_case_answer(const char *expected);
/* The last connection closes a moment after its answer. */
void fcgi_case_none_open(void);
/* Makes the request a POST of that many letters. */
void fcgi_case_fill_post(size_t len);

#endif

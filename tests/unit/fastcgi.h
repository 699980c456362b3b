/* fastcgi: a peer that speaks FastCGI records, right or wrong, to a socket. */
#ifndef TESTS_UNIT_FASTCGI_H
#define TESTS_UNIT_FASTCGI_H

#include <stdint.h>

#include "base/text.h"

enum {
    FASTCGI_BEGIN = 1,
    FASTCGI_ABORT = 2,
    FASTCGI_END = 3,
    FASTCGI_PARAMS = 4,
    FASTCGI_STDIN = 5,
    FASTCGI_STDOUT = 6,
    FASTCGI_STDERR = 7,
    FASTCGI_GET_VALUES = 9,
    FASTCGI_GET_VALUES_RESULT = 10,
    FASTCGI_UNKNOWN_TYPE = 11
};

/* What came back up to the END_REQUEST of a request. */
struct fastcgi_reply {
    bool ended;  /* an END_REQUEST came */
    bool closed; /* the connection ended before it */
    int protocol_status;
    char body[128 * 1024]; /* of STDOUT, a C string */
    size_t len;
    size_t records_of_stderr;
};

/* --- building --- */

void fastcgi_add(struct buffer *out, unsigned type, unsigned id, const void *data, size_t len);
void fastcgi_add_padded(struct buffer *out, unsigned type, unsigned id, struct text content,
                        unsigned padding);
void fastcgi_add_begin(struct buffer *out, unsigned id, unsigned role, bool keep);
void fastcgi_add_pair(struct buffer *out, struct text name, struct text value);
/* "NAME=value" each, ended by NULL. */
void fastcgi_add_params(struct buffer *out, unsigned id, const char *const *params);
/* A whole POST of the body, with CONTENT_LENGTH and REMOTE_ADDR. */
void fastcgi_add_post(struct buffer *out, unsigned id, struct text body, bool keep);

/* --- talking --- */

/* A connected descriptor with time-outs of 5 s; -1. */
int fastcgi_connect(const char *path);
bool fastcgi_send(int fd, const void *data, size_t len);
void fastcgi_receive(int fd, unsigned id, struct fastcgi_reply *reply);
/* Sends it and waits for the answer to request 1. */
void fastcgi_exchange(int fd, const struct buffer *request, struct fastcgi_reply *reply);
/* One record: its type, 0 at the end or a time-out. */
unsigned fastcgi_read_record(int fd, unsigned *id, uint8_t content[65536], size_t *len);
/* Whether the other side closes within the time. What it says before is dropped. */
bool fastcgi_is_closed(int fd, int within_ms);

#endif

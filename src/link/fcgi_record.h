/* fcgi_record: what a peer sent, looked at before libfcgi reads it.
 *
 * libfcgi ends the process on records and parameters that are wrong in certain ways, loses bytes of
 * a request after foreign records, and waits for the rest of what is not complete. So it is only
 * given requests that are complete and plain: BEGIN, one PARAMS, the end of PARAMS, STDIN, the end
 * of STDIN. Whatever else the protocol allows is brought into this form here. No I/O. */
#ifndef LINK_FCGI_RECORD_H
#define LINK_FCGI_RECORD_H

#include <stdint.h>

#include "base/text.h"

enum {
    FCGI_PARAMS_BYTES_MAX = 48 * 1024,
    FCGI_BODY_BYTES_MAX = 64 * 1024,     /* more than is accepted, so that it can be answered */
    FCGI_REQUEST_BYTES_MAX = 160 * 1024, /* with headers and padding */
    FCGI_ANSWERS_MAX = 4096
};

enum fcgi_kind {
    FCGI_KIND_PART,       /* good so far; more has to come */
    FCGI_KIND_PLAIN,      /* a request that libfcgi may read as it is */
    FCGI_KIND_ODD,        /* a complete request that has to be rewritten */
    FCGI_KIND_MANAGEMENT, /* one record that belongs to no request */
    FCGI_KIND_BAD         /* against the protocol or a limit */
};

struct fcgi_scan {
    enum fcgi_kind kind;
    size_t used;  /* bytes of the request or record, unless PART or BAD */
    bool aborted; /* the peer gave the request up in its body */
};

/* Looks at the bytes from the start of a request. */
struct fcgi_scan fcgi_scan(const uint8_t *data, size_t len);
/* Adds the plain form of an ODD request, and what the peer has to be told (another request on the
 * same connection: refused). False: its parameters are bad, or out of memory. */
bool fcgi_rewrite(const uint8_t *data, size_t len, struct buffer *plain, struct buffer *answers);
/* Adds the answer to a MANAGEMENT record. False: the connection is to be closed after it. */
bool fcgi_answer(const uint8_t *data, size_t len, struct buffer *answers);

#endif

/* certificate: what a TLS certificate in a file says of itself. */
#ifndef LINK_CERTIFICATE_H
#define LINK_CERTIFICATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

struct certificate {
    int64_t from_s, until_s; /* good between these seconds of Unix time */
    bool names_host;
};

/* The first one of a PEM file, which is the server's own. `host`: a name or an address, matched as
 * browsers do (RFC 6125). NOT_FOUND: there is no such file; FORBIDDEN: it may not be read; INVALID:
 * it holds none; FAULT: another error, such as out of memory. */
enum status certificate_read(const char *path, const char *host, struct certificate *out);

#endif

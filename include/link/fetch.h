/* fetch: one HTTP GET of an operators' listener (libcurl). One thread. */
#ifndef LINK_FETCH_H
#define LINK_FETCH_H

#include "base/status.h"
#include "base/text.h"

/* `address` is "unix:/path", "/path", "folder/path" or "host:port". The body is added to `out`,
 * whose limit bounds it. UNAVAILABLE: no answer in time; NOT_FOUND: another status than 200, with
 * its body; INVALID: not such an address; FAULT: out of memory, or the body is too large.
 */
enum status fetch_text(const char *address, const char *path, int timeout_ms, struct buffer *out);

#endif

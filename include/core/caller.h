/* caller: a remote address as the prefixes that limits apply to.
 *
 * IPv4 (also ::ffff:a.b.c.d): /32 alone. IPv6: /64, /56, /48. */
#ifndef CORE_CALLER_H
#define CORE_CALLER_H

#include <stdint.h>

#include "base/text.h"

enum { CALLER_LEVELS = 3, CALLER_PREFIX_MAX = 9 };

struct caller_prefix {
    uint8_t bytes[CALLER_PREFIX_MAX]; /* length of the prefix in bits, then its bytes */
    size_t len;
};

struct caller {
    size_t count; /* 1 or 3, the narrowest first */
    struct caller_prefix levels[CALLER_LEVELS];
};

/* False: not an address in text form. */
bool caller_parse(struct text remote_addr, struct caller *out);

#endif

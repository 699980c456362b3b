/* addresses: the file of addresses that a person's request is about. */
#ifndef CTL_ADDRESSES_H
#define CTL_ADDRESSES_H

#include "core/address.h"
#include "ctl/context.h"

enum { ADDRESSES_MAX = 1000 };

struct addresses {
    struct address *items; /* in the context's arena */
    size_t count;
};

/* One a line; empty lines and `#` comments are passed over. Says what is wrong by the line's
 * number, never by what stands in it. */
enum outcome addresses_read(struct context *context, const char *path, struct addresses *out);
/* Their mailboxes' hashes, `count` of them, in the context's arena; NULL: out of memory. */
uint8_t (*addresses_mailboxes(struct context *context, const struct addresses *addresses,
                              const struct blind_keys *keys))[BLIND_SIZE];

#endif

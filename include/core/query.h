/* query: the part of a URL behind the `?`, strictly.
 *
 * Each name at most once and only from the given list; percent-decoded once into the arena; a bad
 * escape, a control or a byte outside ASCII after decoding, an unknown or repeated name, an empty
 * name: INVALID. `+` stays a plus (RFC 3339 offsets). */
#ifndef CORE_QUERY_H
#define CORE_QUERY_H

#include "base/arena.h"
#include "base/status.h"
#include "base/text.h"

struct query_item {
    const char *name;
    struct text *value; /* set when given; else left as it is */
};

enum status query_parse(struct text query, struct arena *arena, const struct query_item *items,
                        size_t count);

#endif

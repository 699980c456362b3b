/* query: the parts of a request's target, strictly.
 *
 * Behind the `?`: each name at most once and only from the given list; percent-decoded once into
 * the arena; a bad escape, a control or a byte outside ASCII after decoding, an unknown or repeated
 * name, an empty name: INVALID. `+` stays a plus (RFC 3339 offsets). */
#ifndef CORE_QUERY_H
#define CORE_QUERY_H

#include "base/arena.h"
#include "base/status.h"
#include "base/text.h"

struct query_item {
    const char *name;
    struct text *value; /* set when given; else left as it is */
};

/* The path with each escape of a letter, a digit, `-`, `_` or `~` decoded, once: RFC 3986 (6.2.2.2)
 * calls both spellings equal. Any other escape stays, and so its `%`, which no route has: `%2e%2e`
 * is no way up, `%2f` cuts nothing, `%2564` is not decoded twice. In the arena where something was
 * decoded; else the same bytes. FAULT: no room. */
enum status query_path(struct text path, struct arena *arena, struct text *out);
enum status query_parse(struct text query, struct arena *arena, const struct query_item *items,
                        size_t count);

#endif

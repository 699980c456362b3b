/* shape: checks a JSON value against a const description of it, and gives it back made canonical:
 * words trimmed, defaults filled in, members in the order of the description. Every fault at once.
 */
#ifndef CORE_SHAPE_H
#define CORE_SHAPE_H

#include "core/json.h"
#include "core/problem.h"

enum shape_kind {
    SHAPE_LINE,    /* one line of words; `max` characters */
    SHAPE_LINES,   /* the same with line breaks */
    SHAPE_FORMAT,  /* a string that `format` says yes to; `max` bytes */
    SHAPE_WORD,    /* one of `words` */
    SHAPE_TIME,    /* RFC 3339; comes out in UTC */
    SHAPE_INTEGER, /* from `least` to `most` */
    SHAPE_BOOLEAN,
    SHAPE_LIST,   /* of `item`; `max` of them; no string twice */
    SHAPE_OBJECT, /* of `members` */
    SHAPE_MAP     /* names that `format` says yes to, with an `item` each; `max` of them */
};

struct shape {
    enum shape_kind kind;
    size_t max;
    int64_t least, most;
    bool (*format)(struct text text);
    const char *const *words; /* ended by NULL */
    const struct shape *item;
    const struct shape_member *members;
    size_t count;
};

struct shape_member {
    const char *name;
    const struct shape *shape;
    bool required;        /* else nothing, null or "" gives the fallback */
    bool dropped;         /* checked, but not given back */
    const char *fallback; /* JSON; NULL: null */
};

struct shape_check {
    struct arena *arena;
    struct problems *problems;
};

/* NULL when something is wrong with it; `problems` says what. Call inside a scope of core/json. */
json_t *shape_check(struct shape_check *check, const struct shape *shape, json_t *value,
                    struct text pointer);
/* Of a file that is in several languages: its member `translations` may not hold its `language`. */
void shape_check_translations(struct shape_check *check, const json_t *object);
struct text shape_string(const json_t *value);

#endif

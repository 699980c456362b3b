#include "core/json.h"

#include <stdlib.h>
#include <string.h>

static _Thread_local struct arena *scope;

static void *scoped_malloc(size_t size) {
    return scope ? arena_alloc(scope, size) : malloc(size);
}

/* A value from before the scope may be let go inside it. */
static void scoped_free(void *pointer) {
    if (!scope || !arena_owns(scope, pointer)) {
        free(pointer);
    }
}

void json_start(void) {
    json_set_alloc_funcs(scoped_malloc, scoped_free);
    json_object_seed(0);
}

void json_scope_enter(struct arena *arena) {
    scope = arena;
}

void json_scope_leave(void) {
    scope = NULL;
}

/* jansson refuses an escaped NUL by itself, in a value and in a name; a raw one is looked for here,
 * since some of its versions stop reading at one. */
json_t *json_read_object(struct text body) {
    if (!body.data || memchr(body.data, '\0', body.len)) {
        return NULL;
    }
    json_error_t error;
    json_t *value = json_loadb(body.data, body.len, JSON_REJECT_DUPLICATES, &error);
    if (value && !json_is_object(value)) {
        json_decref(value);
        return NULL;
    }
    return value;
}

/* Nothing but a string can hold one of these, so the finished text can be changed. */
static size_t inert(const char *from, size_t len, const char **to) {
    switch (from[0]) {
    case '<':
        *to = "\\u003c";
        return 1;
    case '>':
        *to = "\\u003e";
        return 1;
    case '&':
        *to = "\\u0026";
        return 1;
    default:
        break;
    }
    if (len >= 3 && memcmp(from, "\xE2\x80", 2) == 0 && (from[2] == '\xA8' || from[2] == '\xA9')) {
        *to = from[2] == '\xA8' ? "\\u2028" : "\\u2029";
        return 3;
    }
    return 0;
}

static void add_inert(struct buffer *out, const char *data, size_t len) {
    size_t start = 0, at = 0;
    while (at < len) {
        const char *escape = NULL;
        size_t used = inert(data + at, len - at, &escape);
        if (used == 0) {
            at++;
            continue;
        }
        buffer_add(out, data + start, at - start);
        buffer_add_string(out, escape);
        at += used;
        start = at;
    }
    buffer_add(out, data + start, len - start);
}

/* jansson hands over whole characters. */
static int write_piece(const char *data, size_t len, void *context) {
    add_inert(context, data, len);
    return 0;
}

void json_write(const json_t *value, struct buffer *out) {
    if (json_dump_callback(value, write_piece, out, JSON_COMPACT | JSON_ENCODE_ANY) != 0) {
        buffer_reset(out);
        out->failed = true;
    }
}

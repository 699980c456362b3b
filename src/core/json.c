#include "core/json.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

static _Thread_local struct arena *scope;

/* Where a parser that is out of memory goes; NULL outside of one. jansson 2.14 does not look
 * whether its buffer could grow, and reads on behind its end. In a scope nothing is lost by leaving
 * it where it stands, since all its memory is the arena's. */
static _Thread_local jmp_buf *out_of_memory;

static void *scoped_malloc(size_t size) {
    void *pointer = scope ? arena_alloc(scope, size) : malloc(size);
    if (!pointer && out_of_memory) {
        longjmp(*out_of_memory, 1);
    }
    return pointer;
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

static json_t *load(struct text body) {
    json_error_t error;
    return json_loadb(body.data, body.len, JSON_REJECT_DUPLICATES, &error);
}

static json_t *load_in_scope(struct text body) {
    jmp_buf here;
    if (setjmp(here) != 0) {
        out_of_memory = NULL;
        return NULL;
    }
    out_of_memory = &here;
    json_t *value = load(body);
    out_of_memory = NULL;
    return value;
}

/* jansson refuses an escaped NUL by itself, in a value and in a name; a raw one is looked for here,
 * since some of its versions stop reading at one. */
json_t *json_read_object(struct text body) {
    if (!body.data || memchr(body.data, '\0', body.len)) {
        return NULL;
    }
    json_t *value = scope ? load_in_scope(body) : load(body);
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

enum status json_store(const json_t *value, size_t limit, struct arena *arena, struct text *out) {
    struct buffer buffer;
    buffer_init(&buffer, limit);
    json_write(value, &buffer);
    struct text copy = arena_copy(arena, buffer_text(&buffer));
    buffer_done(&buffer);
    if (!copy.data || arena_failed(arena)) {
        return ST_FAULT;
    }
    *out = copy;
    return ST_OK;
}

json_t *json_time(int64_t unix_ms) {
    char text[CLOCK_TEXT_SIZE];
    clock_format(text, unix_ms);
    return json_string(text);
}

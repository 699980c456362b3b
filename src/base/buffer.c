#include "base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAP = 256 };

void buffer_init(struct buffer *buffer, size_t limit) {
    *buffer = (struct buffer){.limit = limit};
}

void buffer_done(struct buffer *buffer) {
    buffer_reset(buffer);
    free(buffer->data);
    buffer_init(buffer, buffer->limit);
}

void buffer_reset(struct buffer *buffer) {
    if (buffer->data) {
        explicit_bzero(buffer->data, buffer->len);
    }
    buffer->len = 0;
    buffer->failed = false;
}

static void fail(struct buffer *buffer) {
    buffer_reset(buffer);
    buffer->failed = true;
}

/* Not realloc: it would leave a copy behind that nobody wipes. */
static bool grow(struct buffer *buffer, size_t need) {
    size_t cap = buffer->cap ? buffer->cap : FIRST_CAP;
    while (cap < need) {
        cap = cap > SIZE_MAX / 2 ? need : cap * 2;
    }
    char *data = malloc(cap);
    if (!data) {
        return false;
    }
    if (buffer->data) {
        memcpy(data, buffer->data, buffer->len);
        explicit_bzero(buffer->data, buffer->len);
        free(buffer->data);
    }
    buffer->data = data;
    buffer->cap = cap;
    return true;
}

/* Room for `len` more bytes and a NUL. */
static bool reserve(struct buffer *buffer, size_t len) {
    if (buffer->failed) {
        return false;
    }
    if (len > buffer->limit - buffer->len || len >= SIZE_MAX - buffer->len ||
        (buffer->len + len >= buffer->cap && !grow(buffer, buffer->len + len + 1))) {
        fail(buffer);
        return false;
    }
    return true;
}

void buffer_add(struct buffer *buffer, const void *data, size_t len) {
    if (len > 0 && reserve(buffer, len)) {
        memcpy(buffer->data + buffer->len, data, len);
        buffer->len += len;
        buffer->data[buffer->len] = '\0';
    }
}

void buffer_add_text(struct buffer *buffer, struct text text) {
    buffer_add(buffer, text.data, text.len);
}

void buffer_add_string(struct buffer *buffer, const char *string) {
    buffer_add(buffer, string, strlen(string));
}

__attribute__((format(printf, 2, 0))) static void print(struct buffer *buffer, const char *format,
                                                        va_list args) {
    va_list again;
    va_copy(again, args);
    char *end = buffer->data ? buffer->data + buffer->len : NULL;
    size_t room = buffer->cap - buffer->len;
    int len = vsnprintf(end, room, format, args);
    if (len < 0) {
        fail(buffer);
    } else if ((size_t)len < room) {
        buffer->len += reserve(buffer, (size_t)len) ? (size_t)len : 0;
    } else {
        if (end) {
            explicit_bzero(end, room); /* the cut text */
        }
        if (reserve(buffer, (size_t)len)) {
            vsnprintf(buffer->data + buffer->len, (size_t)len + 1, format, again);
            buffer->len += (size_t)len;
        }
    }
    va_end(again);
}

void buffer_printf(struct buffer *buffer, const char *format, ...) {
    if (buffer->failed) {
        return;
    }
    va_list args;
    va_start(args, format);
    print(buffer, format, args);
    va_end(args);
}

struct text buffer_text(const struct buffer *buffer) {
    if (buffer->failed) {
        return (struct text){NULL, 0};
    }
    return buffer->len > 0 ? text_span(buffer->data, buffer->len) : text_of("");
}

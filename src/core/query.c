#include "core/query.h"

#include <string.h>

enum { ITEMS_MAX = 16 };

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool printable(int byte) {
    return byte >= 0x20 && byte < 0x7F;
}

/* The byte at the start of *rest, decoded and cut off; -1: a bad escape, or nothing that may stand
 * in a value. */
static int take_byte(struct text *rest) {
    int byte = (unsigned char)rest->data[0];
    size_t used = 1;
    if (byte == '%') {
        int high = rest->len >= 3 ? hex_digit(rest->data[1]) : -1;
        int low = rest->len >= 3 ? hex_digit(rest->data[2]) : -1;
        byte = high < 0 || low < 0 ? -1 : high * 16 + low;
        used = 3;
    } else if (byte == ' ') {
        return -1; /* only an escape may bring one */
    }
    if (!printable(byte)) {
        return -1;
    }
    rest->data += used;
    rest->len -= used;
    return byte;
}

static enum status decode(struct text raw, struct arena *arena, struct text *out) {
    char *data = arena_alloc(arena, raw.len + 1);
    if (!data) {
        return ST_FAULT;
    }
    size_t len = 0;
    while (raw.len > 0) {
        int byte = take_byte(&raw);
        if (byte < 0) {
            return ST_INVALID;
        }
        data[len++] = (char)byte;
    }
    *out = text_span(data, len);
    return ST_OK;
}

static bool is_unreserved(int byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '-' || byte == '_' || byte == '~';
}

enum status query_path(struct text path, struct arena *arena, struct text *out) {
    *out = path;
    if (!path.data || !memchr(path.data, '%', path.len)) {
        return ST_OK;
    }
    char *data = arena_alloc(arena, path.len);
    if (!data) {
        return ST_FAULT;
    }
    size_t len = 0;
    while (path.len > 0) {
        struct text rest = path;
        int byte = take_byte(&rest);
        if (!is_unreserved(byte)) {
            byte = (unsigned char)path.data[0];
            rest = text_span(path.data + 1, path.len - 1);
        }
        data[len++] = (char)byte;
        path = rest;
    }
    *out = text_span(data, len);
    return ST_OK;
}

static bool find(const struct query_item *items, size_t count, struct text name, size_t *index) {
    for (size_t i = 0; i < count; i++) {
        if (text_is(name, items[i].name)) {
            *index = i;
            return true;
        }
    }
    return false;
}

static enum status take_pair(struct text pair, struct arena *arena, const struct query_item *items,
                             size_t count, struct text *values) {
    struct text value = pair;
    struct text name = text_cut(&value, '=');
    size_t index;
    if (!value.data || !find(items, count, name, &index) || values[index].data) {
        return ST_INVALID;
    }
    return decode(value, arena, &values[index]);
}

enum status query_parse(struct text query, struct arena *arena, const struct query_item *items,
                        size_t count) {
    struct text values[ITEMS_MAX] = {{NULL, 0}};
    enum status status = count <= ITEMS_MAX ? ST_OK : ST_FAULT;
    struct text rest = query.len > 0 ? query : text_of(NULL);
    while (rest.data && status == ST_OK) {
        status = take_pair(text_cut(&rest, '&'), arena, items, count, values);
    }
    for (size_t i = 0; i < count && status == ST_OK; i++) {
        if (values[i].data) {
            *items[i].value = values[i];
        }
    }
    return status;
}

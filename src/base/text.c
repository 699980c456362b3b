#include "base/text.h"

#include <limits.h>
#include <string.h>

struct text text_of(const char *string) {
    return (struct text){string, string ? strlen(string) : 0};
}

struct text text_span(const char *data, size_t len) {
    return (struct text){data, len};
}

bool text_equal(struct text a, struct text b) {
    if (!a.data || !b.data) {
        return !a.data && !b.data;
    }
    return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

bool text_store(struct text text, char *out, size_t size) {
    if (!text.data || text.len >= size) {
        return false;
    }
    memcpy(out, text.data, text.len);
    out[text.len] = '\0';
    return true;
}

bool text_is(struct text a, const char *string) {
    return text_equal(a, text_of(string));
}

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool text_equal_ignoring_case(struct text a, struct text b) {
    if (!a.data || !b.data || a.len != b.len) {
        return !a.data && !b.data;
    }
    for (size_t i = 0; i < a.len; i++) {
        if (lower(a.data[i]) != lower(b.data[i])) {
            return false;
        }
    }
    return true;
}

bool text_is_ignoring_case(struct text a, const char *string) {
    return text_equal_ignoring_case(a, text_of(string));
}

bool text_starts(struct text a, const char *prefix) {
    size_t len = strlen(prefix);
    return a.data && a.len >= len && memcmp(a.data, prefix, len) == 0;
}

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

struct text text_trim(struct text a) {
    while (a.len > 0 && is_space(a.data[a.len - 1])) {
        a.len--;
    }
    while (a.len > 0 && is_space(a.data[0])) {
        a.data++;
        a.len--;
    }
    return a;
}

struct text text_cut(struct text *rest, char separator) {
    struct text part = *rest;
    const char *at = part.len > 0 ? memchr(part.data, separator, part.len) : NULL;
    if (!at) {
        *rest = (struct text){NULL, 0};
        return part;
    }
    part.len = (size_t)(at - part.data);
    rest->data += part.len + 1;
    rest->len -= part.len + 1;
    return part;
}

bool text_to_u64(struct text a, unsigned long long *out) {
    unsigned long long value = 0;
    for (size_t i = 0; i < a.len; i++) {
        if (a.data[i] < '0' || a.data[i] > '9') {
            return false;
        }
        unsigned digit = (unsigned)(a.data[i] - '0');
        if (value > (ULLONG_MAX - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    if (a.len == 0) {
        return false;
    }
    *out = value;
    return true;
}

bool text_next_line(struct text *rest, struct text *line, size_t *number) {
    while (rest->data) {
        struct text next = text_trim(text_cut(rest, '\n'));
        ++*number;
        if (next.len > 0 && next.data[0] != '#') {
            *line = next;
            return true;
        }
    }
    return false;
}

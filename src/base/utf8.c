#include "base/utf8.h"

#include <string.h>

struct form {
    size_t len;
    int32_t bits;  /* payload of the first byte */
    int32_t least; /* the least code point that needs so many bytes */
};

static bool form_of(uint8_t first, struct form *out) {
    if (first >= 0xC2 && first <= 0xDF) {
        *out = (struct form){2, first & 0x1F, 0x80};
    } else if ((first & 0xF0) == 0xE0) {
        *out = (struct form){3, first & 0x0F, 0x800};
    } else if (first >= 0xF0 && first <= 0xF4) {
        *out = (struct form){4, first & 0x07, 0x10000};
    } else {
        return false;
    }
    return true;
}

static int32_t decode(struct text rest, size_t *used) {
    struct form form;
    *used = 1;
    if (!form_of((uint8_t)rest.data[0], &form) || rest.len < form.len) {
        return UTF8_BAD;
    }
    int32_t point = form.bits;
    for (size_t i = 1; i < form.len; i++) {
        uint8_t byte = (uint8_t)rest.data[i];
        if ((byte & 0xC0) != 0x80) {
            return UTF8_BAD;
        }
        point = (point << 6) | (byte & 0x3F);
    }
    if (point < form.least || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) {
        return UTF8_BAD;
    }
    *used = form.len;
    return point;
}

int32_t utf8_next(struct text *rest) {
    if (rest->len == 0) {
        return UTF8_END;
    }
    size_t used = 1;
    int32_t point = (uint8_t)rest->data[0];
    if (point >= 0x80) {
        point = decode(*rest, &used);
    }
    rest->data += used;
    rest->len -= used;
    return point;
}

/* Eight bytes at a time, since nearly all text is ASCII. */
static void skip_ascii(struct text *rest) {
    while (rest->len >= 8) {
        uint64_t word;
        memcpy(&word, rest->data, sizeof word);
        if ((word & UINT64_C(0x8080808080808080)) != 0) {
            return;
        }
        rest->data += 8;
        rest->len -= 8;
    }
}

bool utf8_valid(struct text text) {
    int32_t point = 0;
    while (point >= 0) {
        skip_ascii(&text);
        point = utf8_next(&text);
    }
    return point == UTF8_END;
}

struct text utf8_cut(struct text text, size_t most) {
    struct text rest = text;
    size_t len = 0;
    while (rest.len > 0) {
        utf8_next(&rest);
        if (text.len - rest.len > most) {
            break;
        }
        len = text.len - rest.len;
    }
    return text_span(text.data, len);
}

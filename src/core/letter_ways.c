/* Handing a petition on from a letter, by the ways and addresses of the page (share.js there).
 * Nothing is asked of those hosts before somebody follows a link. */
#include <string.h>

#include "base/utf8.h"
#include "core/oneline.h"
#include "letter_private.h"

enum { TITLE_MAX = 300, LINE_MAX_BYTES = 4096 };

/* %t: the title, %u: the page, both as a part of an address. */
static const struct {
    const char *name, *address;
} ways[LETTER_WAYS] = {
    {"facebook", "https://www.facebook.com/sharer/sharer.php?u=%u"},
    {"x", "https://x.com/intent/post?text=%t&url=%u"},
    {"whatsapp", "https://wa.me/?text=%t%20%u"},
    {"email", "mailto:?subject=%t&body=%t%0D%0A%u"},
};

const char *letter_way_name(int way) {
    return ways[way].name;
}

bool letter_link_known(struct text word) {
    bool known = text_is(word, "sign") || text_is(word, "share");
    for (int way = 0; way < LETTER_WAYS; way++) {
        known = known || text_is(word, ways[way].name);
    }
    return known;
}

static void add_encoded(struct buffer *out, struct text text) {
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] != '\0' && strchr(plain, text.data[i])) {
            buffer_add(out, &text.data[i], 1);
        } else {
            buffer_printf(out, "%%%02X", (unsigned)(unsigned char)text.data[i]);
        }
    }
}

static void fill_in(struct buffer *out, const char *address, struct text title, struct text page) {
    for (; *address; address++) {
        bool value = address[0] == '%' && (address[1] == 't' || address[1] == 'u');
        if (value) {
            add_encoded(out, *++address == 't' ? title : page);
        } else {
            buffer_add(out, address, 1);
        }
    }
}

bool letter_way_url(int way, struct text title, struct text page, char out[LETTER_WAY_MAX]) {
    struct buffer line, url;
    buffer_init(&line, LINE_MAX_BYTES);
    buffer_init(&url, LETTER_WAY_MAX - 1);
    oneline_add(&line, title, ONELINE_MAX);
    fill_in(&url, ways[way].address, utf8_cut(buffer_text(&line), TITLE_MAX), page);
    bool fits = !line.failed && !url.failed && text_store(buffer_text(&url), out, LETTER_WAY_MAX);
    buffer_done(&line);
    buffer_done(&url);
    return fits;
}

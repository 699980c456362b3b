#include "words_url.h"

#include <string.h>

static const char *const schemes[] = {"http", "https",      "ftp",      "file",
                                      "data", "javascript", "vbscript", "mailto"};

/* Not the two-letter ones: "Ma.de Lourdes" is a name. */
static const char *const endings[] = {
    "com",  "net",  "org",  "edu",   "gov",     "info",  "biz",   "xyz",  "online", "site",
    "shop", "club", "link", "click", "website", "store", "cloud", "page", "app",    "dev",
};

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A letter or digit; every byte of a character outside ASCII counts. */
static bool is_word(char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
}

static char byte_at(struct text text, size_t at) {
    return at < text.len ? text.data[at] : '\0';
}

static bool listed(struct text word, const char *const *list, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (text_is_ignoring_case(word, list[i])) {
            return true;
        }
    }
    return false;
}

/* The word that ends before `at`. */
static struct text word_before(struct text text, size_t at) {
    size_t start = at;
    while (start > 0 && is_word(text.data[start - 1])) {
        start--;
    }
    return text_span(text.data + start, at - start);
}

static bool url_at_colon(struct text text, size_t colon) {
    char next = byte_at(text, colon + 1);
    if (next == '/' && byte_at(text, colon + 2) == '/') {
        return true;
    }
    return next != '\0' && next != ' ' &&
           listed(word_before(text, colon), schemes, sizeof schemes / sizeof schemes[0]);
}

static bool url_at_dot(struct text text, size_t dot) {
    if (dot == 0 || !is_word(text.data[dot - 1])) {
        return false;
    }
    if (text_is_ignoring_case(word_before(text, dot), "www") && is_word(byte_at(text, dot + 1))) {
        return true;
    }
    size_t end = dot + 1;
    while (is_letter(byte_at(text, end))) {
        end++;
    }
    struct text word = text_span(text.data + dot + 1, end - dot - 1);
    char next = byte_at(text, end);
    if (word.len >= 2 && next == '/') {
        return true;
    }
    bool goes_on = is_word(next) || next == '-' || next == '_' ||
                   (next == '.' && is_word(byte_at(text, end + 1)));
    return !goes_on && listed(word, endings, sizeof endings / sizeof endings[0]);
}

bool words_has_url(struct text text) {
    for (size_t i = 0; i < text.len; i++) {
        if ((text.data[i] == ':' && url_at_colon(text, i)) ||
            (text.data[i] == '.' && url_at_dot(text, i))) {
            return true;
        }
    }
    return false;
}

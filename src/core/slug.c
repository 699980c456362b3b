#include "core/slug.h"

bool slug_valid(struct text slug) {
    if (slug.len < 1 || slug.len > SLUG_MAX) {
        return false;
    }
    bool after_word = false; /* the byte before was a letter or a digit */
    for (size_t i = 0; i < slug.len; i++) {
        char c = slug.data[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!word && !(c == '-' && after_word)) {
            return false;
        }
        after_word = word;
    }
    return after_word;
}

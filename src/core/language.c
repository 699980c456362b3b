#include "core/language.h"

enum { SUBTAG_MAX = 8 };

const char *const language_shipped[LANGUAGES_SHIPPED] = {"en", "es", "fr", "de", "ar", "he"};

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool subtag_valid(struct text subtag, bool first) {
    for (size_t i = 0; i < subtag.len; i++) {
        bool digit = subtag.data[i] >= '0' && subtag.data[i] <= '9';
        if (!is_letter(subtag.data[i]) && (first || !digit)) {
            return false;
        }
    }
    return subtag.len >= (first ? 2u : 1u) && subtag.len <= SUBTAG_MAX;
}

bool language_tag_valid(struct text tag) {
    struct text subtag = {NULL, 0};
    if (tag.len == 0 || tag.len > LANGUAGE_MAX) {
        return false;
    }
    for (bool first = true; tag.data; first = false) {
        subtag = text_cut(&tag, '-');
        if (!subtag_valid(subtag, first)) {
            return false;
        }
    }
    return subtag.len > 1;
}

bool language_is_right_to_left(struct text tag) {
    static const char *const tongues[] = {"ar", "ckb", "dv", "fa", "he",
                                          "ps", "sd",  "ug", "ur", "yi"};
    struct text main = text_cut(&tag, '-');
    for (size_t i = 0; i < sizeof tongues / sizeof tongues[0]; i++) {
        if (text_is_ignoring_case(main, tongues[i])) {
            return true;
        }
    }
    return false;
}

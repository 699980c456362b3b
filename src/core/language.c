#include "core/language.h"

#include <stdint.h>

enum { SUBTAG_MAX = 8 };

const char *const language_shipped[LANGUAGES_SHIPPED] = {"en", "es", "fr", "de", "ar", "he"};

/* How far a tag has come (RFC 5646, 2.1). Each may come but once, in this order, but for variants
 * and extensions. */
enum stage {
    STAGE_START,
    STAGE_LANGUAGE, /* of two or three letters: up to three extended ones may follow */
    STAGE_EXTENDED_1,
    STAGE_EXTENDED_2,
    STAGE_EXTENDED_3, /* or a language of four to eight letters */
    STAGE_SCRIPT,
    STAGE_REGION,
    STAGE_VARIANT,
    STAGE_SINGLETON, /* something must follow */
    STAGE_EXTENSION,
    STAGE_X, /* something must follow */
    STAGE_PRIVATE,
    STAGE_BAD
};

/* Registered before there was a grammar, and not in it. */
static const char *const irregular[] = {
    "en-GB-oed", "i-ami", "i-bnn",     "i-default", "i-enochian", "i-hak",
    "i-klingon", "i-lux", "i-mingo",   "i-navajo",  "i-pwn",      "i-tao",
    "i-tay",     "i-tsu", "sgn-BE-FR", "sgn-BE-NL", "sgn-CH-DE",
};

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static size_t count_of(struct text subtag, bool is(char c)) {
    size_t count = 0;
    for (size_t i = 0; i < subtag.len; i++) {
        count += is(subtag.data[i]);
    }
    return count;
}

static enum stage first_stage(struct text subtag, bool letters) {
    if (text_is_ignoring_case(subtag, "x")) {
        return STAGE_X;
    }
    if (!letters || subtag.len < 2) {
        return STAGE_BAD;
    }
    return subtag.len <= 3 ? STAGE_LANGUAGE : STAGE_EXTENDED_3;
}

static enum stage main_stage(enum stage stage, struct text subtag, size_t letters) {
    bool only_letters = letters == subtag.len;
    if (stage < STAGE_EXTENDED_3 && only_letters && subtag.len == 3) {
        return stage + 1;
    }
    if (stage < STAGE_SCRIPT && only_letters && subtag.len == 4) {
        return STAGE_SCRIPT;
    }
    if (stage < STAGE_REGION &&
        ((only_letters && subtag.len == 2) || (letters == 0 && subtag.len == 3))) {
        return STAGE_REGION;
    }
    if (stage <= STAGE_VARIANT &&
        (subtag.len >= 5 || (subtag.len == 4 && is_digit(subtag.data[0])))) {
        return STAGE_VARIANT;
    }
    return STAGE_BAD;
}

static enum stage next_stage(enum stage stage, struct text subtag) {
    size_t letters = count_of(subtag, is_letter);
    if (subtag.len == 0 || subtag.len > SUBTAG_MAX ||
        letters + count_of(subtag, is_digit) != subtag.len) {
        return STAGE_BAD;
    }
    if (stage == STAGE_START) {
        return first_stage(subtag, letters == subtag.len);
    }
    if (stage == STAGE_X || stage == STAGE_PRIVATE) {
        return STAGE_PRIVATE;
    }
    if (subtag.len == 1) {
        bool x = text_is_ignoring_case(subtag, "x");
        return stage == STAGE_SINGLETON ? STAGE_BAD : x ? STAGE_X : STAGE_SINGLETON;
    }
    if (stage == STAGE_SINGLETON || stage == STAGE_EXTENSION) {
        return STAGE_EXTENSION;
    }
    return main_stage(stage, subtag, letters);
}

/* A letter or digit begins one extension at most. */
static bool is_new(uint64_t *seen, char singleton) {
    uint64_t bit =
        UINT64_C(1) << (is_digit(singleton) ? singleton - '0' : 10 + ((singleton | 0x20) - 'a'));
    bool fresh = (*seen & bit) == 0;
    *seen |= bit;
    return fresh;
}

bool language_tag_valid(struct text tag) {
    enum stage stage = STAGE_START;
    uint64_t seen = 0;
    if (tag.len == 0 || tag.len > LANGUAGE_MAX) {
        return false;
    }
    for (size_t i = 0; i < sizeof irregular / sizeof irregular[0]; i++) {
        if (text_is_ignoring_case(tag, irregular[i])) {
            return true;
        }
    }
    while (tag.data && stage != STAGE_BAD) {
        struct text subtag = text_cut(&tag, '-');
        stage = next_stage(stage, subtag);
        if (stage == STAGE_SINGLETON && !is_new(&seen, subtag.data[0])) {
            return false;
        }
    }
    return stage != STAGE_BAD && stage != STAGE_SINGLETON && stage != STAGE_X;
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

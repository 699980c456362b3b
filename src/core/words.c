#include "core/words.h"

#include <unictype.h>

#include "base/utf8.h"
#include "words_url.h"

enum { MARKS_MAX = 4, TAGS_MAX = 6, BYTES_PER_CHARACTER = 4 };

enum { ZWNJ = 0x200C, ZWJ = 0x200D, BRAILLE_BLANK = 0x2800, BLACK_FLAG = 0x1F3F4 };
enum { TAG_FIRST = 0xE0020, TAG_END = 0xE007F };

enum kind {
    KIND_SPACE,
    KIND_LINE,      /* \n, \r and tab: fine in a comment */
    KIND_LETTER,    /* with spacing marks */
    KIND_SYMBOL,    /* with emoji */
    KIND_OTHER,     /* digits, punctuation, what Unicode has not named yet */
    KIND_MARK,      /* sits on the character before it */
    KIND_SELECTOR,  /* changes the look of the character before it */
    KIND_JOINER,    /* ZWJ, ZWNJ */
    KIND_TAG,       /* spells the flag of a region behind a black flag */
    KIND_INVISIBLE, /* refused; counts as nothing */
    KIND_BAD        /* refused */
};

static enum kind ascii_kind(int32_t point) {
    if ((point >= 'a' && point <= 'z') || (point >= 'A' && point <= 'Z')) {
        return KIND_LETTER;
    }
    if (point == '\n' || point == '\r' || point == '\t') {
        return KIND_LINE;
    }
    if (point == ' ') {
        return KIND_SPACE;
    }
    return point < ' ' || point == 0x7F ? KIND_BAD : KIND_OTHER;
}

static bool between(int32_t point, int32_t first, int32_t last) {
    return point >= first && point <= last;
}

static bool is_selector(int32_t point) {
    return between(point, 0xFE00, 0xFE0F) || between(point, 0xE0100, 0xE01EF) ||
           between(point, 0x180B, 0x180D) || point == 0x180F;
}

static enum kind category_kind(ucs4_t point) {
    uint32_t category = uc_general_category(point).bitmask;
    if ((category & (UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_Mc)) != 0) {
        return KIND_LETTER;
    }
    if ((category & UC_CATEGORY_MASK_M) != 0) {
        return KIND_MARK;
    }
    if ((category & UC_CATEGORY_MASK_S) != 0) {
        return KIND_SYMBOL;
    }
    if ((category & UC_CATEGORY_MASK_Zs) != 0) {
        return KIND_SPACE;
    }
    uint32_t refused = UC_CATEGORY_MASK_Cc | UC_CATEGORY_MASK_Cs | UC_CATEGORY_MASK_Co |
                       UC_CATEGORY_MASK_Zl | UC_CATEGORY_MASK_Zp;
    return (category & refused) != 0 ? KIND_BAD : KIND_OTHER;
}

/* Default ignorable: zero-width spaces, bidi controls, fillers, the byte order mark and the like.
 */
static enum kind kind_of(int32_t point) {
    if (point < 0) {
        return KIND_BAD;
    }
    if (point < 0x80) {
        return ascii_kind(point);
    }
    ucs4_t code = (ucs4_t)point;
    if (point == ZWJ || point == ZWNJ) {
        return KIND_JOINER;
    }
    if (is_selector(point)) {
        return KIND_SELECTOR;
    }
    if (between(point, TAG_FIRST, TAG_END)) {
        return KIND_TAG;
    }
    if (uc_is_property_default_ignorable_code_point(code)) {
        return KIND_INVISIBLE;
    }
    if (uc_is_property_not_a_character(code) || between(point, 0xFFF9, 0xFFFB)) {
        return KIND_BAD;
    }
    return category_kind(code);
}

/* What has been seen so far of one text. */
struct scan {
    bool lines;
    enum kind last;
    int32_t last_point;
    size_t characters, marks, tags;
    bool visible, refused;
};

static bool shows(enum kind kind, int32_t point) {
    return (kind == KIND_LETTER || kind == KIND_SYMBOL || kind == KIND_OTHER || kind == KIND_BAD) &&
           point != BRAILLE_BLANK;
}

/* Behind a letter only where the script knows it: letters that join, as Arabic ones do, and signs
 * that take a vowel away. Between others it is just not seen. */
static bool joins(enum kind kind, int32_t point) {
    if (kind == KIND_LETTER) {
        return uc_joining_type((ucs4_t)point) != UC_JOINING_TYPE_U ||
               uc_combining_class((ucs4_t)point) == UC_CCC_VR;
    }
    return kind == KIND_SYMBOL || kind == KIND_MARK || kind == KIND_SELECTOR;
}

static bool tag_fits(struct scan *scan, int32_t point) {
    if (scan->last == KIND_TAG && scan->last_point != TAG_END) {
        scan->tags++;
    } else if (scan->last_point == BLACK_FLAG) {
        scan->tags = 1;
    } else {
        return false;
    }
    return scan->tags <= TAGS_MAX || point == TAG_END;
}

/* Whether a character of this kind may stand behind the one before it. */
static bool fits(struct scan *scan, enum kind kind, int32_t point) {
    if (scan->last == KIND_JOINER && kind != KIND_LETTER && kind != KIND_SYMBOL) {
        return false;
    }
    if (scan->last == KIND_TAG && scan->last_point != TAG_END && kind != KIND_TAG) {
        return false;
    }
    if (scan->last_point == '\r' && point != '\n') {
        return false;
    }
    switch (kind) {
    case KIND_LINE:
        return scan->lines;
    case KIND_JOINER:
        return joins(scan->last, scan->last_point);
    case KIND_SELECTOR:
        return scan->last != KIND_SPACE && scan->last != KIND_LINE && scan->last != KIND_SELECTOR;
    case KIND_MARK:
        return ++scan->marks <= MARKS_MAX;
    case KIND_TAG:
        return tag_fits(scan, point);
    case KIND_SPACE:
    case KIND_LETTER:
    case KIND_SYMBOL:
    case KIND_OTHER:
        scan->marks = 0;
        return true;
    case KIND_INVISIBLE:
    case KIND_BAD:
        break;
    }
    return false;
}

/* The start and the end behave like a space. */
static struct scan scan_text(struct text text, bool lines) {
    struct scan scan = {.lines = lines, .last = KIND_SPACE, .last_point = ' '};
    while (text.len > 0) {
        int32_t point = utf8_next(&text);
        enum kind kind = kind_of(point);
        scan.refused |= !fits(&scan, kind, point);
        scan.visible |= shows(kind, point);
        scan.last = kind;
        scan.last_point = point;
        scan.characters++;
    }
    scan.refused |= !fits(&scan, KIND_SPACE, ' ');
    return scan;
}

static bool is_blank(int32_t point, bool lines) {
    enum kind kind = kind_of(point);
    return kind == KIND_SPACE || (kind == KIND_LINE && lines);
}

/* The last character; its bytes stay in the text. */
static int32_t last_point(struct text text, size_t *len) {
    size_t back = 1;
    while (back < BYTES_PER_CHARACTER && back < text.len &&
           ((unsigned char)text.data[text.len - back] & 0xC0) == 0x80) {
        back++;
    }
    struct text tail = text_span(text.data + text.len - back, back);
    int32_t point = utf8_next(&tail);
    *len = back;
    return tail.len == 0 ? point : UTF8_BAD;
}

static struct text trim(struct text text, bool lines) {
    struct text rest = text;
    while (rest.len > 0 && is_blank(utf8_next(&rest), lines)) {
        text = rest;
    }
    size_t len;
    while (text.len > 0 && is_blank(last_point(text, &len), lines)) {
        text.len -= len;
    }
    return text;
}

bool words_check(struct text typed, const struct words_rule *rule, struct text *out,
                 enum field_problem *problem) {
    struct text text = trim(typed, rule->lines);
    if (text.len / BYTES_PER_CHARACTER > rule->max) {
        *problem = FIELD_TOO_LONG;
        return false;
    }
    struct scan scan = scan_text(text, rule->lines);
    if (!scan.visible) {
        *problem = FIELD_EMPTY;
    } else if (scan.characters > rule->max) {
        *problem = FIELD_TOO_LONG;
    } else if (scan.refused) {
        *problem = FIELD_CHARACTERS;
    } else if (!rule->urls && words_has_url(text)) {
        *problem = FIELD_URL;
    } else {
        *out = text;
        return true;
    }
    return false;
}

size_t words_characters(struct text text) {
    size_t count = 0;
    while (utf8_next(&text) != UTF8_END) {
        count++;
    }
    return count;
}

#include "core/oneline.h"

#include <unictype.h>

#include "base/utf8.h"

enum {
    ZWNJ = 0x200C,
    ZWJ = 0x200D,
    FSI = 0x2068,
    PDI = 0x2069,
    TAG_FIRST = 0xE0020,
    TAG_LAST = 0xE007F
};

enum kind { KIND_KEEP, KIND_SPACE, KIND_DROP, KIND_BAD };

/* What emoji and several scripts are written with, although it is not seen. */
static bool is_joining(int32_t point) {
    return point == ZWNJ || point == ZWJ || (point >= TAG_FIRST && point <= TAG_LAST) ||
           uc_is_property_variation_selector((ucs4_t)point);
}

static enum kind kind_of(int32_t point, bool made) {
    if (point < 0) {
        return KIND_BAD;
    }
    if (made && (point == FSI || point == PDI)) {
        return KIND_KEEP;
    }
    if (point > ' ' && point < 0x7F) {
        return KIND_KEEP;
    }
    ucs4_t code = (ucs4_t)point;
    uint32_t category = uc_general_category(code).bitmask;
    if ((category & (UC_CATEGORY_MASK_Cc | UC_CATEGORY_MASK_Z)) != 0) {
        return KIND_SPACE;
    }
    if (is_joining(point)) {
        return KIND_KEEP;
    }
    bool unseen = (category & UC_CATEGORY_MASK_Cf) != 0 || uc_is_property_not_a_character(code) ||
                  uc_is_property_default_ignorable_code_point(code);
    return unseen ? KIND_DROP : KIND_KEEP;
}

static void add(struct buffer *out, struct text typed, size_t max, bool made) {
    size_t count = 0;
    bool space = false;
    while (typed.len > 0) {
        const char *at = typed.data;
        enum kind kind = kind_of(utf8_next(&typed), made);
        if (kind == KIND_SPACE) {
            space = count > 0;
        }
        if (kind == KIND_SPACE || kind == KIND_DROP) {
            continue;
        }
        if (count++ == max) {
            buffer_add_string(out, "\xE2\x80\xA6");
            return;
        }
        if (space) {
            buffer_add_string(out, " ");
            space = false;
        }
        if (kind == KIND_BAD) {
            buffer_add_string(out, "\xEF\xBF\xBD");
        } else {
            buffer_add(out, at, (size_t)(typed.data - at));
        }
    }
}

void oneline_add(struct buffer *out, struct text typed, size_t max) {
    add(out, typed, max, false);
}

void oneline_add_made(struct buffer *out, struct text made, size_t max) {
    add(out, made, max, true);
}

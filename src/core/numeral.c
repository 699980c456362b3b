#include "core/numeral.h"

#include <inttypes.h>
#include <stdio.h>

enum { GROUP = 3 };

const char *const numeral_names[NUMERAL_FORMS] = {
    [NUMERAL_ZERO] = "zero", [NUMERAL_ONE] = "one",   [NUMERAL_TWO] = "two",
    [NUMERAL_FEW] = "few",   [NUMERAL_MANY] = "many", [NUMERAL_OTHER] = "other",
};

static enum numeral_form arabic(int64_t n) {
    int64_t rest = n % 100;
    if (n <= 2) {
        return n == 0 ? NUMERAL_ZERO : n == 1 ? NUMERAL_ONE : NUMERAL_TWO;
    }
    return rest >= 11 ? NUMERAL_MANY : rest >= 3 ? NUMERAL_FEW : NUMERAL_OTHER;
}

/* "1 000 000 de signatures" */
static bool is_millions(int64_t n) {
    return n > 0 && n % 1000000 == 0;
}

enum numeral_form numeral_choose(struct text language, int64_t n) {
    struct text main = text_cut(&language, '-');
    bool french = text_is_ignoring_case(main, "fr");
    if (text_is_ignoring_case(main, "ar")) {
        return arabic(n);
    }
    if (n == 1 || (n == 0 && french)) {
        return NUMERAL_ONE;
    }
    if (n == 2 && text_is_ignoring_case(main, "he")) {
        return NUMERAL_TWO;
    }
    bool counts_millions = french || text_is_ignoring_case(main, "es");
    return counts_millions && is_millions(n) ? NUMERAL_MANY : NUMERAL_OTHER;
}

void numeral_add(struct buffer *out, int64_t n, struct text first) {
    char digits[24];
    size_t len = (size_t)snprintf(digits, sizeof digits, "%" PRId64, n);
    size_t lead = 0;
    while (lead < first.len && first.data[lead] >= '0' && first.data[lead] <= '9') {
        lead++;
    }
    bool marked = first.len > lead + GROUP && len >= lead + GROUP;
    struct text mark =
        marked ? text_span(first.data + lead, first.len - lead - GROUP) : text_of("");
    for (size_t i = 0; i < len; i++) {
        if (i > 0 && (len - i) % GROUP == 0) {
            buffer_add_text(out, mark);
        }
        buffer_add(out, &digits[i], 1);
    }
}

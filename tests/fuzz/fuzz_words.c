/* Any bytes as a name or a comment: what is taken is valid, trimmed, and taken again. */
#include <stdint.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "core/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool condition) {
    if (!condition) {
        abort();
    }
}

static void check(struct text text, const struct words_rule *rule) {
    struct text out, again;
    enum field_problem problem = FIELD_PROBLEM_COUNT;
    if (!words_check(text, rule, &out, &problem)) {
        expect(problem == FIELD_EMPTY || problem == FIELD_TOO_LONG || problem == FIELD_CHARACTERS ||
               problem == FIELD_URL);
        return;
    }
    expect(utf8_valid(out) && words_characters(out) <= rule->max);
    expect(out.data >= text.data && out.data + out.len <= text.data + text.len);
    expect(words_check(out, rule, &again, &problem) && text_equal(out, again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct words_rule name = {.max = 100};
    static const struct words_rule comment = {.max = 500, .lines = true, .urls = true};
    struct text text = text_span((const char *)data, size);
    check(text, &name);
    check(text, &comment);
    return 0;
}

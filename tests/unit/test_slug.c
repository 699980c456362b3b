#include "unit.h"

#include <string.h>

#include "core/slug.h"

#define COUNT(array) (int)(sizeof(array) / sizeof(array)[0])

static const char *const slugs[] = {"a", "0", "night-buses", "a-b-c", "2026-1", "x9"};

START_TEST(a_slug_is_words_with_hyphens) {
    ck_assert(slug_valid(text_of(slugs[_i])));
}
END_TEST

static const char *const no_slugs[] = {
    "",    "-",    "-a",  "a-",     "a--b", "A",   "a_b",      "a.b",
    "a/b", "../a", "a b", "a\r\nb", "{a}",  "a:b", "\xC3\xA9", "a%2fb",
};

START_TEST(Q3_Q14_nothing_else_is_a_slug) {
    ck_assert_msg(!slug_valid(text_of(no_slugs[_i])), "%s", no_slugs[_i]);
}
END_TEST

START_TEST(a_slug_has_at_most_64_bytes) {
    char slug[66];
    memset(slug, 'a', sizeof slug);
    ck_assert(slug_valid(text_span(slug, 64)));
    ck_assert(!slug_valid(text_span(slug, 65)));
    ck_assert(!slug_valid(text_span("a\0b", 3)));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("slug");
    TCase *cases = tcase_create("slug");
    tcase_add_loop_test(cases, a_slug_is_words_with_hyphens, 0, COUNT(slugs));
    tcase_add_loop_test(cases, Q3_Q14_nothing_else_is_a_slug, 0, COUNT(no_slugs));
    tcase_add_test(cases, a_slug_has_at_most_64_bytes);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

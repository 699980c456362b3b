#include "unit.h"

#include "base/utf8.h"

struct point {
    const char *bytes;
    int32_t value;
};

static const struct point points[] = {
    {"A", 'A'},
    {"\x7F", 0x7F},
    {"\xC2\x80", 0x80},
    {"\xDF\xBF", 0x7FF},
    {"\xE0\xA0\x80", 0x800},
    {"\xED\x9F\xBF", 0xD7FF},
    {"\xEE\x80\x80", 0xE000},
    {"\xEF\xBF\xBF", 0xFFFF},
    {"\xF0\x90\x80\x80", 0x10000},
    {"\xF4\x8F\xBF\xBF", 0x10FFFF},
};

START_TEST(the_ends_of_each_length_are_read) {
    const struct point *point = &points[_i];
    struct text rest = text_of(point->bytes);
    ck_assert_int_eq(utf8_next(&rest), point->value);
    ck_assert_int_eq(utf8_next(&rest), UTF8_END);
    ck_assert(utf8_valid(text_of(point->bytes)));
}
END_TEST

static const char *const bad[] = {
    "\x80",             /* U1: a continuation alone */
    "\xBF\xBF",         /**/
    "\xC3",             /* cut */
    "\xE2\x82",         /**/
    "\xF0\x9F\x98",     /**/
    "\xC3(",            /* a wrong continuation */
    "\xE2\x28\xA1",     /**/
    "\xC0\xAF",         /* U3: overlong / */
    "\xE0\x80\xAF",     /**/
    "\xF0\x80\x80\xAF", /**/
    "\xC0\xAE",         /* overlong . */
    "\xC1\xBF",         /**/
    "\xC0\x80",         /* overlong NUL */
    "\xE0\x9F\xBF",     /**/
    "\xF0\x8F\xBF\xBF", /**/
    "\xED\xA0\x80",     /* U4: surrogates */
    "\xED\xBF\xBF",
    "\xED\xA1\x8C\xED\xBE\xB4", /* CESU-8 */
    "\xF4\x90\x80\x80",         /* above U+10FFFF */
    "\xF7\xBF\xBF\xBF",
    "\xF8\x88\x80\x80\x80",     /* five bytes */
    "\xFC\x84\x80\x80\x80\x80", /* six */
    "\xFE",
    "\xFF",
};

START_TEST(U1_U2_U3_U4_what_is_not_strict_utf8_is_bad) {
    struct text rest = text_of(bad[_i]);
    size_t len = rest.len;
    ck_assert(!utf8_valid(rest));
    ck_assert_int_eq(utf8_next(&rest), UTF8_BAD);
    ck_assert_uint_eq(rest.len, len - 1);
}
END_TEST

START_TEST(long_texts_are_looked_at_to_the_end) {
    ck_assert(utf8_valid(text_of("0123456789abcdef 0123456789 Zo\xC3\xAB 0123456789abcdef")));
    ck_assert(!utf8_valid(text_of("0123456789abcdef 0123456789 abcdefghij\xC3")));
    ck_assert(!utf8_valid(text_of("0123456\xFF"
                                  "89abcdef0123456789")));
    ck_assert(utf8_valid(text_of(NULL)));
    ck_assert(utf8_valid(text_span("a\0b", 3)));
}
END_TEST

START_TEST(a_cut_leaves_characters_whole) {
    static const struct {
        const char *text, *kept;
        size_t most;
    } cuts[] = {{"abc", "abc", 3},
                {"abc", "ab", 2},
                {"a\xC3\xAB", "a", 2},
                {"a\xC3\xAB", "a\xC3\xAB", 3},
                {"\xF0\x9F\x8F\xB4z", "", 3},
                {"\xF0\x9F\x8F\xB4z", "\xF0\x9F\x8F\xB4", 4},
                {"\x80\x80\x80", "\x80\x80", 2},
                {"", "", 5}};
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        struct text kept = utf8_cut(text_of(cuts[i].text), cuts[i].most);
        ck_assert_msg(text_is(kept, cuts[i].kept), "%s at %zu: %zu", cuts[i].text, cuts[i].most,
                      kept.len);
    }
    ck_assert_uint_eq(utf8_cut(text_of(NULL), 1).len, 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("utf8");
    TCase *cases = tcase_create("utf8");
    tcase_add_loop_test(cases, the_ends_of_each_length_are_read, 0,
                        (int)(sizeof points / sizeof points[0]));
    tcase_add_loop_test(cases, U1_U2_U3_U4_what_is_not_strict_utf8_is_bad, 0,
                        (int)(sizeof bad / sizeof bad[0]));
    tcase_add_test(cases, long_texts_are_looked_at_to_the_end);
    tcase_add_test(cases, a_cut_leaves_characters_whole);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

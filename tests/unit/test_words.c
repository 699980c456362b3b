#include "unit.h"

#include <string.h>

#include "core/words.h"

static const struct words_rule name = {.max = 100};
static const struct words_rule comment = {.max = 500, .lines = true, .urls = true};

/* The code, or "ok". */
static const char *verdict(struct text typed, const struct words_rule *rule) {
    struct text out;
    enum field_problem problem;
    return words_check(typed, rule, &out, &problem) ? "ok" : field_problem_kind(problem)->code;
}

struct example {
    const char *typed;
    const char *verdict;
};

static const struct example names[] = {
    {"", "empty"},
    {"   ", "empty"},                      /* U10 */
    {"\xE3\x85\xA4", "empty"},             /* U+3164 */
    {"\xC2\xA0\xC2\xA0", "empty"},         /* U+00A0 */
    {"\xE2\x80\x8B\xE2\x80\x8D", "empty"}, /* ZWSP, ZWJ */
    {"\xE2\xA0\x80", "empty"},             /* a blank of braille */
    {"\xCC\x81", "empty"},                 /* a mark alone */
    {"\n\t", "empty"},
    {"A", "ok"}, /* U12 */
    {"O'Brien-Smith", "ok"},
    {"Jean-Luc 3rd", "ok"},
    {"X \xC3\x86 A-12", "ok"},
    {"\xD9\x85\xD8\xAD\xD9\x85\xD8\xAF", "ok"},       /* Arabic */
    {"\xE9\x99\x88", "ok"},                           /* Han */
    {"\xE1\x8F\xA3\xE1\x8E\xB3\xE1\x8E\xA9", "ok"},   /* Cherokee */
    {"\xD0\xB0lice", "ok"},                           /* U13: a Cyrillic letter */
    {"Zo\xC3\xAB", "ok"},                             /* U7: NFC */
    {"Zoe\xCC\x88", "ok"},                            /* NFD */
    {"\xC4\xB0lker \xC4\xB1\xC5\x9F\xC4\xB1k", "ok"}, /* U16 */
    {"\xF0\x9F\x98\x80", "ok"},                       /* U15 */
    {"\xF0\x9F\x87\xAA\xF0\x9F\x87\xB8", "ok"},       /* a flag */
    {"\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7", "ok"},
    {"\xE2\x9D\xA4\xEF\xB8\x8F\xE2\x80\x8D\xF0\x9F\x94\xA5", "ok"},
    {"\xF0\x9F\x91\x8D\xF0\x9F\x8F\xBD", "ok"}, /* with a skin tone */
    {"1\xEF\xB8\x8F\xE2\x83\xA3", "ok"},        /* a keycap */
    {"\xF0\x9F\x8F\xB4\xF3\xA0\x81\xA7\xF3\xA0\x81\xA2\xF3\xA0\x81\xA5\xF3\xA0\x81\xAE\xF3\xA0\x81"
     "\xA7\xF3\xA0\x81\xBF",
     "ok"}, /* the flag of England */
    {"\xD9\x85\xDB\x8C\xE2\x80\x8C\xD8\xAE\xD9\x88\xD8\xA7\xD9\x87\xD9\x85", "ok"}, /* ZWNJ */
    {"\xE0\xB6\x9A\xE0\xB7\x8A\xE2\x80\x8D\xE0\xB6\xBB", "ok"}, /* ZWJ behind a virama */
    {"\xE8\x91\x9B\xF3\xA0\x84\x80", "ok"},                     /* a variant of an ideograph */
    {"a\xE2\x80\x8D", "invalid_characters"},                    /* a joiner that joins nothing */
    {"a\xE2\x80\x8D"
     "b",
     "invalid_characters"}, /* U8: Latin letters do not join */
    {"\xD0\xB0\xE2\x80\x8C\xD0\xB0", "invalid_characters"},
    {"\xE2\x80\x8D"
     "a",
     "invalid_characters"},
    {"a\xE2\x80\x8D b", "invalid_characters"},
    {"a\xE2\x80\x8D\xE2\x80\x8D"
     "b",
     "invalid_characters"},
    {"a\xEF\xB8\x8F\xEF\xB8\x8F", "invalid_characters"},
    {" \xEF\xB8\x8F"
     "a",
     "invalid_characters"},
    {"a\xF3\xA0\x81\xA7", "invalid_characters"},                /* a tag without a flag */
    {"\xF0\x9F\x8F\xB4\xF3\xA0\x81\xA7", "invalid_characters"}, /* a flag that does not end */
    {"\xF0\x9F\x8F\xB4\xF3\xA0\x81\xA7x", "invalid_characters"},
    {"\xF0\x9F\x8F\xB4\xF3\xA0\x81\xA7\xF3\xA0\x81\xA7\xF3\xA0\x81\xA7\xF3\xA0\x81\xA7\xF3\xA0\x81"
     "\xA7\xF3\xA0\x81\xA7\xF3\xA0\x81\xA7\xF3\xA0\x81\xBF",
     "invalid_characters"},
    {"a\xE2\x80\x8B"
     "b",
     "invalid_characters"}, /* U8: zero-width space */
    {"a\xE2\x80\xAE"
     "b",
     "invalid_characters"}, /* U+202E */
    {"a\xE2\x81\xA6"
     "b",
     "invalid_characters"}, /* an isolate */
    {"a\xE2\x80\x8F"
     "b",
     "invalid_characters"}, /* a mark of direction */
    {"a\xC2\xAD"
     "b",
     "invalid_characters"}, /* soft hyphen */
    {"a\xEF\xBB\xBF"
     "b",
     "invalid_characters"}, /* U17 */
    {"a\xE2\x80\xA8"
     "b",
     "invalid_characters"},
    {"a\xE2\x80\xA9"
     "b",
     "invalid_characters"},
    {"a\xEF\xBF\xBE", "invalid_characters"}, /* U5 */
    {"a\xEF\xB7\x90", "invalid_characters"},
    {"a\xEE\x80\x80", "invalid_characters"}, /* private use */
    {"a\xEF\xBF\xB9"
     "b",
     "invalid_characters"},
    {"a\nb", "invalid_characters"}, /* Q10 */
    {"a\r\nBcc: x", "invalid_characters"},
    {"a\tb", "invalid_characters"},
    {"a\n", "invalid_characters"},
    {"a\x1B[31m", "invalid_characters"},
    {"a\x7F", "invalid_characters"},
    {"a\xC2\x85", "invalid_characters"},
    {"a\xFF", "invalid_characters"}, /* U1 */
    {"\xFF", "invalid_characters"},
    {"a\xC0\xAF", "invalid_characters"},
    {"a\xCC\x81\xCC\x82\xCC\x83\xCC\x84", "ok"}, /* U9 */
    {"a\xCC\x81\xCC\x82\xCC\x83\xCC\x84\xCC\x85", "invalid_characters"},
    {"'; DROP TABLE x;--", "ok"},        /* Q1 */
    {"%s%n%x $$ \\ _ %", "ok"},          /* Q4 */
    {"<script>alert(1)</script>", "ok"}, /* Q7 */
    {"{{ name }} ${name}", "ok"},        /* Q8 */
    {"=1+1", "ok"},                      /* Q5 */
    {"http://x", "contains_url"},        /* Q9 */
    {"see HTTPS://example.org/x", "contains_url"},
    {"ftp://x", "contains_url"},
    {"javascript:alert(1)", "contains_url"},
    {"mailto:a@b", "contains_url"},
    {"www.example.org", "contains_url"},
    {"visit WWW.x.y now", "contains_url"},
    {"example.com", "contains_url"},
    {"Example.COM!", "contains_url"},
    {"buy at shop.example.net.", "contains_url"},
    {"t.co/abc", "contains_url"},
    {"bit.ly/x", "contains_url"},
    {"m\xC3\xBCller.com", "contains_url"},
    {"joe@example.org", "contains_url"},
    {"J.R. Smith", "ok"},
    {"Dr.M\xC3\xBCller", "ok"},
    {"St.Clair", "ok"},
    {"Ma.de Lourdes", "ok"},
    {"Smith, Jr.", "ok"},
    {"J.R.R.Tolkien", "ok"},
    {"S.A/Smith", "ok"},
    {"..com", "ok"},
    {".com", "ok"},
    {"a.community", "ok"},
    {"a.com-x", "ok"},
    {"a: b", "ok"},
    {"http :x", "ok"},
    {"Data: x", "ok"},
    {"awww.", "ok"},
};

START_TEST(U7_U8_U9_U10_U12_U13_U15_U16_U17_Q1_Q4_Q5_Q7_Q8_Q9_Q10_names) {
    const struct example *example = &names[_i];
    ck_assert_msg(strcmp(verdict(text_of(example->typed), &name), example->verdict) == 0,
                  "\"%s\": got %s, expected %s", example->typed,
                  verdict(text_of(example->typed), &name), example->verdict);
}
END_TEST

static const struct example comments[] = {
    {"one\ntwo\r\nthree\tfour", "ok"},
    {"see https://example.org/x", "ok"},
    {"one\rtwo", "invalid_characters"},
    {"one\r", "ok"},
    {"one\r\r\ntwo", "invalid_characters"},
    {"one\xE2\x80\xA8two", "invalid_characters"},
    {"\n \r\n", "empty"},
    {"a\x01", "invalid_characters"},
};

START_TEST(comments_may_have_lines_and_addresses) {
    ck_assert_str_eq(verdict(text_of(comments[_i].typed), &comment), comments[_i].verdict);
}
END_TEST

START_TEST(U11_both_ends_are_trimmed_and_the_middle_stays) {
    struct text out;
    enum field_problem problem;
    ck_assert(words_check(text_of("  a  b \xC2\xA0\xE3\x80\x80"), &name, &out, &problem));
    unit_assert_text(out, "a  b");
    ck_assert(words_check(text_of("\r\n a\n\nb \t\n"), &comment, &out, &problem));
    unit_assert_text(out, "a\n\nb");
    ck_assert(words_check(text_of("\xC3\xA9"), &name, &out, &problem));
    unit_assert_text(out, "\xC3\xA9");
}
END_TEST

START_TEST(U9_a_thousand_marks_are_too_many) {
    char zalgo[2100] = "Z";
    for (size_t i = 0; i < 1000; i++) {
        memcpy(zalgo + 1 + 2 * i, "\xCC\x81", 2);
    }
    ck_assert_str_eq(verdict(text_span(zalgo, 2001), &name), "too_long");
    ck_assert_str_eq(verdict(text_span(zalgo, 21), &name), "invalid_characters");
}
END_TEST

START_TEST(J22_length_counts_characters) {
    char ascii[102], han[400], emoji[500];
    memset(ascii, 'a', sizeof ascii);
    for (size_t i = 0; i < 101; i++) {
        memcpy(han + 3 * i, "\xE9\x99\x88", 3);
        memcpy(emoji + 4 * i, "\xF0\x9F\x98\x80", 4);
    }
    ck_assert_str_eq(verdict(text_span(ascii, 100), &name), "ok");
    ck_assert_str_eq(verdict(text_span(ascii, 101), &name), "too_long");
    ck_assert_str_eq(verdict(text_span(han, 300), &name), "ok");
    ck_assert_str_eq(verdict(text_span(han, 303), &name), "too_long");
    ck_assert_str_eq(verdict(text_span(emoji, 400), &name), "ok");
    ck_assert_str_eq(verdict(text_span(emoji, 404), &name), "too_long");
    static char huge[16384];
    memset(huge, 'x', sizeof huge);
    ck_assert_str_eq(verdict(text_span(huge, sizeof huge), &comment), "too_long");
}
END_TEST

START_TEST(a_nul_is_a_control_like_any_other) {
    ck_assert_str_eq(verdict(text_span("a\0b", 3), &name), "invalid_characters");
    ck_assert_str_eq(verdict(text_of(NULL), &name), "empty");
}
END_TEST

START_TEST(characters_are_counted_as_code_points) {
    ck_assert_uint_eq(words_characters(text_of("a\xC3\xA9\xF0\x9F\x98\x80\xFF")), 4);
    ck_assert_uint_eq(words_characters(text_of(NULL)), 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("words");
    TCase *cases = tcase_create("words");
    tcase_add_loop_test(cases, U7_U8_U9_U10_U12_U13_U15_U16_U17_Q1_Q4_Q5_Q7_Q8_Q9_Q10_names, 0,
                        (int)(sizeof names / sizeof names[0]));
    tcase_add_loop_test(cases, comments_may_have_lines_and_addresses, 0,
                        (int)(sizeof comments / sizeof comments[0]));
    tcase_add_test(cases, U11_both_ends_are_trimmed_and_the_middle_stays);
    tcase_add_test(cases, U9_a_thousand_marks_are_too_many);
    tcase_add_test(cases, J22_length_counts_characters);
    tcase_add_test(cases, a_nul_is_a_control_like_any_other);
    tcase_add_test(cases, characters_are_counted_as_code_points);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

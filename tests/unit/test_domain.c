#include "unit.h"

#include <string.h>

#include "core/domain.h"

START_TEST(a_domain_needs_no_mailbox) {
    char out[DOMAIN_MAX + 1] = "untouched";
    ck_assert_int_eq(domain_parse(text_of("Example.ORG"), out), ST_OK);
    ck_assert_str_eq(out, "example.org");
    ck_assert_int_eq(domain_parse(text_of("x"), out), ST_INVALID);
    ck_assert_int_eq(domain_parse(text_of(NULL), out), ST_INVALID);
    ck_assert_str_eq(out, "example.org");
}
END_TEST

START_TEST(E8_E9_one_name_has_one_spelling_in_ascii) {
    static const char *const same[] = {"b\xC3\xBC"
                                       "cher.example",
                                       "B\xC3\x9C"
                                       "CHER.example",
                                       "bu\xCC\x88"
                                       "cher.example",
                                       "XN--BCHER-kva.Example"};
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        char out[DOMAIN_MAX + 1];
        ck_assert_int_eq(domain_parse(text_of(same[i]), out), ST_OK);
        ck_assert_str_eq(out, "xn--bcher-kva.example");
    }
}
END_TEST

START_TEST(E9_scripts_mix_only_as_japanese_chinese_and_korean_do) {
    static const char *const good[] = {
        "a\xE4\xBE\x8B\xE3\x81\x82\xE3\x82\xA2.example", /* Latin, Han, Hiragana, Katakana */
        "a\xE4\xBE\x8B\xE3\x84\x85.example",             /* Latin, Han, Bopomofo */
        "a\xE4\xBE\x8B\xEA\xB0\x80.example",             /* Latin, Han, Hangul */
        "1-\xD0\xB0\xD0\xB1.example",
    };
    static const char *const bad[] = {
        "a\xD0\xB1.example",                             /* Latin, Cyrillic */
        "\xCE\xB1\xD0\xB1.example",                      /* Greek, Cyrillic */
        "\xE3\x81\x82\xEA\xB0\x80.example",              /* Hiragana, Hangul */
        "\xE3\x84\x85\xE3\x81\x82.example",              /* Bopomofo, Hiragana */
        "a\xCE\xB1\xD0\xB1\xD5\xA1\xE1\x83\x90.example", /* five */
    };
    char out[DOMAIN_MAX + 1];
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        ck_assert_msg(domain_parse(text_of(good[i]), out) == ST_OK, "%s", good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ck_assert_msg(domain_parse(text_of(bad[i]), out) == ST_INVALID, "%s", bad[i]);
    }
}
END_TEST

START_TEST(E15_a_domain_has_at_most_253_bytes) {
    char typed[300], out[DOMAIN_MAX + 1];
    memset(typed, 'a', sizeof typed);
    for (size_t i = 60; i < sizeof typed; i += 61) {
        typed[i] = '.';
    }
    ck_assert_int_eq(domain_parse(text_span(typed, 253), out), ST_OK);
    ck_assert_int_eq(domain_parse(text_span(typed, 254), out), ST_INVALID);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("domain");
    TCase *cases = tcase_create("domain");
    tcase_add_test(cases, a_domain_needs_no_mailbox);
    tcase_add_test(cases, E8_E9_one_name_has_one_spelling_in_ascii);
    tcase_add_test(cases, E9_scripts_mix_only_as_japanese_chinese_and_korean_do);
    tcase_add_test(cases, E15_a_domain_has_at_most_253_bytes);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

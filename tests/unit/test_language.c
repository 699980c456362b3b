#include "unit.h"

#include "core/language.h"

#define COUNT(array) (int)(sizeof(array) / sizeof(array)[0])

static const char *const tags[] = {"en",
                                   "EN",
                                   "en-US",
                                   "zh-Hant-TW",
                                   "de-1996",
                                   "sl-rozaj-biske",
                                   "en-u-ca-gregory",
                                   "qaa",
                                   "es-419",
                                   "zh-cmn-Hans-CN",
                                   "zh-gan-yue-wuu",
                                   "de-CH-x-phonebk",
                                   "x-whatever",
                                   "x-a-1",
                                   "en-a-bbb-x-a-ccc",
                                   "hy-Latn-IT-arevela",
                                   "sl-IT-nedis",
                                   "de-Latf-DE-1996",
                                   "abcd",
                                   "language",
                                   "i-klingon",
                                   "EN-gb-OED",
                                   "zh-min-nan",
                                   "art-lojban",
                                   "en-x-a",
                                   "de-1901-1996"};

START_TEST(a_language_tag_has_the_shape_of_bcp_47) {
    ck_assert_msg(language_tag_valid(text_of(tags[_i])), "%s", tags[_i]);
}
END_TEST

static const char *const no_tags[] = {
    "",
    "e",
    "x1",
    "en_US",
    "en-",
    "-en",
    "en--US",
    "en-u",
    "1en",
    "toolonglanguage",
    "en-toolongsubtag",
    "en US",
    "\xC3\xA9n",
    "en-US-abcdefgh-abcdefgh-abcdefgh-abcd",
    "en;q=1",
    /* two regions, a single letter first, an extension twice: the examples of RFC 5646 */
    "de-419-DE",
    "a-DE",
    "ar-a-aaa-b-bbb-a-ccc",
    "ar-a-aaa-A-ccc",
    "en-US-Latn",
    "en-Latn-Cyrl",
    "zh-cmn-gan-yue-wuu",
    "abcd-cmn",
    "en-1996-US",
    "en-abc1",
    "x",
    "en-x",
    "x-",
    "en-a-b",
    "en-u-a",
    "i-private",
    "en-x-toolongsubtag",
};

START_TEST(nothing_else_is_a_language_tag) {
    ck_assert_msg(!language_tag_valid(text_of(no_tags[_i])), "%s", no_tags[_i]);
}
END_TEST

START_TEST(a_script_goes_from_right_to_left_by_the_first_subtag) {
    ck_assert(language_is_right_to_left(text_of("ar")));
    ck_assert(language_is_right_to_left(text_of("HE-il")));
    ck_assert(!language_is_right_to_left(text_of("en-ar")));
    ck_assert(!language_is_right_to_left(text_of("arn")));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("language");
    TCase *cases = tcase_create("language");
    tcase_add_loop_test(cases, a_language_tag_has_the_shape_of_bcp_47, 0, COUNT(tags));
    tcase_add_loop_test(cases, nothing_else_is_a_language_tag, 0, COUNT(no_tags));
    tcase_add_test(cases, a_script_goes_from_right_to_left_by_the_first_subtag);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

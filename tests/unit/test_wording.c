#include "unit.h"

#include <sodium.h>
#include <string.h>

#include "base/encode.h"
#include "core/wording.h"

static void check_language(const char *asked, const char *found) {
    ck_assert_str_eq(wording_find(1, text_of(asked))->language, found);
}

START_TEST(the_nearest_language_is_used) {
    check_language("de", "de");
    check_language("DE-at", "de");
    check_language("es-MX", "es");
    check_language("xx", "en");
    check_language("", "en");
    check_language(NULL, "en");
}
END_TEST

START_TEST(there_is_no_other_version) {
    ck_assert_ptr_nonnull(wording_find(WORDING_VERSION, text_of("en")));
    ck_assert_ptr_null(wording_find(WORDING_VERSION + 1, text_of("en")));
    ck_assert_ptr_null(wording_find(0, text_of("en")));
}
END_TEST

/* What people have agreed to stays what it was: other words are a new version and a new line here.
 */
START_TEST(a_version_that_was_released_never_changes) {
    static const char *const languages[] = {"en", "de", "fr", "es", "ar", "he"};
    static const struct {
        int version;
        const char *hash;
    } released[] = {{1, "8195853c5b1e58c6d764e60f1d5516d3"}};
    for (size_t v = 0; v < sizeof released / sizeof released[0]; v++) {
        crypto_generichash_state state;
        uint8_t hash[16];
        char hex[ENCODE_HEX_SIZE(sizeof hash)];
        crypto_generichash_init(&state, NULL, 0, sizeof hash);
        for (size_t i = 0; i < sizeof languages / sizeof languages[0]; i++) {
            const struct wording *wording =
                wording_find(released[v].version, text_of(languages[i]));
            ck_assert_str_eq(wording->language, languages[i]);
            crypto_generichash_update(&state, (const uint8_t *)wording->words,
                                      strlen(wording->words));
        }
        crypto_generichash_final(&state, hash, sizeof hash);
        encode_hex(hex, hash, sizeof hash);
        ck_assert_str_eq(hex, released[v].hash);
    }
}
END_TEST

static void check_words(const char *organization, const char *start) {
    struct buffer words;
    buffer_init(&words, 4096);
    wording_add(&words, wording_find(1, text_of("en")), text_of(organization));
    ck_assert(!words.failed);
    ck_assert(text_starts(buffer_text(&words), start));
    buffer_done(&words);
}

START_TEST(the_organisation_comes_first_in_one_line) {
    check_words("Buses for All", "Buses for All: Yes, I would like news");
    check_words("Buses\r\nfor\tAll", "Buses for All: Yes,");
    check_words("", "Yes, I would like news");
    check_words(NULL, "Yes, I would like news");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("wording");
    TCase *cases = tcase_create("wording");
    tcase_add_test(cases, the_nearest_language_is_used);
    tcase_add_test(cases, there_is_no_other_version);
    tcase_add_test(cases, a_version_that_was_released_never_changes);
    tcase_add_test(cases, the_organisation_comes_first_in_one_line);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

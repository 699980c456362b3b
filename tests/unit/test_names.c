/* The small rules of public names: slugs, language tags, places, web addresses. */
#include "unit.h"

#include <string.h>

#include "core/language.h"
#include "core/place.h"
#include "core/slug.h"
#include "core/weburl.h"

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

static const char *const tags[] = {
    "en",  "EN",    "en-US", "zh-Hant-TW", "de-1996", "sl-rozaj-biske", "en-u-ca-gregory",
    "qaa", "es-419"};

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
};

START_TEST(nothing_else_is_a_language_tag) {
    ck_assert_msg(!language_tag_valid(text_of(no_tags[_i])), "%s", no_tags[_i]);
}
END_TEST

START_TEST(countries_are_those_of_iso_3166) {
    static const char *const known[] = {"US", "DE", "GB", "AD", "ZW"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        ck_assert_msg(place_country_known(text_of(known[i])), "%s", known[i]);
    }
    static const char *const unknown[] = {"", "us", "Us", "UK", "XX", "USA", "U", "U ", "EU"};
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        ck_assert_msg(!place_country_known(text_of(unknown[i])), "%s", unknown[i]);
    }
    ck_assert(!place_country_known(text_span("U\0", 2)));
    ck_assert(!place_country_known(text_of(NULL)));
}
END_TEST

START_TEST(regions_belong_to_their_country) {
    ck_assert(place_region_known(text_of("US"), text_of("US-CA")));
    ck_assert(place_region_known(text_of("GB"), text_of("GB-ENG")));
    ck_assert(place_region_known(text_of("FR"), text_of("FR-75C")) ||
              place_region_known(text_of("FR"), text_of("FR-75")));
    static const char *const unknown[] = {"",      "US",    "US-",    "US-ZZ",         "CA-ON",
                                          "us-ca", "US_CA", "US-CAX", "US-CALIFORNIA", "USXCA",
                                          "US-C"};
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        ck_assert_msg(!place_region_known(text_of("US"), text_of(unknown[i])), "%s", unknown[i]);
    }
    ck_assert(!place_region_known(text_of(NULL), text_of("US-CA")));
    ck_assert(!place_region_known(text_of("USA"), text_of("US-CA")));
    ck_assert(!place_region_known(text_of("US"), text_span("US-\0A", 5)));
}
END_TEST

static const char *const origins[] = {
    "https://example.org", "http://localhost:8080",  "http://127.0.0.1:8080",
    "https://[::1]:8443",  "https://[2001:db8::1]",  "https://xn--bcher-kva.example",
    "https://a-b.c:1",     "http://example.org:443",
};

START_TEST(an_origin_is_as_a_browser_writes_it) {
    ck_assert_msg(weburl_is_origin(text_of(origins[_i])), "%s", origins[_i]);
    ck_assert(weburl_is_page(text_of(origins[_i])));
}
END_TEST

static const char *const no_origins[] = {
    "",
    "null",
    "*",
    "example.org",
    "https://",
    "https://example.org/",
    "https://example.org/x",
    "HTTPS://example.org",
    "https://Example.org",
    "https://example.org:443",
    "http://example.org:80",
    "https://example.org:0",
    "https://example.org:01",
    "https://example.org:65536",
    "https://example.org:",
    "https://example.org:x",
    "https://user@example.org",
    "ftp://example.org",
    "https://.example.org",
    "https://-a.org",
    "https://a b.org",
    "https://\xC3\xBC.example",
    "https://[::1",
    "https://[]",
    "https://[::1]x",
    "https://[::g]",
    "https://[::1]:",
    "https://example.org#",
    "https://a.org https://b.org",
    "https://example.org:1:2",
    "https://[",
};

START_TEST(B5_nothing_else_is_an_origin) {
    ck_assert_msg(!weburl_is_origin(text_of(no_origins[_i])), "%s", no_origins[_i]);
}
END_TEST

static const char *const pages[] = {
    "https://example.org/",
    "https://Example.org/a/b?c=d&e=%20#f",
    "http://example.org?x",
    "https://example.org:443/x",
};

START_TEST(a_page_has_a_path) {
    ck_assert_msg(weburl_is_page(text_of(pages[_i])), "%s", pages[_i]);
}
END_TEST

static const char *const no_pages[] = {
    "javascript:alert(1)",
    "data:text/html,x",
    "//example.org",
    "https:///x",
    "https://example.org/a b",
    "https://example.org/\"onclick",
    "https://example.org/<b>",
    "https://example.org/\x01",
    "https://example.org/\x7F",
    "https://example.org/\xC3\xA9",
    "https://u:p@example.org/",
    "https://example.org\\x",
    "https://example.org/{x}",
};

START_TEST(Q7_what_a_browser_might_run_is_no_page) {
    ck_assert_msg(!weburl_is_page(text_of(no_pages[_i])), "%s", no_pages[_i]);
}
END_TEST

START_TEST(addresses_have_a_host_and_a_port) {
    ck_assert(weburl_is_host_and_port(text_of("127.0.0.1:6379")));
    ck_assert(weburl_is_host_and_port(text_of("redis.internal:6379")));
    ck_assert(weburl_is_host_and_port(text_of("[::1]:6379")));
    ck_assert(!weburl_is_host_and_port(text_of("127.0.0.1")));
    ck_assert(!weburl_is_host_and_port(text_of("[::1]")));
    ck_assert(!weburl_is_host_and_port(text_of(":6379")));
    ck_assert(!weburl_is_host_and_port(text_of("a:b:1")));
    ck_assert(!weburl_is_host_and_port(text_of("")));
}
END_TEST

START_TEST(addresses_have_a_longest_length) {
    static char url[WEBURL_MAX + 2];
    memset(url, 'a', sizeof url);
    memcpy(url, "https://a.org/", 14);
    ck_assert(weburl_is_page(text_span(url, WEBURL_MAX)));
    ck_assert(!weburl_is_page(text_span(url, WEBURL_MAX + 1)));
    memset(url + 8, 'a', 300);
    ck_assert(weburl_is_origin(text_span(url, 8 + 253)));
    ck_assert(!weburl_is_origin(text_span(url, 8 + 254)));
    ck_assert(!weburl_is_page(text_span("https://a.org/\0", 15)));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("names");
    TCase *cases = tcase_create("names");
    tcase_add_loop_test(cases, a_slug_is_words_with_hyphens, 0, COUNT(slugs));
    tcase_add_loop_test(cases, Q3_Q14_nothing_else_is_a_slug, 0, COUNT(no_slugs));
    tcase_add_test(cases, a_slug_has_at_most_64_bytes);
    tcase_add_loop_test(cases, a_language_tag_has_the_shape_of_bcp_47, 0, COUNT(tags));
    tcase_add_loop_test(cases, nothing_else_is_a_language_tag, 0, COUNT(no_tags));
    tcase_add_test(cases, countries_are_those_of_iso_3166);
    tcase_add_test(cases, regions_belong_to_their_country);
    tcase_add_loop_test(cases, an_origin_is_as_a_browser_writes_it, 0, COUNT(origins));
    tcase_add_loop_test(cases, B5_nothing_else_is_an_origin, 0, COUNT(no_origins));
    tcase_add_loop_test(cases, a_page_has_a_path, 0, COUNT(pages));
    tcase_add_loop_test(cases, Q7_what_a_browser_might_run_is_no_page, 0, COUNT(no_pages));
    tcase_add_test(cases, addresses_have_a_host_and_a_port);
    tcase_add_test(cases, addresses_have_a_longest_length);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

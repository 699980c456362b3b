#include "unit.h"

#include <string.h>

#include "core/weburl.h"

#define COUNT(array) (int)(sizeof(array) / sizeof(array)[0])

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

static const struct {
    const char *url, *host;
    bool here;
} hosts[] = {
    {"localhost:25", "localhost", true},
    {"127.0.0.1:25", "127.0.0.1", true},
    {"127.8.9.10:25", "127.8.9.10", true},
    {"[::1]:25", "[::1]", true},
    {"http://localhost", "localhost", true},
    {"https://[::1]:8443", "[::1]", true},
    {"redis://127.0.0.1:6379/2", "127.0.0.1", true},
    {"127.evil.org:25", "127.evil.org", false},
    {"127.0.0.1.evil.org:25", "127.0.0.1.evil.org", false},
    {"localhost.evil.org:25", "localhost.evil.org", false},
    {"redis://127.evil.org:6379", "127.evil.org", false},
    {"128.0.0.1:25", "128.0.0.1", false},
    {"10.127.0.1:25", "10.127.0.1", false},
    {"[::1:2]:25", "[::1:2]", false},
    {"https://example.org/p/buses?x#y", "example.org", false},
    {"https://example.org#y", "example.org", false},
    {"", "", false},
};

START_TEST(a_host_is_this_one_or_anybodys) {
    struct text host = weburl_host(text_of(hosts[_i].url));
    ck_assert_msg(text_is(host, hosts[_i].host), "%s: %.*s", hosts[_i].url, (int)host.len,
                  host.data);
    ck_assert_msg(weburl_host_is_here(host) == hosts[_i].here, "%s", hosts[_i].url);
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
    memset(url + 8, ':', 300);
    url[8] = '[';
    url[8 + 1 + 253] = url[8 + 1 + 254] = ']';
    ck_assert(weburl_is_origin(text_span(url, 8 + 253 + 2)));
    url[8 + 1 + 253] = ':';
    ck_assert(!weburl_is_origin(text_span(url, 8 + 254 + 2)));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("weburl");
    TCase *cases = tcase_create("weburl");
    tcase_add_loop_test(cases, an_origin_is_as_a_browser_writes_it, 0, COUNT(origins));
    tcase_add_loop_test(cases, B5_nothing_else_is_an_origin, 0, COUNT(no_origins));
    tcase_add_loop_test(cases, a_page_has_a_path, 0, COUNT(pages));
    tcase_add_loop_test(cases, Q7_what_a_browser_might_run_is_no_page, 0, COUNT(no_pages));
    tcase_add_test(cases, addresses_have_a_host_and_a_port);
    tcase_add_loop_test(cases, a_host_is_this_one_or_anybodys, 0, COUNT(hosts));
    tcase_add_test(cases, addresses_have_a_longest_length);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

#include "unit.h"

#include <string.h>

#include "core/verp.h"

static uint8_t hash[32];

START_TEST(M11_an_address_says_which_letter_and_nothing_else) {
    for (int32_t bucket = 0; bucket <= 0xFFFF; bucket += 257) {
        char address[VERP_MAX];
        enum verp_role role = VERP_BOUNCE;
        struct verp_key key = {0};
        for (size_t i = 0; i < sizeof hash; i++) {
            hash[i] = (uint8_t)((size_t)bucket * 31 + i * 7);
        }
        ck_assert(verp_write(VERP_UNSUBSCRIBE, bucket, hash, text_of("a.example"), address));
        ck_assert(verp_read(text_of(address), &role, &key));
        ck_assert_int_eq(role, VERP_UNSUBSCRIBE);
        ck_assert_int_eq(key.bucket, bucket);
        ck_assert_mem_eq(key.hash, hash, VERP_HASH);
    }
}
END_TEST

START_TEST(an_address_has_a_known_form) {
    char address[VERP_MAX];
    memset(hash, 0xFF, sizeof hash);
    ck_assert(verp_write(VERP_BOUNCE, 0, hash, text_of("sign.example.org"), address));
    ck_assert_str_eq(address, "bounce+aaap7777777777777777777777776@sign.example.org");
}
END_TEST

#define KEY "aaah7777777777777777777777776"

START_TEST(what_servers_do_to_an_address_is_fine) {
    static const char *const same[] = {"bounce+" KEY "@a.example", "<bounce+" KEY "@a.example>",
                                       "BOUNCE+AAAH7777777777777777777777776@A.EXAMPLE",
                                       "  bounce+" KEY "@other.example\r\n"};
    enum verp_role role = VERP_UNSUBSCRIBE;
    struct verp_key key = {.bucket = 9};
    ck_assert_msg(verp_read(text_of(same[_i]), &role, &key), "%s", same[_i]);
    ck_assert_int_eq(role, VERP_BOUNCE);
    ck_assert_int_eq(key.bucket, 0);
}
END_TEST

START_TEST(a_log_names_letters) {
    struct text log =
        text_of("Nov 27 12:00:00 relay postfix/qmgr[7]: 4F: from=<bounce+" KEY
                "@a.example>, size=9, nrcpt=1 (bounce+ "
                "bounce+x@a.example \xff bounce+aaap7777777777777777777777776@a.example");
    enum verp_role role = VERP_UNSUBSCRIBE;
    struct verp_key key = {.bucket = 9};
    ck_assert(verp_find(&log, &role, &key));
    ck_assert_int_eq(role, VERP_BOUNCE);
    ck_assert_int_eq(key.hash[0], 0x7f);
    ck_assert(verp_find(&log, &role, &key));
    ck_assert_int_eq(key.hash[0], 0xff);
    ck_assert(!verp_find(&log, &role, &key));
    ck_assert_uint_eq(log.len, 0);
}
END_TEST

START_TEST(anything_else_is_none_and_touches_nothing) {
    static const char *const none[] = {
        "",
        "@",
        "bounce@a.example",
        "bounce+@a.example",
        "bounce+" KEY,
        "bounce+" KEY "@",
        "bounce+x" KEY "@a.example",
        "bounce++" KEY "@a.example",
        "unsub+" KEY "@a.example",
        "bounce+aaah777777777777777777777777@a.example",
        "bounce+aaah7777777777777777777777777@a.example", /* the last digit's spare bit */
        "bounce+aaah777777777777777777777777=@a.example",
        "bounce+aaah777777777777777777777777\xC3@a.example",
    };
    enum verp_role role = VERP_UNSUBSCRIBE;
    struct verp_key key = {.bucket = 9};
    ck_assert_msg(!verp_read(text_of(none[_i]), &role, &key), "%s", none[_i]);
    ck_assert_int_eq(role, VERP_UNSUBSCRIBE);
    ck_assert_int_eq(key.bucket, 9);
    ck_assert(!verp_read(text_of(NULL), &role, &key));
}
END_TEST

START_TEST(what_cannot_be_written_is_refused) {
    char address[VERP_MAX], domain[VERP_DOMAIN_MAX + 2];
    memset(domain, 'a', sizeof domain);
    ck_assert(!verp_write(VERP_BOUNCE, -1, hash, text_of("a.example"), address));
    ck_assert(!verp_write(VERP_BOUNCE, 0x10000, hash, text_of("a.example"), address));
    ck_assert(!verp_write(VERP_BOUNCE, 0, hash, text_of(""), address));
    ck_assert(!verp_write(VERP_BOUNCE, 0, hash, text_span(domain, VERP_DOMAIN_MAX + 1), address));
    ck_assert(verp_write(VERP_UNSUBSCRIBE, 0, hash, text_span(domain, VERP_DOMAIN_MAX), address));
    ck_assert_uint_eq(strlen(address), VERP_MAX - 1);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("verp");
    TCase *cases = tcase_create("verp");
    tcase_add_test(cases, M11_an_address_says_which_letter_and_nothing_else);
    tcase_add_test(cases, an_address_has_a_known_form);
    tcase_add_loop_test(cases, what_servers_do_to_an_address_is_fine, 0, 4);
    tcase_add_test(cases, a_log_names_letters);
    tcase_add_loop_test(cases, anything_else_is_none_and_touches_nothing, 0, 13);
    tcase_add_test(cases, what_cannot_be_written_is_refused);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

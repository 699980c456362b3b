#include "unit.h"

#include <string.h>

#include "base/encode.h"

static const uint8_t bytes[] = {0xFF, 0xEF, 0xBE, 0x00, 0x10};

START_TEST(each_alphabet_has_its_spelling) {
    char base64[ENCODE_BASE64_SIZE(5)], hex[ENCODE_HEX_SIZE(5)];
    encode_base64(base64, bytes, 5);
    ck_assert_str_eq(base64, "/+++ABA=");
    encode_base64url(base64, bytes, 5);
    ck_assert_str_eq(base64, "_---ABA");
    encode_hex(hex, bytes, 5);
    ck_assert_str_eq(hex, "ffefbe0010");
    encode_hex(hex, bytes, 0);
    ck_assert_str_eq(hex, "");
}
END_TEST

START_TEST(what_was_encoded_decodes) {
    uint8_t out[5];
    ck_assert(decode_base64(text_of("/+++ABA="), out, 5));
    ck_assert_mem_eq(out, bytes, 5);
    memset(out, 0, sizeof out);
    ck_assert(decode_base64url(text_of("_---ABA"), out, 5));
    ck_assert_mem_eq(out, bytes, 5);
    memset(out, 0, sizeof out);
    ck_assert(decode_hex(text_of("ffefbe0010"), out, 5));
    ck_assert_mem_eq(out, bytes, 5);
}
END_TEST

static const char *const bad_base64[] = {
    "",          "/+++ABA",    "/+++ABA==", "/+++ABB=", "/+++AB==", "/+++ABA= ",
    " /+++ABA=", "/++\n+ABA=", "_---ABA=",  "/+++ABAA", "/+++AB@=", "/+++AB\xC3=",
};

START_TEST(one_value_has_one_spelling_in_base64) {
    uint8_t out[5] = {9, 9, 9, 9, 9};
    ck_assert(!decode_base64(text_of(bad_base64[_i]), out, 5));
    ck_assert_uint_eq(out[0], 9);
    ck_assert_uint_eq(out[4], 9);
}
END_TEST

static const char *const bad_url[] = {"_---ABA=", "_---ABB",    "/+++ABA", "_---AB",
                                      "_---ABAA", "_---AB\xC1", ""};

START_TEST(I14_one_value_has_one_spelling_in_base64url) {
    uint8_t out[5] = {9};
    ck_assert(!decode_base64url(text_of(bad_url[_i]), out, 5));
    ck_assert_uint_eq(out[0], 9);
}
END_TEST

START_TEST(hex_is_lower_case_and_of_the_right_length) {
    uint8_t out[2] = {9, 9};
    ck_assert(!decode_hex(text_of("FFEF"), out, 2));
    ck_assert(!decode_hex(text_of("ffe"), out, 2));
    ck_assert(!decode_hex(text_of("ffeff"), out, 2));
    ck_assert(!decode_hex(text_of("ffeg"), out, 2));
    ck_assert(!decode_hex(text_of(NULL), out, 0));
    ck_assert_uint_eq(out[0], 9);
}
END_TEST

START_TEST(what_is_longer_than_any_key_is_refused) {
    static uint8_t out[2000];
    ck_assert(!decode_base64(text_of("AAAA"), out, 2000));
    ck_assert(!decode_base64(text_of(NULL), out, 0));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("encode");
    TCase *cases = tcase_create("encode");
    tcase_add_test(cases, each_alphabet_has_its_spelling);
    tcase_add_test(cases, what_was_encoded_decodes);
    tcase_add_loop_test(cases, one_value_has_one_spelling_in_base64, 0,
                        (int)(sizeof bad_base64 / sizeof bad_base64[0]));
    tcase_add_loop_test(cases, I14_one_value_has_one_spelling_in_base64url, 0,
                        (int)(sizeof bad_url / sizeof bad_url[0]));
    tcase_add_test(cases, hex_is_lower_case_and_of_the_right_length);
    tcase_add_test(cases, what_is_longer_than_any_key_is_refused);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

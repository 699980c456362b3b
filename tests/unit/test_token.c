#include "unit.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/secret.h"
#include "core/token.h"

START_TEST(a_token_is_found_by_what_it_says) {
    char text[TOKEN_TEXT + 1];
    struct token_key made, parsed;
    token_new(text, &made, 0);
    ck_assert_uint_eq(strlen(text), TOKEN_TEXT);
    ck_assert(token_parse(text_of(text), &parsed));
    ck_assert_int_eq(parsed.bucket, made.bucket);
    ck_assert_mem_eq(parsed.hash, made.hash, TOKEN_HASH);
}
END_TEST

START_TEST(a_tokens_place_in_the_index_is_when_it_was_made) {
    char text[TOKEN_TEXT + 1];
    struct token_key key;
    token_new(text, &key, INT64_C(60000) * (65536 * 3 + 517) + 59999);
    ck_assert_int_eq(key.bucket, 517);
    ck_assert_uint_eq(key.hash[0], 15);
    token_new(text, &key, INT64_C(60000) * (65536 * 3 + 518));
    ck_assert_int_eq(key.bucket, 518);
    ck_assert_uint_eq(key.hash[0], 1);
}
END_TEST

static void decode(const char text[TOKEN_TEXT + 1], uint8_t bytes[TOKEN_BYTES + 1]) {
    char spelt[TOKEN_TEXT + 2];
    snprintf(spelt, sizeof spelt, "%sA", text);
    ck_assert(decode_base64url(text_of(spelt), bytes, TOKEN_BYTES + 1));
}

START_TEST(the_rest_of_the_key_is_sha256) {
    char text[TOKEN_TEXT + 1];
    uint8_t bytes[TOKEN_BYTES + 1], hash[TOKEN_HASH];
    struct token_key key;
    token_new(text, &key, 0);
    decode(text, bytes);
    crypto_hash_sha256(hash, bytes, TOKEN_BYTES);
    ck_assert_mem_eq(hash, key.hash + 1, TOKEN_HASH - 1);
}
END_TEST

/* In a mail that somebody has had for a month. */
START_TEST(a_token_of_an_earlier_letter_is_known) {
    uint8_t bytes[TOKEN_BYTES] = {1, 2, 3}, hash[TOKEN_HASH];
    char text[ENCODE_BASE64_SIZE(TOKEN_BYTES)];
    struct token_key key;
    encode_base64url(text, bytes, sizeof bytes);
    crypto_hash_sha256(hash, bytes, sizeof bytes);
    ck_assert(token_parse(text_of(text), &key));
    ck_assert_int_eq(key.bucket, 258);
    ck_assert_mem_eq(key.hash, hash, TOKEN_HASH);
}
END_TEST

START_TEST(I13_no_two_are_alike) {
    char texts[200][TOKEN_TEXT + 1];
    struct token_key key;
    for (size_t i = 0; i < 200; i++) {
        token_new(texts[i], &key, 0);
        for (size_t k = 0; k < i; k++) {
            ck_assert_str_ne(texts[i], texts[k]);
        }
    }
}
END_TEST

START_TEST(I14_another_spelling_is_no_token) {
    char text[TOKEN_TEXT + 3];
    struct token_key key = {.bucket = -5};
    struct token_key made;
    token_new(text, &made, 0);
    ck_assert(!token_parse(text_span(text, TOKEN_TEXT - 1), &key));
    ck_assert(!token_parse(text_of(NULL), &key));
    ck_assert(!token_parse(text_of(""), &key));
    strcpy(text + TOKEN_TEXT, "A");
    ck_assert(!token_parse(text_of(text), &key));
    strcpy(text + TOKEN_TEXT, "==");
    ck_assert(!token_parse(text_of(text), &key));
    char last = text[TOKEN_TEXT - 1];
    text[TOKEN_TEXT] = '\0';
    /* The last character carries two bits and the moment: another moment is another token. */
    text[TOKEN_TEXT - 1] = last == 'A' ? 'B' : 'A';
    struct token_key another;
    ck_assert(token_parse(text_of(text), &another));
    ck_assert_mem_ne(another.hash, made.hash, TOKEN_HASH);
    text[TOKEN_TEXT - 1] = last;
    static const char other[] = "+/=% \n.\xC3";
    for (size_t i = 0; i < sizeof other; i++) {
        char kept = text[20];
        text[20] = other[i];
        ck_assert(!token_parse(text_span(text, TOKEN_TEXT), &key));
        text[20] = kept;
    }
    ck_assert_int_eq(key.bucket, -5);
}
END_TEST

/* Who does not know where the token ends sends what stands behind the # of the link. */
START_TEST(the_whole_of_a_link_is_its_token) {
    char text[TOKEN_LINK + 2] = "";
    uint8_t own_key[32] = {200, 100, 50};
    struct token_key made, parsed = {.bucket = -5};
    token_new(text, &made, 0);
    encode_base64url(text + TOKEN_TEXT, own_key, sizeof own_key);
    ck_assert_uint_eq(strlen(text), TOKEN_LINK);
    ck_assert(token_parse(text_of(text), &parsed));
    ck_assert_int_eq(parsed.bucket, made.bucket);
    ck_assert_mem_eq(parsed.hash, made.hash, TOKEN_HASH);
}
END_TEST

START_TEST(I14_a_link_that_is_cut_or_longer_or_spelt_otherwise_is_no_token) {
    char text[TOKEN_LINK + 2] = "";
    uint8_t own_key[32] = {200, 100, 50};
    struct token_key made, key = {.bucket = -5};
    token_new(text, &made, 0);
    encode_base64url(text + TOKEN_TEXT, own_key, sizeof own_key);
    for (size_t len = TOKEN_TEXT + 1; len < TOKEN_LINK; len++) {
        ck_assert(!token_parse(text_span(text, len), &key));
    }
    text[TOKEN_LINK] = 'A';
    ck_assert(!token_parse(text_of(text), &key));
    text[TOKEN_LINK] = '\0';
    text[TOKEN_TEXT + 5] = '=';
    ck_assert(!token_parse(text_of(text), &key));
    ck_assert_int_eq(key.bucket, -5);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("token");
    TCase *cases = tcase_create("token");
    if (secret_start() != ST_OK) {
        return EXIT_FAILURE;
    }
    unit_draws_random(cases);
    tcase_add_test(cases, a_token_is_found_by_what_it_says);
    tcase_add_test(cases, a_tokens_place_in_the_index_is_when_it_was_made);
    tcase_add_test(cases, the_rest_of_the_key_is_sha256);
    tcase_add_test(cases, a_token_of_an_earlier_letter_is_known);
    tcase_add_test(cases, I13_no_two_are_alike);
    tcase_add_test(cases, I14_another_spelling_is_no_token);
    tcase_add_test(cases, the_whole_of_a_link_is_its_token);
    tcase_add_test(cases, I14_a_link_that_is_cut_or_longer_or_spelt_otherwise_is_no_token);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

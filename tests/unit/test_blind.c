#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "core/blind.h"

#define KEY_A "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
#define KEY_B "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI="

static struct blind_keys *keys_of(const char *file) {
    struct blind_keys *keys = NULL;
    size_t line = 0;
    ck_assert_int_eq(blind_keys_parse(text_of(file), &keys, &line), ST_OK);
    return keys;
}

START_TEST(keys_have_numbers) {
    struct blind_keys *keys = keys_of("# keys\n7 " KEY_A "\n\n3 " KEY_B "\n");
    ck_assert_int_eq(blind_keys_newest(keys), 7);
    ck_assert(blind_keys_have(keys, 7) && !blind_keys_have(keys, 8));
    blind_keys_free(&keys);
    ck_assert_ptr_null(keys);
}
END_TEST

struct wrong {
    const char *file;
    size_t line;
};

static const struct wrong wrongs[] = {
    {"", 0},
    {"# nothing\n", 0},
    {"1 " KEY_A "\n1 " KEY_B, 2},
    {"0 " KEY_A, 1},
    {"32768 " KEY_A, 1},
    {"-1 " KEY_A, 1},
    {KEY_A, 1},
    {"1", 1},
    {"1 x", 1},
    {"\n1 AQEB", 2},
    {"1 " KEY_A "=", 1},
    {"1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", 1},
};

START_TEST(O14_a_bad_file_of_keys_is_refused_by_line) {
    struct blind_keys *keys = NULL;
    size_t line = 99;
    ck_assert_int_eq(blind_keys_parse(text_of(wrongs[_i].file), &keys, &line), ST_INVALID);
    ck_assert_uint_eq(line, wrongs[_i].line);
    ck_assert_ptr_null(keys);
}
END_TEST

START_TEST(there_is_room_for_sixteen_keys) {
    char file[2000] = "";
    for (int i = 1; i <= 17; i++) {
        char line[80];
        snprintf(line, sizeof line, "%d " KEY_A "\n", i);
        strcat(file, line);
    }
    struct blind_keys *keys = NULL;
    size_t line = 0;
    ck_assert_int_eq(blind_keys_parse(text_of(file), &keys, &line), ST_INVALID);
    ck_assert_uint_eq(line, 17);
}
END_TEST

START_TEST(an_address_has_one_hash_per_petition_and_key) {
    struct blind_keys *keys = keys_of("1 " KEY_A "\n2 " KEY_B);
    uint8_t a[BLIND_SIZE], b[BLIND_SIZE];
    ck_assert_int_eq(blind_email(keys, 1, 5, "ada@example.org", a), ST_OK);
    ck_assert_int_eq(blind_email(keys, 1, 5, "ada@example.org", b), ST_OK);
    ck_assert_mem_eq(a, b, BLIND_SIZE);
    blind_email(keys, 1, 6, "ada@example.org", b);
    ck_assert_mem_ne(a, b, BLIND_SIZE);
    blind_email(keys, 2, 5, "ada@example.org", b);
    ck_assert_mem_ne(a, b, BLIND_SIZE);
    blind_email(keys, 1, 5, "ada@example.or", b);
    ck_assert_mem_ne(a, b, BLIND_SIZE);
    memset(b, 9, sizeof b);
    ck_assert_int_eq(blind_email(keys, 3, 5, "ada@example.org", b), ST_NOT_FOUND);
    ck_assert_uint_eq(b[0], 9);
    blind_keys_free(&keys);
}
END_TEST

START_TEST(a_referrer_has_one_number_per_petition_and_key) {
    struct blind_keys *keys = keys_of("1 " KEY_A "\n2 " KEY_B);
    int64_t a = 0, b = 0;
    ck_assert_int_eq(blind_referrer(keys, 1, 5, text_of("ada"), &a), ST_OK);
    ck_assert_int_eq(blind_referrer(keys, 1, 5, text_of("ada"), &b), ST_OK);
    ck_assert_int_eq(a, b);
    ck_assert_int_ne(a, 0);
    blind_referrer(keys, 1, 6, text_of("ada"), &b);
    ck_assert_int_ne(a, b);
    blind_referrer(keys, 2, 5, text_of("ada"), &b);
    ck_assert_int_ne(a, b);
    blind_referrer(keys, 1, 5, text_of("Ada"), &b);
    ck_assert_int_ne(a, b);
    ck_assert_int_eq(blind_referrer(keys, 3, 5, text_of("ada"), &a), ST_NOT_FOUND);
    blind_keys_free(&keys);
}
END_TEST

START_TEST(no_use_can_stand_in_for_another) {
    struct blind_keys *keys = keys_of("1 " KEY_A);
    uint8_t mailbox[BLIND_SIZE], caller[BLIND_SIZE], email[BLIND_SIZE];
    blind_mailbox(keys, "abcd@x.org", mailbox);
    blind_caller(keys, (const uint8_t *)"abcd@x.org", 10, caller);
    blind_email(keys, 1, 0x61626364, "@x.org", email);
    ck_assert_mem_ne(mailbox, caller, BLIND_SIZE);
    ck_assert_mem_ne(mailbox, email, BLIND_SIZE);
    ck_assert_mem_ne(caller, email, BLIND_SIZE);
    blind_keys_free(&keys);
}
END_TEST

START_TEST(O8_a_new_key_leaves_mailboxes_and_callers_as_they_were) {
    struct blind_keys *old = keys_of("1 " KEY_A), *rotated = keys_of("2 " KEY_B "\n1 " KEY_A);
    uint8_t a[BLIND_SIZE], b[BLIND_SIZE];
    blind_mailbox(old, "ada@example.org", a);
    blind_mailbox(rotated, "ada@example.org", b);
    ck_assert_mem_eq(a, b, BLIND_SIZE);
    blind_caller(old, (const uint8_t *)"\x20\x01\x02\x03\x04", 5, a);
    blind_caller(rotated, (const uint8_t *)"\x20\x01\x02\x03\x04", 5, b);
    ck_assert_mem_eq(a, b, BLIND_SIZE);
    blind_keys_free(&old);
    blind_keys_free(&rotated);
}
END_TEST

/* Fixed for ever: rows in databases were found by it. */
START_TEST(the_hash_does_not_change_between_versions) {
    struct blind_keys *keys = keys_of("1 " KEY_A);
    uint8_t out[BLIND_SIZE];
    blind_email(keys, 1, 1, "ada@example.org", out);
    static const uint8_t expected[BLIND_SIZE] = {0x88, 0x34, 0x59, 0xcb, 0x03, 0x5c, 0xe8, 0xcf,
                                                 0x65, 0xed, 0x40, 0xb0, 0x61, 0x34, 0x50, 0xb2};
    ck_assert_mem_eq(out, expected, BLIND_SIZE);
    blind_keys_free(&keys);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("blind");
    TCase *cases = tcase_create("blind");
    if (secret_start() != ST_OK) {
        return EXIT_FAILURE;
    }
    tcase_add_test(cases, keys_have_numbers);
    tcase_add_loop_test(cases, O14_a_bad_file_of_keys_is_refused_by_line, 0,
                        (int)(sizeof wrongs / sizeof wrongs[0]));
    tcase_add_test(cases, there_is_room_for_sixteen_keys);
    tcase_add_test(cases, an_address_has_one_hash_per_petition_and_key);
    tcase_add_test(cases, a_referrer_has_one_number_per_petition_and_key);
    tcase_add_test(cases, no_use_can_stand_in_for_another);
    tcase_add_test(cases, O8_a_new_key_leaves_mailboxes_and_callers_as_they_were);
    tcase_add_test(cases, the_hash_does_not_change_between_versions);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

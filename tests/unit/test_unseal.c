#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "core/unseal.h"

static struct keypair *alice;

START_TEST(a_key_file_is_read_back) {
    struct keypair *pair = NULL;
    struct buffer file;
    buffer_init(&file, 4096);
    ck_assert_int_eq(keypair_write(alice, text_of(NULL), &file), ST_OK);
    ck_assert_int_eq(keypair_read(buffer_text(&file), text_of("ignored"), &pair), ST_OK);
    ck_assert_mem_eq(keypair_public(pair), keypair_public(alice), SEAL_PUBLIC_KEY);
    keypair_free(&pair);
    buffer_done(&file);
    buffer_init(&file, 10);
    ck_assert_int_eq(keypair_write(alice, text_of(NULL), &file), ST_FAULT);
    buffer_done(&file);
}
END_TEST

START_TEST(a_passphrase_keeps_a_key_file_shut) {
    struct keypair *pair = NULL;
    struct buffer file;
    buffer_init(&file, 4096);
    ck_assert_int_eq(keypair_write(alice, text_of("correct horse"), &file), ST_OK);
    ck_assert_ptr_null(strstr(file.data, "secret "));
    ck_assert_int_eq(keypair_read(buffer_text(&file), text_of(NULL), &pair), ST_FORBIDDEN);
    ck_assert_int_eq(keypair_read(buffer_text(&file), text_of("wrong"), &pair), ST_FORBIDDEN);
    ck_assert_ptr_null(pair);
    ck_assert_int_eq(keypair_read(buffer_text(&file), text_of("correct horse"), &pair), ST_OK);
    ck_assert_mem_eq(keypair_public(pair), keypair_public(alice), SEAL_PUBLIC_KEY);
    keypair_free(&pair);
    buffer_done(&file);
}
END_TEST

#define SALT "AAAAAAAAAAAAAAAAAAAAAA=="
#define NONCE "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define BOX "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static const char *const no_key_files[] = {
    "",
    "# only a comment\n",
    "secret",
    "secret AAAA",
    "secret AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= ",
    "secret BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA=\nsecret again\n",
    "public BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA=",
    "sealed",
    "sealed 3 8192 " SALT " " NONCE,
    "sealed 3 8192 " SALT " " NONCE " " BOX " x",
    "sealed 0 8192 " SALT " " NONCE " " BOX,
    "sealed 99 8192 " SALT " " NONCE " " BOX,
    "sealed 3 1 " SALT " " NONCE " " BOX,
    "sealed 3 99999999999 " SALT " " NONCE " " BOX,
    "sealed -3 8192 " SALT " " NONCE " " BOX,
    "sealed 3 8192 " NONCE " " SALT " " BOX,
};

START_TEST(what_is_no_key_file_is_invalid) {
    struct keypair *pair = NULL;
    enum status status = keypair_read(text_of(no_key_files[_i]), text_of("x"), &pair);
    /* The fifth is only untidy: lines are trimmed. */
    ck_assert_int_eq(status, _i == 4 ? ST_OK : ST_INVALID);
    keypair_free(&pair);
}
END_TEST

START_TEST(a_box_that_is_damaged_is_like_a_wrong_passphrase) {
    struct keypair *pair = NULL;
    ck_assert_int_eq(
        keypair_read(text_of("sealed 1 8192 " SALT " " NONCE " " BOX), text_of("x"), &pair),
        ST_FORBIDDEN);
    ck_assert_ptr_null(pair);
}
END_TEST

#define COUNT(array) (int)(sizeof(array) / sizeof(array)[0])

int main(void) {
    Suite *suite = suite_create("unseal");
    TCase *cases = tcase_create("unseal");
    if (secret_start() != ST_OK || keypair_new(&alice) != ST_OK) {
        return EXIT_FAILURE;
    }
    unit_draws_random(cases);
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, a_key_file_is_read_back);
    tcase_add_test(cases, a_passphrase_keeps_a_key_file_shut);
    tcase_add_loop_test(cases, what_is_no_key_file_is_invalid, 0, COUNT(no_key_files));
    tcase_add_test(cases, a_box_that_is_damaged_is_like_a_wrong_passphrase);
    suite_add_tcase(suite, cases);
    int code = unit_run(suite);
    keypair_free(&alice);
    return code;
}

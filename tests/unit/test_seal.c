#include "unit.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/secret.h"
#include "core/unseal.h"

static struct keypair *alice, *bob;

/* Fills recipients from key pairs. */
static struct recipients both(void) {
    struct recipients recipients = {.count = 2};
    memcpy(recipients.keys[0], keypair_public(alice), SEAL_PUBLIC_KEY);
    memcpy(recipients.keys[1], keypair_public(bob), SEAL_PUBLIC_KEY);
    return recipients;
}

static const uint8_t email_hash[BLIND_SIZE] = "0123456789abcde";
static const struct seal_context here = {7, email_hash};

enum { PLAIN = 256, SEALED = PLAIN + SEAL_OVERHEAD };

struct row {
    struct epoch *epoch;
    uint8_t boxes[SEAL_RECIPIENTS_MAX][SEAL_EPOCH_BOX];
    uint8_t plain[PLAIN], sealed[SEALED];
};

static void seal(struct row *row) {
    struct recipients recipients = both();
    ck_assert_int_eq(epoch_new(SEAL_SIGNER, &recipients, &row->epoch, row->boxes), ST_OK);
    ck_assert_int_gt(epoch_id(row->epoch), 0);
    memset(row->plain, 'p', PLAIN);
    ck_assert_int_eq(seal_row(row->epoch, &here, row->plain, PLAIN, row->sealed), ST_OK);
}

static struct opened_epoch *open_by(const struct keypair *pair, struct row *row, size_t box) {
    struct opened_epoch *opened = NULL;
    ck_assert_int_eq(
        unseal_epoch(pair, SEAL_SIGNER, epoch_id(row->epoch), row->boxes[box], &opened), ST_OK);
    return opened;
}

START_TEST(each_recipient_can_open_what_was_sealed) {
    struct row row;
    seal(&row);
    const struct keypair *pairs[] = {alice, bob};
    for (size_t i = 0; i < 2; i++) {
        uint8_t plain[PLAIN] = {0};
        struct opened_epoch *opened = open_by(pairs[i], &row, i);
        ck_assert_int_eq(unseal_row(opened, &here, row.sealed, SEALED, plain), ST_OK);
        ck_assert_mem_eq(plain, row.plain, PLAIN);
        opened_epoch_free(&opened);
        ck_assert_ptr_null(opened);
    }
    epoch_free(&row.epoch);
    ck_assert_ptr_null(row.epoch);
}
END_TEST

START_TEST(nobody_else_can) {
    struct row row;
    struct opened_epoch *opened = NULL;
    seal(&row);
    ck_assert_int_eq(unseal_epoch(alice, SEAL_SIGNER, epoch_id(row.epoch), row.boxes[1], &opened),
                     ST_FORBIDDEN);
    row.boxes[0][40] ^= 1;
    ck_assert_int_eq(unseal_epoch(alice, SEAL_SIGNER, epoch_id(row.epoch), row.boxes[0], &opened),
                     ST_FORBIDDEN);
    ck_assert_ptr_null(opened);
    epoch_free(&row.epoch);
}
END_TEST

START_TEST(O9_a_flipped_bit_does_not_open) {
    struct row row;
    uint8_t plain[PLAIN] = {9};
    seal(&row);
    struct opened_epoch *opened = open_by(alice, &row, 0);
    for (size_t i = 0; i < SEALED; i++) {
        row.sealed[i] ^= 1;
        ck_assert_int_eq(unseal_row(opened, &here, row.sealed, SEALED, plain), ST_FORBIDDEN);
        row.sealed[i] ^= 1;
    }
    ck_assert_int_eq(unseal_row(opened, &here, row.sealed, SEALED - 1, plain), ST_FORBIDDEN);
    ck_assert_int_eq(unseal_row(opened, &here, row.sealed, SEAL_OVERHEAD - 1, plain), ST_FORBIDDEN);
    ck_assert_int_eq(unseal_row(opened, &here, row.sealed, 0, plain), ST_FORBIDDEN);
    ck_assert_uint_eq(plain[0], 9);
    ck_assert_int_eq(unseal_row(opened, &here, row.sealed, SEALED, plain), ST_OK);
    opened_epoch_free(&opened);
    epoch_free(&row.epoch);
}
END_TEST

START_TEST(a_row_that_was_moved_does_not_open) {
    struct row row;
    uint8_t plain[PLAIN];
    uint8_t other_hash[BLIND_SIZE] = "0123456789abcdX";
    const struct seal_context elsewhere = {8, email_hash}, other = {7, other_hash};
    seal(&row);
    struct opened_epoch *opened = open_by(alice, &row, 0), *wrong = NULL;
    ck_assert_int_eq(unseal_row(opened, &elsewhere, row.sealed, SEALED, plain), ST_FORBIDDEN);
    ck_assert_int_eq(unseal_row(opened, &other, row.sealed, SEALED, plain), ST_FORBIDDEN);
    unseal_epoch(alice, SEAL_LETTER, epoch_id(row.epoch), row.boxes[0], &wrong);
    ck_assert_int_eq(unseal_row(wrong, &here, row.sealed, SEALED, plain), ST_FORBIDDEN);
    opened_epoch_free(&wrong);
    unseal_epoch(alice, SEAL_SIGNER, epoch_id(row.epoch) ^ 1, row.boxes[0], &wrong);
    ck_assert_int_eq(unseal_row(wrong, &here, row.sealed, SEALED, plain), ST_FORBIDDEN);
    opened_epoch_free(&wrong);
    opened_epoch_free(&opened);
    epoch_free(&row.epoch);
}
END_TEST

START_TEST(the_same_plain_text_never_looks_the_same) {
    struct row row;
    uint8_t again[SEALED];
    seal(&row);
    seal_row(row.epoch, &here, row.plain, PLAIN, again);
    ck_assert_mem_ne(row.sealed, again, SEALED);
    ck_assert_ptr_null(memmem(row.sealed, SEALED, "pppppppp", 8));
    ck_assert_uint_eq(row.sealed[0], 1);
    epoch_free(&row.epoch);
}
END_TEST

/* As the browser does it. */
static void show_key(const uint8_t *sealed, const uint8_t *own_key, uint8_t *key) {
    crypto_core_hchacha20(key, sealed + 1, own_key, NULL);
    for (size_t i = 0; i < SEAL_ROW_KEY; i++)
        key[i] ^= sealed[25 + i];
}

START_TEST(two_rows_of_one_own_key_have_neither_key_nor_mask_in_common) {
    struct row row;
    uint8_t sealed[2][PLAIN + SEAL_OWN_OVERHEAD], own_key[SEAL_ROW_KEY], key[2][SEAL_ROW_KEY];
    memset(own_key, 7, sizeof own_key);
    seal(&row);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(seal_own_row(row.epoch, &here, own_key, row.plain, PLAIN, sealed[i]),
                         ST_OK);
        show_key(sealed[i], own_key, key[i]);
    }
    ck_assert_mem_ne(sealed[0] + 1, sealed[1] + 1, 24);
    ck_assert_mem_ne(key[0], key[1], SEAL_ROW_KEY);
    /* What lies in the database of both would tell the difference of the keys, were the mask one.
     */
    for (size_t i = 0; i < SEAL_ROW_KEY; i++) {
        sealed[0][25 + i] ^= sealed[1][25 + i];
        key[0][i] ^= key[1][i];
    }
    ck_assert_mem_ne(sealed[0] + 25, key[0], SEAL_ROW_KEY);
    epoch_free(&row.epoch);
}
END_TEST

START_TEST(a_signers_own_row_opens_for_recipients_and_for_its_own_key) {
    struct row row;
    uint8_t own_key[SEAL_ROW_KEY], key[SEAL_ROW_KEY], bound[SEAL_BOUND], plain[PLAIN] = {0};
    uint8_t sealed[PLAIN + SEAL_OWN_OVERHEAD];
    seal(&row);
    memset(own_key, 7, sizeof own_key);
    ck_assert_int_eq(seal_own_row(row.epoch, &here, own_key, row.plain, PLAIN, sealed), ST_OK);
    ck_assert_uint_eq(seal_overhead(sealed, sizeof sealed), SEAL_OWN_OVERHEAD);
    struct opened_epoch *opened = open_by(alice, &row, 0);
    ck_assert_int_eq(unseal_row(opened, &here, sealed, sizeof sealed, plain), ST_OK);
    ck_assert_mem_eq(plain, row.plain, PLAIN);
    opened_epoch_free(&opened);
    size_t bound_len = seal_own_bound(epoch_id(row.epoch), &here, sealed, sizeof sealed, bound);
    ck_assert_uint_eq(bound_len, SEAL_BOUND);
    show_key(sealed, own_key, key);
    memset(plain, 0, sizeof plain);
    ck_assert_int_eq(crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, sealed + 57,
                                                                sizeof sealed - 57, bound,
                                                                bound_len, sealed + 1, key),
                     0);
    ck_assert_mem_eq(plain, row.plain, PLAIN);
    epoch_free(&row.epoch);
}
END_TEST

START_TEST(O9_no_byte_of_an_own_row_may_change) {
    struct row row;
    uint8_t own_key[SEAL_ROW_KEY] = {7}, plain[PLAIN], sealed[PLAIN + SEAL_OWN_OVERHEAD];
    seal(&row);
    ck_assert_int_eq(seal_own_row(row.epoch, &here, own_key, row.plain, PLAIN, sealed), ST_OK);
    struct opened_epoch *opened = open_by(alice, &row, 0);
    for (size_t i = 0; i < sizeof sealed; i++) {
        sealed[i] ^= 1;
        ck_assert_msg(unseal_row(opened, &here, sealed, sizeof sealed, plain) == ST_FORBIDDEN,
                      "%zu", i);
        sealed[i] ^= 1;
    }
    ck_assert_int_eq(unseal_row(opened, &here, sealed, sizeof sealed, plain), ST_OK);
    opened_epoch_free(&opened);
    epoch_free(&row.epoch);
}
END_TEST

/* Sealed as it was before the slot was bound. */
START_TEST(an_own_row_of_before_is_opened) {
    struct row row;
    uint8_t bound[SEAL_BOUND], epoch_key[SEAL_EPOCH_KEY], key[SEAL_ROW_KEY], plain[PLAIN];
    uint8_t sealed[PLAIN + SEAL_OWN_OVERHEAD] = {2};
    seal(&row);
    ck_assert_int_eq(unseal_one_key(alice, row.boxes[0], epoch_key), ST_OK);
    crypto_generichash(key, sizeof key, sealed + 1, 24, epoch_key, sizeof epoch_key);
    size_t bound_len = seal_own_bound(epoch_id(row.epoch), &here, sealed, sizeof sealed, bound);
    ck_assert_uint_eq(bound_len, 30);
    crypto_aead_xchacha20poly1305_ietf_encrypt(sealed + 57, NULL, row.plain, PLAIN, bound,
                                               bound_len, NULL, sealed + 1, key);
    struct opened_epoch *opened = open_by(alice, &row, 0);
    ck_assert_int_eq(unseal_row(opened, &here, sealed, sizeof sealed, plain), ST_OK);
    ck_assert_mem_eq(plain, row.plain, PLAIN);
    opened_epoch_free(&opened);
    epoch_free(&row.epoch);
}
END_TEST

START_TEST(what_is_no_row_has_no_overhead) {
    const uint8_t other[SEAL_OWN_OVERHEAD] = {4}, own[SEAL_OWN_OVERHEAD] = {2};
    ck_assert_uint_eq(seal_overhead(other, sizeof other), 0);
    ck_assert_uint_eq(seal_overhead(own, SEAL_OWN_OVERHEAD - 1), 0);
    ck_assert_uint_eq(seal_overhead(own, 0), 0);
}
END_TEST

/* Points of small order: 0, 1, order 8, p - 1, p, p + 1. */
static const char *const unusable[] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0900000000000000000000000000000000000000000000000000000000000080",
};

START_TEST(O6_to_a_weak_key_nothing_is_sealed) {
    uint8_t key[SEAL_PUBLIC_KEY], boxes[SEAL_RECIPIENTS_MAX][SEAL_EPOCH_BOX] = {{9}};
    char base64[ENCODE_BASE64_SIZE(SEAL_PUBLIC_KEY)];
    struct recipients recipients = {.count = 1}, parsed;
    struct epoch *epoch = NULL;
    size_t line = 0;
    ck_assert(decode_hex(text_of(unusable[_i]), key, sizeof key));
    ck_assert(!recipients_key_usable(key));
    memcpy(recipients.keys[0], key, sizeof key);
    ck_assert_int_eq(epoch_new(SEAL_SIGNER, &recipients, &epoch, boxes), ST_INVALID);
    ck_assert_ptr_null(epoch);
    ck_assert_uint_eq(boxes[0][0], 9);
    encode_base64(base64, key, sizeof key);
    ck_assert_int_eq(recipients_parse(text_of(base64), &parsed, &line), ST_INVALID);
    ck_assert_uint_eq(line, 1);
}
END_TEST

START_TEST(an_epoch_needs_one_to_eight_recipients) {
    struct epoch *epoch = NULL;
    uint8_t boxes[SEAL_RECIPIENTS_MAX][SEAL_EPOCH_BOX];
    struct recipients recipients = {.count = 0};
    ck_assert_int_eq(epoch_new(SEAL_SIGNER, &recipients, &epoch, boxes), ST_INVALID);
    recipients.count = SEAL_RECIPIENTS_MAX + 1;
    ck_assert_int_eq(epoch_new(SEAL_SIGNER, &recipients, &epoch, boxes), ST_INVALID);
}
END_TEST

START_TEST(recipients_are_read_from_lines) {
    char file[400], a[64], b[64];
    struct recipients parsed, expected = both();
    size_t line = 0;
    encode_base64(a, keypair_public(alice), SEAL_PUBLIC_KEY);
    encode_base64(b, keypair_public(bob), SEAL_PUBLIC_KEY);
    snprintf(file, sizeof file, "# organisation\n%s\n\n# recovery\n  %s\r\n", a, b);
    ck_assert_int_eq(recipients_parse(text_of(file), &parsed, &line), ST_OK);
    ck_assert(recipients_equal(&parsed, &expected));
    parsed.keys[1][0] ^= 1;
    ck_assert(!recipients_equal(&parsed, &expected));
    parsed = expected;
    parsed.count = 1;
    ck_assert(!recipients_equal(&parsed, &expected));
    snprintf(file, sizeof file, "%s\n%s\n%s\n", a, b, a);
    ck_assert_int_eq(recipients_parse(text_of(file), &parsed, &line), ST_INVALID);
    ck_assert_uint_eq(line, 3);
    ck_assert_int_eq(recipients_parse(text_of("# nothing"), &parsed, &line), ST_INVALID);
    ck_assert_uint_eq(line, 0);
    ck_assert_int_eq(recipients_parse(text_of("x"), &parsed, &line), ST_INVALID);
    ck_assert_int_eq(recipients_parse(text_of("AAAA"), &parsed, &line), ST_INVALID);
}
END_TEST

START_TEST(more_recipients_than_there_is_room_for_are_refused) {
    char file[1000] = "", line_text[64];
    struct recipients parsed;
    size_t line = 0;
    for (int i = 0; i < SEAL_RECIPIENTS_MAX + 1; i++) {
        struct keypair *pair = NULL;
        keypair_new(&pair);
        encode_base64(line_text, keypair_public(pair), SEAL_PUBLIC_KEY);
        strcat(strcat(file, line_text), "\n");
        keypair_free(&pair);
    }
    ck_assert_int_eq(recipients_parse(text_of(file), &parsed, &line), ST_INVALID);
    ck_assert_uint_eq(line, SEAL_RECIPIENTS_MAX + 1);
}
END_TEST

START_TEST(O7_a_private_key_among_public_ones_is_forbidden) {
    struct recipients parsed = {.count = 42};
    struct buffer file;
    size_t line = 0;
    buffer_init(&file, 4096);
    ck_assert_int_eq(keypair_write(alice, text_of(NULL), &file), ST_OK);
    ck_assert_int_eq(recipients_parse(buffer_text(&file), &parsed, &line), ST_FORBIDDEN);
    ck_assert_uint_eq(line, 3);
    ck_assert_int_eq(recipients_parse(text_of("sealed 3 1 a b c"), &parsed, &line), ST_FORBIDDEN);
    ck_assert_uint_eq(parsed.count, 42);
    buffer_done(&file);
}
END_TEST

#define COUNT(array) (int)(sizeof(array) / sizeof(array)[0])

int main(void) {
    Suite *suite = suite_create("seal");
    TCase *cases = tcase_create("seal");
    if (secret_start() != ST_OK || keypair_new(&alice) != ST_OK || keypair_new(&bob) != ST_OK) {
        return EXIT_FAILURE;
    }
    unit_draws_random(cases);
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, each_recipient_can_open_what_was_sealed);
    tcase_add_test(cases, nobody_else_can);
    tcase_add_test(cases, O9_a_flipped_bit_does_not_open);
    tcase_add_test(cases, a_row_that_was_moved_does_not_open);
    tcase_add_test(cases, the_same_plain_text_never_looks_the_same);
    tcase_add_test(cases, a_signers_own_row_opens_for_recipients_and_for_its_own_key);
    tcase_add_test(cases, two_rows_of_one_own_key_have_neither_key_nor_mask_in_common);
    tcase_add_test(cases, O9_no_byte_of_an_own_row_may_change);
    tcase_add_test(cases, an_own_row_of_before_is_opened);
    tcase_add_test(cases, what_is_no_row_has_no_overhead);
    tcase_add_loop_test(cases, O6_to_a_weak_key_nothing_is_sealed, 0, COUNT(unusable));
    tcase_add_test(cases, an_epoch_needs_one_to_eight_recipients);
    tcase_add_test(cases, recipients_are_read_from_lines);
    tcase_add_test(cases, more_recipients_than_there_is_room_for_are_refused);
    tcase_add_test(cases, O7_a_private_key_among_public_ones_is_forbidden);
    suite_add_tcase(suite, cases);
    int code = unit_run(suite);
    keypair_free(&alice);
    keypair_free(&bob);
    return code;
}

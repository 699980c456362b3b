#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "core/token.h"
#include "mail/unlock.h"

static struct keypair *pair;
static struct unlock *unlock;
static struct outbox_letter *letter;

static void set_up(void) {
    static uint8_t plain[ENVELOPE_MAX];
    uint8_t boxes[SEAL_RECIPIENTS_MAX][SEAL_EPOCH_BOX];
    const struct recipient recipient = {.email = text_of("ada@example.org"),
                                        .token = text_of("a token")};
    struct recipients recipients = {.count = 1};
    struct epoch *epoch = NULL;
    size_t len = 0;
    ck_assert_int_eq(secret_start(), ST_OK);
    ck_assert_int_eq(keypair_new(&pair), ST_OK);
    memcpy(recipients.keys[0], keypair_public(pair), SEAL_PUBLIC_KEY);
    ck_assert_int_eq(epoch_new(SEAL_LETTER, &recipients, &epoch, boxes), ST_OK);
    ck_assert_int_eq(envelope_put_recipient(&recipient, plain, &len), ST_OK);
    letter = calloc(1, sizeof *letter + len + SEAL_OVERHEAD);
    letter->petition = 7;
    letter->epoch = epoch_id(epoch);
    letter->has_key = true;
    letter->sealed_len = len + SEAL_OVERHEAD;
    memcpy(letter->epoch_box, boxes[0], SEAL_EPOCH_BOX);
    const struct seal_context context = {7, letter->email_hash};
    ck_assert_int_eq(seal_row(epoch, &context, plain, len, letter->sealed), ST_OK);
    epoch_free(&epoch);
    unlock = unlock_new(pair);
}

static void tear_down(void) {
    unlock_free(&unlock);
    keypair_free(&pair);
    outbox_letter_free(&letter);
}

START_TEST(a_letter_is_opened_again_and_again) {
    struct recipient recipient;
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(unlock_open(unlock, letter, &recipient), ST_OK);
        unit_assert_text(recipient.email, "ada@example.org");
        unit_assert_text(recipient.token, "a token");
    }
}
END_TEST

START_TEST(a_letter_of_another_place_stays_shut) {
    struct recipient recipient;
    letter->petition = 8;
    ck_assert_int_eq(unlock_open(unlock, letter, &recipient), ST_FORBIDDEN);
    letter->petition = 7;
    letter->email_hash[0] ^= 1;
    ck_assert_int_eq(unlock_open(unlock, letter, &recipient), ST_FORBIDDEN);
    letter->email_hash[0] ^= 1;
    letter->sealed[50] ^= 1;
    ck_assert_int_eq(unlock_open(unlock, letter, &recipient), ST_FORBIDDEN);
}
END_TEST

START_TEST(without_our_key_a_letter_stays_shut) {
    struct recipient recipient;
    letter->has_key = false;
    ck_assert_int_eq(unlock_open(unlock, letter, &recipient), ST_FORBIDDEN);
    letter->has_key = true;
    letter->epoch_box[0] ^= 1;
    ck_assert_int_eq(unlock_open(unlock, letter, &recipient), ST_FORBIDDEN);
    letter->sealed_len = SEAL_OVERHEAD;
    ck_assert_int_eq(unlock_open(unlock, letter, &recipient), ST_FORBIDDEN);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("unlock");
    TCase *cases = tcase_create("unlock");
    unit_draws_random(cases);
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, a_letter_is_opened_again_and_again);
    tcase_add_test(cases, a_letter_of_another_place_stays_shut);
    tcase_add_test(cases, without_our_key_a_letter_stays_shut);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

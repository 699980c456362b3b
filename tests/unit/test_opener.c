#include "unit.h"

#include <string.h>

#include "base/secret.h"
#include "core/seal.h"
#include "ctl/opener.h"

enum { PETITION = 5 };

static struct keypair *pair, *other;
static struct opener *opener;

/* A signature as it lies in the table. */
struct stored {
    uint8_t box[SEAL_EPOCH_BOX], hash[BLIND_SIZE], sealed[1024 + SEAL_OVERHEAD];
    struct signers_row row;
};

static void set_up(void) {
    ck_assert_int_eq(secret_start(), ST_OK);
    ck_assert_int_eq(keypair_new(&pair), ST_OK);
    ck_assert_int_eq(keypair_new(&other), ST_OK);
    opener = opener_new(pair);
    ck_assert_ptr_nonnull(opener);
}

static void tear_down(void) {
    opener_free(&opener);
    keypair_free(&pair);
    keypair_free(&other);
}

static void store(const struct keypair *recipient, const char *email, struct stored *out) {
    struct recipients recipients = {.count = 1};
    struct signer signer = {.email = text_of(email), .given_name = text_of("Ada")};
    struct epoch *epoch = NULL;
    uint8_t plain[ENVELOPE_MAX];
    size_t len;
    memcpy(recipients.keys[0], keypair_public(recipient), SEAL_PUBLIC_KEY);
    memset(out->hash, 3, sizeof out->hash);
    ck_assert_int_eq(epoch_new(SEAL_SIGNER, &recipients, &epoch, &out->box), ST_OK);
    ck_assert_int_eq(envelope_put_signer(&signer, plain, &len), ST_OK);
    ck_assert_uint_le(len + SEAL_OVERHEAD, sizeof out->sealed);
    struct seal_context context = {PETITION, out->hash};
    ck_assert_int_eq(seal_row(epoch, &context, plain, len, out->sealed), ST_OK);
    out->row = (struct signers_row){
        .id = 1,
        .epoch = epoch_id(epoch),
        .box = text_span((const char *)out->box, sizeof out->box),
        .email_hash = text_span((const char *)out->hash, sizeof out->hash),
        .sealed = text_span((const char *)out->sealed, len + SEAL_OVERHEAD),
    };
    epoch_free(&epoch);
}

static enum status open_one(const struct stored *stored, struct signer *signer) {
    return opener_open(opener, PETITION, &stored->row, signer);
}

START_TEST(what_was_sealed_opens) {
    struct stored stored;
    struct signer signer;
    store(pair, "ada@example.org", &stored);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(open_one(&stored, &signer), ST_OK);
        unit_assert_text(signer.email, "ada@example.org");
    }
}
END_TEST

START_TEST(an_epoch_is_opened_once) {
    struct stored stored;
    struct signer signer;
    store(pair, "ada@example.org", &stored);
    ck_assert_int_eq(open_one(&stored, &signer), ST_OK);
    stored.row.box = text_of(NULL);
    ck_assert_int_eq(open_one(&stored, &signer), ST_OK);
}
END_TEST

START_TEST(more_epochs_than_are_kept_open_all_the_same) {
    static struct stored stored[150];
    struct signer signer;
    for (size_t i = 0; i < 150; i++) {
        store(pair, "ada@example.org", &stored[i]);
    }
    for (size_t i = 0; i < 300; i++) {
        ck_assert_int_eq(open_one(&stored[i * 7 % 150], &signer), ST_OK);
    }
    stored[0].row.box = text_of(NULL);
    ck_assert_int_eq(open_one(&stored[0], &signer), ST_NOT_FOUND);
}
END_TEST

START_TEST(another_key_does_not_open) {
    struct stored stored;
    struct signer signer = {.text_version = 77};
    store(other, "ada@example.org", &stored);
    ck_assert_int_eq(open_one(&stored, &signer), ST_FORBIDDEN);
    stored.row.box = text_of(NULL);
    ck_assert_int_eq(open_one(&stored, &signer), ST_NOT_FOUND);
    ck_assert_int_eq(signer.text_version, 77);
}
END_TEST

START_TEST(O9_what_is_damaged_or_moved_does_not_open) {
    struct stored stored;
    struct signer signer;
    store(pair, "ada@example.org", &stored);
    ck_assert_int_eq(opener_open(opener, PETITION + 1, &stored.row, &signer), ST_FORBIDDEN);
    stored.hash[0] ^= 1;
    ck_assert_int_eq(open_one(&stored, &signer), ST_FORBIDDEN);
    stored.hash[0] ^= 1;
    stored.sealed[50] ^= 1;
    ck_assert_int_eq(open_one(&stored, &signer), ST_FORBIDDEN);
    stored.sealed[50] ^= 1;
    ck_assert_int_eq(open_one(&stored, &signer), ST_OK);
}
END_TEST

START_TEST(O9_wrong_lengths_are_damage) {
    struct stored good, bad;
    struct signer signer;
    store(pair, "ada@example.org", &good);
    bad = good;
    bad.row.sealed.len = SEAL_OVERHEAD;
    ck_assert_int_eq(open_one(&bad, &signer), ST_FORBIDDEN);
    bad.row.sealed.len = ENVELOPE_MAX + SEAL_OVERHEAD + 1;
    ck_assert_int_eq(open_one(&bad, &signer), ST_FORBIDDEN);
    bad = good;
    bad.row.email_hash.len = 15;
    ck_assert_int_eq(open_one(&bad, &signer), ST_FORBIDDEN);
    bad = good;
    bad.row.box.len = 79;
    bad.row.epoch++;
    ck_assert_int_eq(open_one(&bad, &signer), ST_FORBIDDEN);
}
END_TEST

START_TEST(a_subscriber_opens_and_is_bound_to_the_mailbox) {
    struct recipients recipients = {.count = 1};
    const struct recipient who = {.email = text_of("ada@example.org"), .locale = text_of("en")};
    struct recipient reader;
    struct epoch *epoch = NULL;
    uint8_t box[SEAL_EPOCH_BOX], mailbox[BLIND_SIZE] = {7}, sealed[1024 + SEAL_OVERHEAD];
    uint8_t plain[ENVELOPE_MAX];
    size_t len;
    memcpy(recipients.keys[0], keypair_public(pair), SEAL_PUBLIC_KEY);
    ck_assert_int_eq(epoch_new(SEAL_SUBSCRIBER, &recipients, &epoch, &box), ST_OK);
    ck_assert_int_eq(envelope_put_recipient(&who, plain, &len), ST_OK);
    const struct seal_context context = {0, mailbox};
    ck_assert_int_eq(seal_row(epoch, &context, plain, len, sealed), ST_OK);
    const struct readers_row row = {.mailbox = text_span((const char *)mailbox, BLIND_SIZE),
                                    .epoch = epoch_id(epoch),
                                    .box = text_span((const char *)box, sizeof box),
                                    .sealed = text_span((const char *)sealed, len + SEAL_OVERHEAD)};
    epoch_free(&epoch);
    ck_assert_int_eq(opener_open_reader(opener, &row, &reader), ST_OK);
    unit_assert_text(reader.email, "ada@example.org");
    mailbox[0]++;
    ck_assert_int_eq(opener_open_reader(opener, &row, &reader), ST_FORBIDDEN);
    struct opener *none = opener_new(other);
    ck_assert_int_eq(opener_open_reader(none, &row, &reader), ST_FORBIDDEN);
    opener_free(&none);
    ck_assert_ptr_nonnull(strstr(opener_why_not(ST_NOT_FOUND), "not sealed to this key"));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("opener");
    TCase *all = tcase_create("opener");
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_test(all, what_was_sealed_opens);
    tcase_add_test(all, an_epoch_is_opened_once);
    tcase_add_test(all, more_epochs_than_are_kept_open_all_the_same);
    tcase_add_test(all, another_key_does_not_open);
    tcase_add_test(all, O9_what_is_damaged_or_moved_does_not_open);
    tcase_add_test(all, O9_wrong_lengths_are_damage);
    tcase_add_test(all, a_subscriber_opens_and_is_bound_to_the_mailbox);
    suite_add_tcase(suite, all);
    return unit_run(suite);
}

#include "unit.h"

#include <string.h>

#include "base/secret.h"
#include "serve/keyring.h"
#include "store/epochs.h"

/* In place of the store: says how it went, and counts. */
static enum status stored;
static int stores;

enum status epochs_add(struct pg *pg, const struct epochs_row *row, int64_t deadline_ms) {
    (void)pg;
    (void)deadline_ms;
    ck_assert_int_gt(row->id, 0);
    stores++;
    return stored;
}

static struct keyring *keyring;
static struct recipients ours, theirs;

static void set_up(void) {
    ck_assert_int_eq(secret_start(), ST_OK);
    keyring = keyring_new();
    ours = theirs = (struct recipients){.count = 1};
    memset(ours.keys[0], 9, SEAL_PUBLIC_KEY);
    memset(theirs.keys[0], 11, SEAL_PUBLIC_KEY);
    stored = ST_OK;
    stores = 0;
}

static void tear_down(void) {
    keyring_free(&keyring);
}

static struct keyring_epoch *get(const struct recipients *recipients, int64_t life_ms) {
    const struct keyring_want want = {SEAL_SIGNER, recipients, life_ms};
    return keyring_get(keyring, NULL, &want, -1);
}

START_TEST(one_epoch_serves_a_set_of_recipients) {
    struct keyring_epoch *first = get(&ours, 1000), *again = get(&ours, 1000);
    struct keyring_epoch *other = get(&theirs, 1000);
    ck_assert_ptr_eq(first, again);
    ck_assert_ptr_ne(first, other);
    ck_assert_int_eq(stores, 2);
    ck_assert_uint_eq(keyring_count(keyring), 2);
    keyring_epoch_release(first);
    keyring_epoch_release(again);
    keyring_epoch_release(other);
}
END_TEST

START_TEST(what_is_sealed_to_one_key_for_two_purposes_has_two_epochs) {
    const struct keyring_want news = {SEAL_SUBSCRIBER, &ours, 1000};
    struct keyring_epoch *first = get(&ours, 1000);
    struct keyring_epoch *other = keyring_get(keyring, NULL, &news, -1);
    ck_assert_int_ne(epoch_id(first->epoch), epoch_id(other->epoch));
    keyring_epoch_release(first);
    keyring_epoch_release(other);
}
END_TEST

START_TEST(an_epoch_that_nobody_used_is_replaced_after_half_a_day) {
    struct keyring_epoch *unused = get(&ours, 1000);
    unused->made_ms -= INT64_C(12) * 3600 * 1000 - 1000;
    ck_assert(!keyring_is_due(keyring, 1000));
    unused->made_ms -= 1000;
    ck_assert(keyring_is_due(keyring, 1000));
    struct keyring_epoch *next = get(&ours, 1000);
    ck_assert_ptr_ne(next, unused);
    keyring_epoch_release(unused);
    keyring_epoch_release(next);
}
END_TEST

START_TEST(an_epoch_is_replaced_after_its_time_but_only_if_it_was_used) {
    struct keyring_epoch *unused = get(&ours, 0);
    ck_assert(!keyring_is_due(keyring, 0));
    keyring_epoch_use(unused);
    ck_assert(keyring_is_due(keyring, 0));
    ck_assert(!keyring_is_due(keyring, 3600000));
    struct keyring_epoch *next = get(&ours, 0);
    ck_assert_ptr_ne(next, unused);
    ck_assert_int_ne(epoch_id(next->epoch), epoch_id(unused->epoch));
    keyring_epoch_release(unused);
    keyring_epoch_release(next);
}
END_TEST

START_TEST(D1_without_a_store_there_is_no_new_epoch_and_an_old_one_goes_on) {
    stored = ST_UNAVAILABLE;
    ck_assert_ptr_null(get(&ours, 0));
    stored = ST_OK;
    struct keyring_epoch *old = get(&ours, 0);
    keyring_epoch_use(old);
    stored = ST_UNAVAILABLE;
    struct keyring_epoch *same = get(&ours, 0);
    ck_assert_ptr_eq(old, same);
    keyring_epoch_release(old);
    keyring_epoch_release(same);
}
END_TEST

START_TEST(an_epoch_that_nobody_wants_any_more_is_let_go) {
    struct keyring_epoch *kept = get(&ours, 0), *gone = get(&theirs, 0);
    keyring_epoch_use(gone);
    keyring_tidy(keyring);
    ck_assert_uint_eq(keyring_count(keyring), 2);
    ck_assert(keyring_is_due(keyring, 0));
    struct keyring_epoch *again = get(&ours, 0);
    keyring_tidy(keyring);
    ck_assert_uint_eq(keyring_count(keyring), 1);
    ck_assert(!keyring_is_due(keyring, 0));
    ck_assert_ptr_eq(kept, again);
    /* Who holds it goes on with it. */
    ck_assert_int_eq(atomic_load(&gone->references), 1);
    keyring_epoch_release(kept);
    keyring_epoch_release(gone);
    keyring_epoch_release(again);
}
END_TEST

START_TEST(D20_forgotten_epochs_are_made_anew) {
    struct keyring_epoch *old = get(&ours, 1000);
    keyring_forget(keyring);
    ck_assert_uint_eq(keyring_count(keyring), 0);
    struct keyring_epoch *next = get(&ours, 1000);
    ck_assert_int_ne(epoch_id(next->epoch), epoch_id(old->epoch));
    keyring_epoch_release(old);
    keyring_epoch_release(next);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("keyring");
    TCase *cases = tcase_create("keyring");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, one_epoch_serves_a_set_of_recipients);
    tcase_add_test(cases, what_is_sealed_to_one_key_for_two_purposes_has_two_epochs);
    tcase_add_test(cases, an_epoch_that_nobody_used_is_replaced_after_half_a_day);
    tcase_add_test(cases, an_epoch_is_replaced_after_its_time_but_only_if_it_was_used);
    tcase_add_test(cases, D1_without_a_store_there_is_no_new_epoch_and_an_old_one_goes_on);
    tcase_add_test(cases, an_epoch_that_nobody_wants_any_more_is_let_go);
    tcase_add_test(cases, D20_forgotten_epochs_are_made_anew);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

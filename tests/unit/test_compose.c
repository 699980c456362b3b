#include "unit.h"

#include <string.h>

#include "base/secret.h"
#include "mail/compose.h"

static struct setup setup;
static struct petition petition;
static struct petition_text words;
static struct outbox_letter letter;
static struct recipient recipient;

enum { NOW_S = 1800000000 };

static void set_up(void) {
    struct source_fault fault;
    ck_assert_int_eq(secret_start(), ST_OK);
    ck_assert_int_eq(keypair_new(&setup.pair), ST_OK);
    ck_assert_int_eq(letters_open("src/mail/letters", NULL, &setup.letters, &fault), ST_OK);
    setup.settings.base_url = "https://sign.example.org";
    setup.settings.mail_from = "petitions@example.org";
    setup.return_domain = text_of("mail.example.org");
    words = (struct petition_text){.language = text_of("en"), .title = text_of("Night buses")};
    petition = (struct petition){
        .id = 7, .slug = text_of("night-buses"), .texts = &words, .texts_count = 1};
    letter = (struct outbox_letter){.petition = 7, .kind = OUTBOX_CONFIRM};
    letter.key.bucket = NOW_S / 60 & 65535;
    memset(letter.key.hash, 5, sizeof letter.key.hash);
    recipient =
        (struct recipient){.email = text_of("ada@example.org"),
                           .given_name = text_of("Ada"),
                           .token = text_of("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")};
}

static void tear_down(void) {
    letters_free(&setup.letters);
    keypair_free(&setup.pair);
}

static enum status compose(struct composed *out) {
    return compose_letter(&setup, &petition, &letter, &recipient, NOW_S, out);
}

static bool holds(const struct composed *composed, const char *what) {
    return strstr(composed->data.data, what) != NULL;
}

START_TEST(M5_what_is_made_of_a_letter_is_always_the_same) {
    struct composed one, two;
    ck_assert_int_eq(compose(&one), ST_OK);
    ck_assert_int_eq(compose(&two), ST_OK);
    ck_assert_str_eq(one.to, "ada@example.org");
    ck_assert_str_eq(one.from, two.from);
    ck_assert(text_equal(buffer_text(&one.data), buffer_text(&two.data)));
    ck_assert(holds(&one, "@mail.example.org>\r\n"));
    composed_done(&one);
    composed_done(&two);
}
END_TEST

START_TEST(M11_the_return_address_says_nothing_of_the_address) {
    struct composed composed;
    ck_assert_int_eq(compose(&composed), ST_OK);
    ck_assert(strncmp(composed.from, "bounce+", 7) == 0);
    ck_assert_ptr_nonnull(strstr(composed.from, "@mail.example.org"));
    ck_assert_ptr_null(strstr(composed.from, "ada"));
    composed_done(&composed);
}
END_TEST

START_TEST(what_was_ticked_is_said_in_the_letter) {
    struct composed composed;
    for (int wording = 0; wording < 3; wording++) {
        recipient.wording = wording;
        ck_assert_int_eq(compose(&composed), ST_OK);
        /* A version that is not known here says nothing. */
        ck_assert(holds(&composed, "You also ticked") == (wording == 1));
        composed_done(&composed);
    }
}
END_TEST

START_TEST(only_what_asks_for_no_click_can_be_unsubscribed) {
    struct composed composed;
    ck_assert_int_eq(compose(&composed), ST_OK);
    ck_assert(!holds(&composed, "List-Unsubscribe"));
    composed_done(&composed);
    letter.kind = OUTBOX_THANKS;
    ck_assert_int_eq(compose(&composed), ST_OK);
    ck_assert(holds(&composed, "List-Unsubscribe"));
    composed_done(&composed);
}
END_TEST

START_TEST(a_letter_to_nobody_is_none) {
    struct composed composed;
    recipient.email = text_of(NULL);
    ck_assert_int_eq(compose(&composed), ST_INVALID);
    recipient.email = text_span("a\0b@example.org", 15);
    ck_assert_int_eq(compose(&composed), ST_INVALID);
    recipient.email = text_of("ada@example.org>\r\nRCPT TO:<b@example.org");
    ck_assert_int_eq(compose(&composed), ST_INVALID);
    recipient.email = text_of("ada@example.org");
    recipient.token = text_of(NULL);
    ck_assert_int_eq(compose(&composed), ST_INVALID);
}
END_TEST

/* So it is kept until somebody has mended that. */
START_TEST(Q10_what_is_wrong_with_all_letters_is_not_this_ones_fault) {
    struct composed composed;
    setup.settings.mail_from_name = "Buses\r\nBcc: all@example.net";
    ck_assert_int_eq(compose(&composed), ST_FAULT);
    setup.settings.mail_from_name = NULL;
    setup.settings.base_url = "no address";
    ck_assert_int_eq(compose(&composed), ST_FAULT);
    setup.settings.base_url = "https://sign.example.org";
    petition.organization_url = text_of("javascript:alert(1)");
    ck_assert_int_eq(compose(&composed), ST_FAULT);
    petition.organization_url = text_of(NULL);
    setup.return_domain = text_of("");
    ck_assert_int_eq(compose(&composed), ST_FAULT);
}
END_TEST

START_TEST(the_date_is_when_it_was_made) {
    ck_assert_int_eq(compose_date_s(&letter, NOW_S), NOW_S);
    ck_assert_int_eq(compose_date_s(&letter, NOW_S + 3600), NOW_S);
    ck_assert_int_eq(compose_date_s(&letter, NOW_S + 40 * 86400), NOW_S);
    /* A worker's clock that is ahead. */
    ck_assert_int_eq(compose_date_s(&letter, NOW_S - 120), NOW_S - 120);
    ck_assert_int_eq(compose_date_s(&letter, NOW_S - 7200), NOW_S - 7200);
    letter.kind = OUTBOX_REMINDER;
    ck_assert_int_eq(compose_date_s(&letter, NOW_S + 3 * 86400 + 5), NOW_S + 3 * 86400);
    ck_assert_int_eq(compose_date_s(&letter, NOW_S + 3 * 86400 + 7200), NOW_S + 3 * 86400);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("compose");
    TCase *cases = tcase_create("compose");
    unit_draws_random(cases);
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, M5_what_is_made_of_a_letter_is_always_the_same);
    tcase_add_test(cases, M11_the_return_address_says_nothing_of_the_address);
    tcase_add_test(cases, what_was_ticked_is_said_in_the_letter);
    tcase_add_test(cases, only_what_asks_for_no_click_can_be_unsubscribed);
    tcase_add_test(cases, a_letter_to_nobody_is_none);
    tcase_add_test(cases, Q10_what_is_wrong_with_all_letters_is_not_this_ones_fault);
    tcase_add_test(cases, the_date_is_when_it_was_made);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

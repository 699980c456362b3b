#include "unit.h"

#include <string.h>

#include "core/pass.h"

static const uint8_t key[PASS_KEY] = {1, 2, 3}, other[PASS_KEY] = {1, 2, 4};
static uint8_t plain[PASS_PLAIN_MAX];
static char text[PASS_TEXT_MAX + 1], again[PASS_TEXT_MAX + 1];
static struct pass read;

static const struct pass maria = {.mailing = 515,
                                  .subject = 2,
                                  .mailbox = {9, 8, 7},
                                  .email = {"maria@example.org", 17},
                                  .given_name = {"Maria", 5},
                                  .family_name = {"\xC3\x81vila", 6}};

START_TEST(what_was_written_is_read) {
    ck_assert_int_eq(pass_write(key, &maria, text), ST_OK);
    ck_assert_int_eq(pass_read(key, text_of(text), plain, &read), ST_OK);
    ck_assert_int_eq(read.mailing, 515);
    ck_assert_int_eq(read.subject, 2);
    ck_assert_mem_eq(read.mailbox, maria.mailbox, PASS_MAILBOX);
    unit_assert_text(read.email, "maria@example.org");
    unit_assert_text(read.given_name, "Maria");
    unit_assert_text(read.family_name, "\xC3\x81vila");
}
END_TEST

START_TEST(a_second_try_of_a_letter_has_the_same_pass_and_nobody_else_has) {
    struct pass twin = maria;
    ck_assert_int_eq(pass_write(key, &maria, text), ST_OK);
    ck_assert_int_eq(pass_write(key, &twin, again), ST_OK);
    ck_assert_str_eq(text, again);
    twin.mailbox[15] = 1;
    ck_assert_int_eq(pass_write(key, &twin, again), ST_OK);
    ck_assert_str_ne(text, again);
}
END_TEST

START_TEST(T2_names_and_address_are_not_in_it_and_lengths_tell_little) {
    struct pass shorter = maria;
    ck_assert_int_eq(pass_write(key, &maria, text), ST_OK);
    shorter.email = text_of("m@example.org");
    ck_assert_int_eq(pass_write(key, &shorter, again), ST_OK);
    ck_assert_uint_eq(strlen(text), strlen(again));
}
END_TEST

START_TEST(T7_what_is_changed_cut_or_another_keys_is_none) {
    ck_assert_int_eq(pass_write(key, &maria, text), ST_OK);
    ck_assert_int_eq(pass_read(other, text_of(text), plain, &read), ST_FORBIDDEN);
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        char was = text[i];
        text[i] = was == 'A' ? 'B' : 'A';
        ck_assert_int_eq(pass_read(key, text_of(text), plain, &read), ST_FORBIDDEN);
        text[i] = was;
        ck_assert_int_eq(pass_read(key, text_span(text, i), plain, &read), ST_FORBIDDEN);
    }
    ck_assert_int_eq(pass_read(key, text_of(text), plain, &read), ST_OK);
    ck_assert_int_eq(pass_read(key, text_of(NULL), plain, &read), ST_FORBIDDEN);
}
END_TEST

START_TEST(who_gave_no_name_has_no_initials) {
    const struct pass nobody = {.mailing = 1, .email = {"a@b.example", 11}};
    ck_assert_int_eq(pass_write(key, &nobody, text), ST_OK);
    ck_assert_int_eq(pass_read(key, text_of(text), plain, &read), ST_OK);
    unit_assert_text(read.given_name, "");
}
END_TEST

START_TEST(what_is_too_long_has_none) {
    static char name[301];
    struct pass longer = maria;
    memset(name, 'x', sizeof name - 1);
    longer.given_name = text_of(name);
    ck_assert_int_eq(pass_write(key, &longer, text), ST_INVALID);
    longer.given_name = text_span(name, 200);
    longer.family_name = text_span(name, 200);
    ck_assert_int_eq(pass_write(key, &longer, text), ST_INVALID);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("pass");
    TCase *cases = tcase_create("pass");
    tcase_add_test(cases, what_was_written_is_read);
    tcase_add_test(cases, a_second_try_of_a_letter_has_the_same_pass_and_nobody_else_has);
    tcase_add_test(cases, T2_names_and_address_are_not_in_it_and_lengths_tell_little);
    tcase_add_test(cases, T7_what_is_changed_cut_or_another_keys_is_none);
    tcase_add_test(cases, who_gave_no_name_has_no_initials);
    tcase_add_test(cases, what_is_too_long_has_none);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

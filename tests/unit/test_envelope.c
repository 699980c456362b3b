#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "core/envelope.h"

static uint8_t sealed[ENVELOPE_MAX];
static size_t sealed_len;

static struct signer ada(void) {
    return (struct signer){.email = text_of("ada@example.org"),
                           .given_name = text_of("Ada"),
                           .family_name = text_of("Byron"),
                           .country = text_of("GB"),
                           .region = text_of("GB-ENG"),
                           .locality = text_of("London"),
                           .postal_code = text_of("W1"),
                           .comment = text_of("one\ntwo"),
                           .source = text_of("mail"),
                           .referrer = text_of("bob"),
                           .locale = text_of("en"),
                           .show_name = true,
                           .text_version = INT64_MAX};
}

START_TEST(a_signer_comes_back) {
    struct signer in = ada(), out;
    ck_assert_int_eq(envelope_put_signer(&in, sealed, &sealed_len), ST_OK);
    ck_assert_uint_eq(sealed_len, 256);
    ck_assert_int_eq(envelope_get_signer(sealed, sealed_len, &out), ST_OK);
    unit_assert_text(out.email, "ada@example.org");
    unit_assert_text(out.given_name, "Ada");
    unit_assert_text(out.family_name, "Byron");
    unit_assert_text(out.country, "GB");
    unit_assert_text(out.region, "GB-ENG");
    unit_assert_text(out.locality, "London");
    unit_assert_text(out.postal_code, "W1");
    unit_assert_text(out.comment, "one\ntwo");
    unit_assert_text(out.source, "mail");
    unit_assert_text(out.referrer, "bob");
    unit_assert_text(out.locale, "en");
    ck_assert(out.show_name);
    ck_assert(!out.subscribe);
    ck_assert_int_eq(out.text_version, INT64_MAX);
}
END_TEST

START_TEST(a_recipient_comes_back) {
    struct recipient in = {.email = text_of("ada@example.org"),
                           .given_name = text_of("Ada"),
                           .token = text_of("t0ken"),
                           .locale = text_of(""),
                           .wording = 3};
    struct recipient out;
    ck_assert_int_eq(envelope_put_recipient(&in, sealed, &sealed_len), ST_OK);
    ck_assert_int_eq(envelope_get_recipient(sealed, sealed_len, &out), ST_OK);
    unit_assert_text(out.email, "ada@example.org");
    unit_assert_text(out.token, "t0ken");
    unit_assert_text(out.locale, "");
    ck_assert_ptr_null(out.family_name.data);
    ck_assert_int_eq(out.wording, 3);
    in.wording = 0;
    envelope_put_recipient(&in, sealed, &sealed_len);
    ck_assert_int_eq(envelope_get_recipient(sealed, sealed_len, &out), ST_OK);
    ck_assert_int_eq(out.wording, 0);
}
END_TEST

START_TEST(absent_stays_absent) {
    struct signer in = {.email = text_of("a@b.org")}, out;
    ck_assert_int_eq(envelope_put_signer(&in, sealed, &sealed_len), ST_OK);
    ck_assert_int_eq(envelope_get_signer(sealed, sealed_len, &out), ST_OK);
    ck_assert_ptr_null(out.given_name.data);
    ck_assert_ptr_null(out.comment.data);
    ck_assert_int_eq(out.text_version, 0);
}
END_TEST

START_TEST(O10_ordinary_people_have_one_length) {
    struct signer in = {.email = text_of("a@b.org")};
    static char comment[16400];
    memset(comment, 'c', sizeof comment);
    static const size_t lens[] = {0, 100, 200, 900, 1100, 4000, 4096, 16300};
    static const size_t classes[] = {256, 256, 256, 1024, 4096, 4096, 16384, 16384};
    for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++) {
        in.comment = text_span(comment, lens[i]);
        ck_assert_int_eq(envelope_put_signer(&in, sealed, &sealed_len), ST_OK);
        ck_assert_uint_eq(sealed_len, classes[i]);
    }
}
END_TEST

START_TEST(each_class_is_filled_to_its_last_byte) {
    struct signer in = {.email = text_of("")}, out;
    static char comment[16400];
    /* email 3, comment 3, two booleans 8, version 11, padding 1 */
    for (size_t class = 256; class <= ENVELOPE_MAX; class *= 4) {
        in.comment = text_span(comment, class - 26);
        ck_assert_int_eq(envelope_put_signer(&in, sealed, &sealed_len), ST_OK);
        ck_assert_uint_eq(sealed_len, class);
        ck_assert_int_eq(envelope_get_signer(sealed, sealed_len, &out), ST_OK);
        ck_assert_uint_eq(out.comment.len, class - 26);
        in.comment.len++; /* there has to be room for the padding's mark */
        if (class < ENVELOPE_MAX) {
            ck_assert_int_eq(envelope_put_signer(&in, sealed, &sealed_len), ST_OK);
            ck_assert_uint_eq(sealed_len, class * 4);
        }
    }
}
END_TEST

START_TEST(the_last_length_may_not_reach_into_the_padding) {
    struct signer in = {.email = text_of("")}, out;
    static char comment[230];
    in.comment = text_span(comment, sizeof comment);
    ck_assert_int_eq(envelope_put_signer(&in, sealed, &sealed_len), ST_OK);
    ck_assert_uint_eq(sealed_len, 256);
    uint8_t *bytes = malloc(256); /* behind which a sanitizer sees what is read */
    memcpy(bytes, sealed, 256);
    ck_assert_uint_eq(bytes[246], 8); /* the version's, and one for the mark */
    bytes[246] = 9;
    ck_assert_int_eq(envelope_get_signer(bytes, 256, &out), ST_INVALID);
    free(bytes);
}
END_TEST

START_TEST(what_does_not_fit_is_refused_and_nothing_written) {
    struct signer in = {.email = text_of("")};
    static char comment[70000];
    memset(sealed, 0x55, sizeof sealed);
    sealed_len = 42;
    in.comment = text_span(comment, ENVELOPE_MAX - 25);
    ck_assert_int_eq(envelope_put_signer(&in, sealed, &sealed_len), ST_INVALID);
    in.comment = text_span(comment, 65536);
    ck_assert_int_eq(envelope_put_signer(&in, sealed, &sealed_len), ST_INVALID);
    ck_assert_uint_eq(sealed_len, 42);
    ck_assert_uint_eq(sealed[0], 0x55);
}
END_TEST

START_TEST(a_tag_that_is_not_known_is_skipped) {
    struct signer in = ada(), out;
    envelope_put_signer(&in, sealed, &sealed_len);
    size_t end = 255;
    while (sealed[end] == 0) {
        end--;
    }
    static const uint8_t newer[] = {200, 0, 2, 'x', 'y', 0x80};
    memcpy(sealed + end, newer, sizeof newer);
    ck_assert_int_eq(envelope_get_signer(sealed, sealed_len, &out), ST_OK);
    unit_assert_text(out.locale, "en");
}
END_TEST

START_TEST(bytes_that_are_no_envelope_are_refused) {
    struct signer in = ada(), out = {.text_version = 42};
    struct recipient recipient;
    uint8_t bytes[256];
    envelope_put_signer(&in, sealed, &sealed_len);
    for (size_t len = 0; len < 256; len++) {
        ck_assert_int_eq(envelope_get_signer(sealed, len, &out), ST_INVALID);
    }
    memset(bytes, 0, sizeof bytes);
    ck_assert_int_eq(envelope_get_signer(bytes, 256, &out), ST_INVALID);
    ck_assert_int_eq(envelope_get_recipient(bytes, 256, &recipient), ST_INVALID);
    memset(bytes, 0xFF, sizeof bytes);
    ck_assert_int_eq(envelope_get_signer(bytes, 256, &out), ST_INVALID);
    bytes[255] = 0x80;
    ck_assert_int_eq(envelope_get_signer(bytes, 256, &out), ST_INVALID);
    memcpy(bytes, sealed, 256);
    bytes[1] = 0xFF; /* a length beyond the end */
    ck_assert_int_eq(envelope_get_signer(bytes, 256, &out), ST_INVALID);
    memcpy(bytes, sealed, 256);
    *(uint8_t *)memrchr(bytes, 0x80, 256) = 0x81; /* no mark of a padding */
    ck_assert_int_eq(envelope_get_signer(bytes, 256, &out), ST_INVALID);
    memcpy(bytes, sealed, 256);
    bytes[0] = 2; /* the given name twice */
    ck_assert_int_eq(envelope_get_signer(bytes, 256, &out), ST_INVALID);
    memset(bytes, 0, sizeof bytes);
    bytes[0] = 1;
    bytes[2] = 0x80; /* a head that is cut */
    ck_assert_int_eq(envelope_get_signer(bytes, 256, &out), ST_INVALID);
    ck_assert_int_eq(out.text_version, 42);
}
END_TEST

START_TEST(switches_and_numbers_have_one_form) {
    struct signer in = ada(), out;
    struct recipient letter = {.email = text_of("a@b.org")};
    envelope_put_recipient(&letter, sealed, &sealed_len);
    ck_assert_int_eq(envelope_get_signer(sealed, sealed_len, &out), ST_INVALID);
    envelope_put_signer(&in, sealed, &sealed_len);
    uint8_t *flag = memmem(sealed, sealed_len, "\x0C\x00\x01\x01", 4);
    ck_assert_ptr_nonnull(flag);
    flag[3] = 2;
    ck_assert_int_eq(envelope_get_signer(sealed, sealed_len, &out), ST_INVALID);
    flag[3] = 1;
    flag[7] = 2;
    ck_assert_int_eq(envelope_get_signer(sealed, sealed_len, &out), ST_INVALID);
    flag[7] = 0;
    flag[8] = 201; /* the version becomes an unknown tag */
    ck_assert_int_eq(envelope_get_signer(sealed, sealed_len, &out), ST_INVALID);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("envelope");
    TCase *cases = tcase_create("envelope");
    tcase_add_test(cases, a_signer_comes_back);
    tcase_add_test(cases, a_recipient_comes_back);
    tcase_add_test(cases, absent_stays_absent);
    tcase_add_test(cases, O10_ordinary_people_have_one_length);
    tcase_add_test(cases, each_class_is_filled_to_its_last_byte);
    tcase_add_test(cases, the_last_length_may_not_reach_into_the_padding);
    tcase_add_test(cases, what_does_not_fit_is_refused_and_nothing_written);
    tcase_add_test(cases, a_tag_that_is_not_known_is_skipped);
    tcase_add_test(cases, bytes_that_are_no_envelope_are_refused);
    tcase_add_test(cases, switches_and_numbers_have_one_form);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

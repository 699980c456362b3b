/* What messages mean is tests/data/incoming; here are the bounds. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "link/mail_parse.h"

struct seen {
    size_t fields, longest, reports, originals, groups;
    char first[64];
};

static void note(void *context, enum mail_place place, struct text name, struct text value) {
    struct seen *seen = context;
    if (seen->fields++ == 0) {
        snprintf(seen->first, sizeof seen->first, "%.*s=%.*s", (int)name.len, name.data,
                 (int)value.len, value.data);
    }
    ck_assert_uint_le(name.len, MAIL_NAME_MAX);
    seen->longest = value.len > seen->longest ? value.len : seen->longest;
    seen->reports += place == MAIL_REPORT;
    seen->originals += place == MAIL_ORIGINAL;
    seen->groups += name.len == 0;
}

static struct seen parse(struct text message) {
    struct seen seen = {0};
    mail_parse(message, note, &seen);
    return seen;
}

START_TEST(a_field_is_told_unfolded) {
    struct seen seen = parse(text_of("Subject: a\n b\n\tc\n\nbody: x\n"));
    ck_assert_str_eq(seen.first, "Subject=a b\tc");
    ck_assert_uint_eq(seen.fields, 1);
}
END_TEST

START_TEST(what_is_no_message_has_no_fields) {
    ck_assert_uint_eq(parse(text_of(NULL)).fields, 0);
    ck_assert_uint_eq(parse(text_of("")).fields, 0);
    ck_assert_uint_eq(parse(text_of("\n\n")).fields, 0);
}
END_TEST

static struct text repeat(struct buffer *buffer, const char *head, const char *piece, size_t n) {
    buffer_init(buffer, 4 << 20);
    buffer_add_string(buffer, head);
    for (size_t i = 0; i < n; i++) {
        buffer_add_string(buffer, piece);
    }
    return buffer_text(buffer);
}

START_TEST(fields_and_values_are_bounded) {
    struct buffer buffer;
    struct seen seen = parse(repeat(&buffer, "", "A: b\n", 5000));
    ck_assert_uint_eq(seen.fields, MAIL_FIELDS_MAX);
    buffer_done(&buffer);
    seen = parse(repeat(&buffer, "A: ", "bbbbbbbbbb", 10000));
    ck_assert_uint_eq(seen.longest, MAIL_VALUE_MAX);
    buffer_done(&buffer);
}
END_TEST

/* Under a sanitizer each fold of a field copies all of it, so 150,000 of them take minutes. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { GROUPS = 1000 };
#else
enum { GROUPS = 150000 };
#endif

/* Each is a call of GMime in itself, in a field of the message and in one of what came back. */
START_TEST(F_groups_within_groups_of_addresses_are_bounded) {
    static const char *const heads[] = {
        "To: ",
        "Content-Type: multipart/report; boundary=0\n\n--0\nContent-Type: message/rfc822\n\nTo: "};
    static const char *const pieces[] = {"a:", " a:\n", "a:\n\t", "\"a\"\r\n :"};
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        for (size_t j = 0; j < sizeof pieces / sizeof pieces[0]; j++) {
            struct buffer buffer;
            struct seen seen = parse(repeat(&buffer, heads[i], pieces[j], GROUPS));
            ck_assert_uint_ge(seen.fields, 1);
            buffer_done(&buffer);
        }
    }
}
END_TEST

/* GMime descends by recursion. */
START_TEST(depth_is_bounded) {
    struct buffer buffer;
    ck_assert_uint_le(parse(repeat(&buffer, "", "Content-Type: message/rfc822\n\n", 34000)).fields,
                      3);
    buffer_done(&buffer);
    buffer_init(&buffer, 4 << 20);
    buffer_add_string(&buffer, "Content-Type: multipart/mixed; boundary=0\n\n");
    for (int i = 0; i < 15000; i++) {
        buffer_printf(&buffer, "--%d\nContent-Type: multipart/mixed; boundary=%d\n\n", i, i + 1);
    }
    ck_assert_uint_le(parse(buffer_text(&buffer)).fields, 2);
    buffer_done(&buffer);
}
END_TEST

START_TEST(bytes_behind_a_mebibyte_are_not_looked_at) {
    struct buffer buffer;
    repeat(&buffer,
           "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\n",
           "0123456789abcde\n", MAIL_BYTES_MAX / 16);
    buffer_add_string(&buffer, "--b\nContent-Type: message/delivery-status\n\nA: b\n");
    ck_assert_uint_eq(parse(buffer_text(&buffer)).reports, 0);
    buffer_done(&buffer);
    repeat(&buffer,
           "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\n",
           "0123456789abcde\n", MAIL_BYTES_MAX / 16 - 100);
    buffer_add_string(&buffer, "--b\nContent-Type: message/delivery-status\n\nA: b\n\nC: d\n");
    struct seen seen = parse(buffer_text(&buffer));
    ck_assert_uint_eq(seen.reports, 3);
    ck_assert_uint_eq(seen.groups, 1);
    buffer_done(&buffer);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("mail_parse");
    TCase *cases = tcase_create("mail_parse");
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, a_field_is_told_unfolded);
    tcase_add_test(cases, what_is_no_message_has_no_fields);
    tcase_add_test(cases, fields_and_values_are_bounded);
    tcase_add_test(cases, F_groups_within_groups_of_addresses_are_bounded);
    tcase_add_test(cases, depth_is_bounded);
    tcase_add_test(cases, bytes_behind_a_mebibyte_are_not_looked_at);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

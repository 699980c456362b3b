/* That others read what is written here is tests/letters'; here is what is refused, and the rest.
 */
#include "unit.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "link/mime.h"

static struct mime_letter sample(void) {
    return (struct mime_letter){.from_name = text_of("Buses"),
                                .from_address = text_of("petitions@example.org"),
                                .to = text_of("a@example.net"),
                                .subject = text_of("Hello"),
                                .text = text_of("Hello\nhttps://sign.example.org/c#t\n"),
                                .html = text_of("<p>Hello</p>\n"),
                                .message_id = text_of("1@example.org"),
                                .date_s = 1790000000};
}

static struct text write_one(const struct mime_letter *letter, struct buffer *out) {
    buffer_init(out, MIME_MAX);
    ck_assert_int_eq(mime_write(letter, out), ST_OK);
    return buffer_text(out);
}

START_TEST(M5_M17_the_same_letter_is_the_same_message) {
    struct mime_letter letter = sample();
    struct buffer first, second;
    struct text one = write_one(&letter, &first), two = write_one(&letter, &second);
    ck_assert(text_equal(one, two));
    buffer_done(&second);
    letter.message_id = text_of("2@example.org");
    ck_assert(!text_equal(one, write_one(&letter, &second)));
    buffer_done(&first);
    buffer_done(&second);
}
END_TEST

START_TEST(headers_that_are_absent_are_not_there) {
    struct mime_letter letter = sample();
    struct buffer out;
    write_one(&letter, &out);
    ck_assert_ptr_null(strcasestr(out.data, "List-"));
    ck_assert_ptr_null(strcasestr(out.data, "Feedback-ID"));
    ck_assert_ptr_null(strcasestr(out.data, "Reply-To"));
    ck_assert_ptr_nonnull(strstr(out.data, "\r\nAuto-Submitted: auto-generated\r\n"));
    ck_assert_ptr_nonnull(strstr(out.data, "\r\n\r\nHello\r\nhttps://sign.example.org/c#t\r\n"));
    buffer_done(&out);
}
END_TEST

START_TEST(one_click_is_offered_with_an_address_of_the_web_only) {
    struct mime_letter letter = sample();
    struct buffer out;
    letter.reply_to = text_of("people@example.org");
    letter.list_id = text_of("night-buses.sign.example.org");
    letter.list_unsubscribe_mailto = text_of("unsubscribe+x@example.org");
    write_one(&letter, &out);
    ck_assert_ptr_nonnull(
        strstr(out.data, "\r\nList-Unsubscribe: <mailto:unsubscribe+x@example.org>\r\n"));
    ck_assert_ptr_nonnull(strstr(out.data, "\r\nList-Id: <night-buses.sign.example.org>\r\n"));
    ck_assert_ptr_nonnull(strstr(out.data, "\r\nReply-To: people@example.org\r\n"));
    ck_assert_ptr_null(strstr(out.data, "List-Unsubscribe-Post"));
    buffer_done(&out);
    letter.list_unsubscribe_mailto = text_of(NULL);
    letter.list_unsubscribe_url = text_of("https://sign.example.org/u/t");
    write_one(&letter, &out);
    ck_assert_ptr_nonnull(
        strstr(out.data, "\r\nList-Unsubscribe: <https://sign.example.org/u/t>\r\n"));
    ck_assert_ptr_nonnull(
        strstr(out.data, "\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"));
    buffer_done(&out);
}
END_TEST

START_TEST(a_long_name_of_a_host_is_not_encoded) {
    struct mime_letter letter = sample();
    struct buffer out;
    letter.feedback_id =
        text_of("thanks:a-petition-whose-name-is-as-long-as-one-may-be-which-is-64-of"
                "-them:countersign");
    letter.list_id = text_of("a-petition-whose-name-is-as-long-as-one-may-be-which-is-64-of-them."
                             "petitions.line-nine-neighbours.example.org");
    letter.list_unsubscribe_url = text_of("https://petitions.line-nine-neighbours.example.org/u/"
                                          "xdbays3v23berrzwyyo52znilhsge");
    letter.list_unsubscribe_mailto = text_of("unsubscribe+xdbays3v23berrzwyyo52znilhsge@"
                                             "bounces.line-nine-neighbours.example.org");
    write_one(&letter, &out);
    ck_assert_ptr_nonnull(
        strstr(out.data, "\r\nFeedback-ID: thanks:a-petition-whose-name-is-as-long-as-one-may-be-"
                         "which-is-64-of-them:countersign\r\n"));
    ck_assert_ptr_nonnull(
        strstr(out.data, "\r\nList-Id: <a-petition-whose-name-is-as-long-as-one-may-be-which-is-64-"
                         "of-them.petitions.line-nine-neighbours.example.org>\r\n"));
    ck_assert_ptr_nonnull(strstr(
        out.data, "\r\nList-Unsubscribe: <https://petitions.line-nine-neighbours.example.org/"
                  "u/xdbays3v23berrzwyyo52znilhsge>,\r\n <mailto:unsubscribe+"
                  "xdbays3v23berrzwyyo52znilhsge@bounces.line-nine-neighbours.example.org>"
                  "\r\n"));
    buffer_done(&out);
}
END_TEST

static const size_t lines[] = {offsetof(struct mime_letter, from_name),
                               offsetof(struct mime_letter, subject),
                               offsetof(struct mime_letter, from_address),
                               offsetof(struct mime_letter, to),
                               offsetof(struct mime_letter, reply_to),
                               offsetof(struct mime_letter, message_id),
                               offsetof(struct mime_letter, list_id),
                               offsetof(struct mime_letter, language),
                               offsetof(struct mime_letter, feedback_id),
                               offsetof(struct mime_letter, list_unsubscribe_url),
                               offsetof(struct mime_letter, list_unsubscribe_mailto)};

enum { LINES = sizeof lines / sizeof lines[0] };

/* E5 too: a mail server's next command must not hide in an address. */
START_TEST(E5_no_header_takes_a_line_end) {
    static const char *const bad[] = {"a@b.example\r\nBcc: x@y.example",
                                      "a@b.example\n",
                                      "\ra@b.c",
                                      "a@b.\x01xample",
                                      "a@b.\xFFxample",
                                      "a@b.example\x7F"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct mime_letter letter = sample();
        struct text value = text_of(bad[i]);
        struct buffer out;
        buffer_init(&out, MIME_MAX);
        memcpy((char *)&letter + lines[_i], &value, sizeof value);
        ck_assert_msg(mime_write(&letter, &out) == ST_INVALID, "%zu: %s", lines[_i], bad[i]);
        ck_assert_uint_eq(out.len, 0);
    }
}
END_TEST

START_TEST(what_is_no_address_is_refused) {
    static const char *const bad[] = {"",      "a",       "@b.c",        "a@",     "a@b@c",
                                      "a b@c", "<a@b.c>", "a@b.c,d@e.f", "a@b.c;", "\"a\"@b.c"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct mime_letter letter = sample();
        struct buffer out;
        buffer_init(&out, MIME_MAX);
        letter.to = text_of(bad[i]);
        ck_assert_msg(mime_write(&letter, &out) == ST_INVALID, "%s", bad[i]);
    }
}
END_TEST

START_TEST(what_does_not_fit_is_a_fault_and_leaves_nothing) {
    static char large[MIME_MAX];
    struct mime_letter letter = sample();
    struct buffer out;
    memset(large, 'a', sizeof large);
    letter.html = text_span(large, sizeof large);
    buffer_init(&out, 2 * MIME_MAX);
    ck_assert_int_eq(mime_write(&letter, &out), ST_FAULT);
    ck_assert_uint_eq(out.len, 0);
    buffer_done(&out);
    letter = sample();
    buffer_init(&out, 10);
    ck_assert_int_eq(mime_write(&letter, &out), ST_FAULT);
    buffer_done(&out);
}
END_TEST

/* A boundary that somebody typed ends no part: the words come back as they were. */
START_TEST(lines_that_look_like_the_end_of_a_part_are_words) {
    struct mime_letter letter = sample();
    struct buffer out;
    letter.text = text_of("--=_x\n--\n.\nFrom me\n.\n");
    write_one(&letter, &out);
    char *boundary = strstr(out.data, "boundary=\"");
    ck_assert_ptr_nonnull(boundary);
    size_t seen = 0;
    char dashed[64] = "--";
    strncat(dashed, boundary + 10, strcspn(boundary + 10, "\""));
    for (char *at = strstr(out.data, dashed); at; at = strstr(at + 1, dashed)) {
        seen++;
    }
    ck_assert_uint_eq(seen, 3);
    buffer_done(&out);
}
END_TEST

/* RFC 2047, 2: an encoded word has 75 characters at most, a line with one 76. */
START_TEST(Q10_no_encoded_word_is_too_long) {
    struct mime_letter letter = sample();
    struct buffer out;
    letter.subject = text_of(
        "Please sign: \xE5\xA4\x9C\xE8\xA1\x8C\xE3\x83\x90\xE3\x82\xB9\xE3\x82\x92\xE8\xB5\xB0"
        "\xE3\x82\x89\xE3\x81\x9B\xE7\xB6\x9A\xE3\x81\x91\xE3\x81\xA6\xE3\x81\x8F\xE3\x81\xA0"
        "\xE3\x81\x95\xE3\x81\x84\xE5\xA4\x9C\xE8\xA1\x8C\xE3\x83\x90\xE3\x82\xB9 \xC3\xBC");
    letter.from_name = letter.subject;
    struct text rest = write_one(&letter, &out);
    int codes = 0;
    while (rest.len > 0) {
        struct text line = text_cut(&rest, '\n');
        const char *code = memmem(line.data, line.len, "=?", 2);
        ck_assert_msg(!code || line.len - 1 <= 76, "%.*s", (int)line.len, line.data);
        codes += code != NULL;
    }
    ck_assert_int_ge(codes, 4);
    buffer_done(&out);
}
END_TEST

static void *write_many(void *unused) {
    const struct mime_letter letter = sample();
    for (int i = 0; i < 200; i++) {
        struct buffer out;
        write_one(&letter, &out);
        buffer_done(&out);
    }
    return unused;
}

START_TEST(threads_write_side_by_side) {
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, write_many, NULL), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("mime");
    TCase *cases = tcase_create("mime");
    tcase_add_test(cases, M5_M17_the_same_letter_is_the_same_message);
    tcase_add_test(cases, headers_that_are_absent_are_not_there);
    tcase_add_test(cases, one_click_is_offered_with_an_address_of_the_web_only);
    tcase_add_test(cases, a_long_name_of_a_host_is_not_encoded);
    tcase_add_loop_test(cases, E5_no_header_takes_a_line_end, 0, LINES);
    tcase_add_test(cases, what_is_no_address_is_refused);
    tcase_add_test(cases, what_does_not_fit_is_a_fault_and_leaves_nothing);
    tcase_add_test(cases, lines_that_look_like_the_end_of_a_part_are_words);
    tcase_add_test(cases, Q10_no_encoded_word_is_too_long);
    tcase_add_test(cases, threads_write_side_by_side);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

#include "unit.h"

#include <string.h>

#include "core/oneline.h"

static const struct {
    const char *typed, *shown;
} rows[] = {
    {"", ""},
    {"Maria", "Maria"},
    {"  a \t b\r\n\r\nc  ", "a b c"},
    {"Eve\r\nBcc: x", "Eve Bcc: x"},
    {"a\x01"
     "b\x7F"
     "c\x1B[31m",
     "a b c [31m"},
    {"a\xC2\x85"
     "b\xE2\x80\xA8"
     "c\xC2\xA0"
     "d\xE3\x80\x80"
     "e",
     "a b c d e"}, /* NEL, line separator, wide spaces */
    {"a\xE2\x80\xAE"
     "b\xE2\x81\xA6"
     "c\xE2\x80\x8B"
     "d\xEF\xBB\xBF"
     "e",
     "abcde"},                                              /* override, isolate, zero width, BOM */
    {"\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7", NULL}, /* an emoji of two stays */
    {"\xE2\x9D\xA4\xEF\xB8\x8F", NULL},
    {"\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D", NULL},
    {"a\xFF"
     "b\xC0\xAF",
     "a\xEF\xBF\xBD"
     "b\xEF\xBF\xBD\xEF\xBF\xBD"},
    {"a\xEF\xBF\xBE"
     "b",
     "ab"}, /* a noncharacter */
    {"\xE2\x80\xAE \xE2\x80\xAE", ""},
};

enum { ROWS = sizeof rows / sizeof rows[0] };

START_TEST(words_become_one_line) {
    struct buffer out;
    buffer_init(&out, 1000);
    oneline_add(&out, text_of(rows[_i].typed), ONELINE_MAX);
    unit_assert_text(buffer_text(&out), rows[_i].shown ? rows[_i].shown : rows[_i].typed);
    buffer_done(&out);
}
END_TEST

START_TEST(a_zero_byte_and_length_are_no_end) {
    struct buffer out;
    buffer_init(&out, 1000);
    oneline_add(&out, text_span("a\0b", 3), ONELINE_MAX);
    unit_assert_text(buffer_text(&out), "a b");
    buffer_reset(&out);
    oneline_add(&out, text_of("abcdef"), 6);
    unit_assert_text(buffer_text(&out), "abcdef");
    buffer_reset(&out);
    oneline_add(&out, text_of("abcdefg"), 6);
    unit_assert_text(buffer_text(&out), "abcdef\xE2\x80\xA6");
    buffer_done(&out);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("oneline");
    TCase *cases = tcase_create("oneline");
    tcase_add_loop_test(cases, words_become_one_line, 0, ROWS);
    tcase_add_test(cases, a_zero_byte_and_length_are_no_end);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

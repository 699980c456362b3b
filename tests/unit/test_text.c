#include "unit.h"

#include <string.h>

#include "base/text.h"

START_TEST(what_fits_is_stored_as_a_string_and_nothing_else_is_touched) {
    char out[4] = "old";

    ck_assert(!text_store(text_of(NULL), out, sizeof out));
    ck_assert(!text_store(text_of("four"), out, sizeof out));
    ck_assert_str_eq(out, "old");
    ck_assert(text_store(text_of("new"), out, sizeof out));
    ck_assert_str_eq(out, "new");
    ck_assert(text_store(text_of(""), out, sizeof out));
    ck_assert_str_eq(out, "");
}
END_TEST

START_TEST(views_compare_by_bytes_and_absence) {
    ck_assert(text_equal(text_span("a\0b", 3), text_span("a\0b", 3)));
    ck_assert(!text_equal(text_span("a\0b", 3), text_span("a\0c", 3)));
    ck_assert(!text_equal(text_of("a"), text_of("ab")));
    ck_assert(text_equal(text_of(NULL), text_of(NULL)));
    ck_assert(!text_equal(text_of(NULL), text_of("")));
    ck_assert(!text_is(text_of("x"), NULL));
    ck_assert(text_is(text_of(""), ""));
}
END_TEST

START_TEST(U16_ignoring_case_is_for_ascii_alone) {
    ck_assert(text_is_ignoring_case(text_of("Content-TYPE"), "content-type"));
    ck_assert(!text_is_ignoring_case(text_of("\xC3\x84"), "\xC3\xA4"));
    ck_assert(!text_is_ignoring_case(text_of("a"), "b"));
    ck_assert(!text_is_ignoring_case(text_of("a"), "aa"));
    ck_assert(!text_is_ignoring_case(text_of(NULL), ""));
    ck_assert(text_is_ignoring_case(text_of(NULL), NULL));
}
END_TEST

START_TEST(a_prefix_is_no_longer_than_its_text) {
    ck_assert(text_starts(text_of("unix:/x"), "unix:"));
    ck_assert(!text_starts(text_of("uni"), "unix:"));
    ck_assert(!text_starts(text_of(NULL), ""));
}
END_TEST

START_TEST(trimming_takes_spaces_tabs_and_line_ends) {
    unit_assert_text(text_trim(text_of(" \t\r\n a b \r\n")), "a b");
    unit_assert_text(text_trim(text_of(" \t ")), "");
    ck_assert_ptr_null(text_trim(text_of(NULL)).data);
}
END_TEST

START_TEST(cutting_ends_in_the_absent_text) {
    struct text rest = text_of("a,,b");
    unit_assert_text(text_cut(&rest, ','), "a");
    unit_assert_text(text_cut(&rest, ','), "");
    unit_assert_text(text_cut(&rest, ','), "b");
    ck_assert_ptr_null(rest.data);
    ck_assert_ptr_null(text_cut(&rest, ',').data);
    rest = text_of("a,");
    text_cut(&rest, ',');
    unit_assert_text(text_cut(&rest, ','), "");
    ck_assert_ptr_null(rest.data);
}
END_TEST

START_TEST(numbers_are_digits_and_nothing_else) {
    unsigned long long value = 7;
    ck_assert(text_to_u64(text_of("18446744073709551615"), &value));
    ck_assert_uint_eq(value, 18446744073709551615ull);
    ck_assert(text_to_u64(text_of("007"), &value));
    ck_assert_uint_eq(value, 7);
    static const char *const bad[] = {"",   "18446744073709551616", "-1", "+1", " 1", "1 ", "0x1",
                                      "1e3"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ck_assert_msg(!text_to_u64(text_of(bad[i]), &value), "%s", bad[i]);
    }
    ck_assert_uint_eq(value, 7);
}
END_TEST

START_TEST(lines_are_counted_with_comments_and_blanks) {
    struct text rest = text_of("# head\n\n  one \r\n#two\nthree"), line;
    size_t number = 0;
    ck_assert(text_next_line(&rest, &line, &number));
    unit_assert_text(line, "one");
    ck_assert_uint_eq(number, 3);
    ck_assert(text_next_line(&rest, &line, &number));
    unit_assert_text(line, "three");
    ck_assert_uint_eq(number, 5);
    ck_assert(!text_next_line(&rest, &line, &number));
}
END_TEST

START_TEST(a_buffer_grows_and_is_terminated) {
    struct buffer buffer;
    buffer_init(&buffer, 10000);
    unit_assert_text(buffer_text(&buffer), "");
    for (int i = 0; i < 500; i++) {
        buffer_add_string(&buffer, "ab");
        buffer_printf(&buffer, "%03d", i);
    }
    ck_assert(!buffer.failed);
    ck_assert_uint_eq(buffer.len, 2500);
    ck_assert_str_eq(buffer.data + 2495, "ab499");
    buffer_reset(&buffer);
    unit_assert_text(buffer_text(&buffer), "");
    ck_assert_int_eq(buffer.data[0], 0);
    buffer_printf(&buffer, "%s", "");
    buffer_add(&buffer, NULL, 0);
    buffer_add_text(&buffer, text_of(NULL));
    unit_assert_text(buffer_text(&buffer), "");
    buffer_done(&buffer);
    ck_assert_ptr_null(buffer.data);
}
END_TEST

START_TEST(a_buffer_over_its_limit_drops_all_and_says_so_once) {
    struct buffer buffer;
    buffer_init(&buffer, 8);
    buffer_add_string(&buffer, "12345678");
    ck_assert(!buffer.failed);
    buffer_add_string(&buffer, "9");
    ck_assert(buffer.failed);
    ck_assert_ptr_null(buffer_text(&buffer).data);
    buffer_add_string(&buffer, "1");
    buffer_printf(&buffer, "%d", 1);
    ck_assert_ptr_null(buffer_text(&buffer).data);
    buffer_reset(&buffer);
    buffer_printf(&buffer, "%s", "123456789");
    ck_assert(buffer.failed);
    ck_assert_uint_eq(buffer.len, 0);
    buffer_done(&buffer);
}
END_TEST

START_TEST(Q4_a_percent_sign_in_a_value_is_only_a_percent_sign) {
    struct buffer buffer;
    buffer_init(&buffer, 100);
    buffer_add_text(&buffer, text_of("%s%n%x"));
    buffer_printf(&buffer, "%s", "%s%n%x");
    unit_assert_text(buffer_text(&buffer), "%s%n%x%s%n%x");
    buffer_done(&buffer);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("text");
    TCase *cases = tcase_create("text");
    tcase_add_test(cases, what_fits_is_stored_as_a_string_and_nothing_else_is_touched);
    tcase_add_test(cases, views_compare_by_bytes_and_absence);
    tcase_add_test(cases, U16_ignoring_case_is_for_ascii_alone);
    tcase_add_test(cases, a_prefix_is_no_longer_than_its_text);
    tcase_add_test(cases, trimming_takes_spaces_tabs_and_line_ends);
    tcase_add_test(cases, cutting_ends_in_the_absent_text);
    tcase_add_test(cases, numbers_are_digits_and_nothing_else);
    tcase_add_test(cases, lines_are_counted_with_comments_and_blanks);
    tcase_add_test(cases, a_buffer_grows_and_is_terminated);
    tcase_add_test(cases, a_buffer_over_its_limit_drops_all_and_says_so_once);
    tcase_add_test(cases, Q4_a_percent_sign_in_a_value_is_only_a_percent_sign);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/csv.h"

static struct buffer out;

static void set_up(void) {
    buffer_init(&out, 1 << 20);
}

static void tear_down(void) {
    buffer_done(&out);
}

static const char *cell(const char *data, size_t len) {
    buffer_reset(&out);
    csv_cell(&out, text_span(data, len), true);
    return out.data;
}

#define CELL(string) cell((string), sizeof(string) - 1)
#define CELL_OF(words) cell((words), strlen(words))

START_TEST(Q6_cells_are_quoted_when_they_must_be) {
    ck_assert_str_eq(CELL("plain"), "plain");
    ck_assert_str_eq(CELL("a,b"), "\"a,b\"");
    ck_assert_str_eq(CELL("say \"x\""), "\"say \"\"x\"\"\"");
    ck_assert_str_eq(CELL("a\nb"), "\"a\nb\"");
    ck_assert_str_eq(CELL("a\r\nb"), "\"a\r\nb\"");
    ck_assert_str_eq(CELL(" a"), "\" a\"");
    ck_assert_str_eq(CELL("a "), "\"a \"");
    ck_assert_str_eq(CELL(""), "");
}
END_TEST

START_TEST(Q6_a_nul_becomes_the_replacement_character) {
    ck_assert_str_eq(CELL("a\0b"), "a\xEF\xBF\xBD"
                                   "b");
}
END_TEST

START_TEST(Q5_what_a_spreadsheet_would_run_gets_an_apostrophe) {
    ck_assert_str_eq(CELL("=1+1"), "'=1+1");
    ck_assert_str_eq(CELL("+1"), "'+1");
    ck_assert_str_eq(CELL("-1"), "'-1");
    ck_assert_str_eq(CELL("@x"), "'@x");
    ck_assert_str_eq(CELL("\tx"), "'\tx");
    ck_assert_str_eq(CELL("\rx"), "\"'\rx\"");
    ck_assert_str_eq(CELL("=a,b"), "\"'=a,b\"");
    ck_assert_str_eq(CELL("a=b"), "a=b");
}
END_TEST

START_TEST(Q5_the_undo_of_the_apostrophe_is_exact) {
    ck_assert_str_eq(CELL("'=1"), "''=1");
    ck_assert_str_eq(CELL("''=1"), "'''=1");
    ck_assert_str_eq(CELL("'t Hooft"), "'t Hooft");
    ck_assert_str_eq(CELL("'"), "'");
    ck_assert_str_eq(CELL("''"), "''");
}
END_TEST

START_TEST(Q5_and_is_ours_too) {
    static const char *const cells[] = {"=1+1", "+1@example.org", "'=1", "'t Hooft", "'", "", "a"};
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
        unit_assert_text(csv_plain(text_of(CELL_OF(cells[i]))), cells[i]);
    }
}
END_TEST

START_TEST(lines_end_with_cr_lf) {
    csv_cell(&out, text_of("a"), true);
    csv_cell(&out, text_of(NULL), false);
    csv_cell(&out, text_of("b"), false);
    csv_end(&out);
    ck_assert_str_eq(out.data, "a,,b\r\n");
}
END_TEST

/* A reader of one cell, as RFC 4180 and the undo of the apostrophe have it. */
static size_t read_back(const char *csv, size_t len, char *plain) {
    bool quoted = len > 0 && csv[0] == '"';
    size_t used = 0, at = quoted ? 1 : 0, end = quoted ? len - 1 : len, quotes = 0;
    for (; at < end; at++) {
        plain[used++] = csv[at];
        at += quoted && csv[at] == '"' && csv[at + 1] == '"';
    }
    while (quotes < used && plain[quotes] == '\'') {
        quotes++;
    }
    if (quotes > 0 && quotes < used && strchr("=+-@\t\r\n", plain[quotes]) != NULL) {
        memmove(plain, plain + 1, --used);
    }
    return used;
}

START_TEST(Q6_every_short_cell_comes_back) {
    static const char alphabet[] = "a'\",=+-@\t\r\n ;";
    size_t letters = sizeof alphabet - 1;
    for (size_t n = 0; n < letters * letters * letters * letters; n++) {
        char text[4], plain[16];
        size_t len = n % 5, rest = n;
        for (size_t i = 0; i < 4; i++, rest /= letters) {
            text[i] = alphabet[rest % letters];
        }
        len = len > 4 ? 4 : len;
        cell(text, len);
        size_t used = read_back(out.data != NULL ? out.data : "", out.len, plain);
        ck_assert_msg(used == len && memcmp(plain, text, len) == 0, "cell %zu: %s", n, out.data);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("csv");
    TCase *all = tcase_create("csv");
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_test(all, Q6_cells_are_quoted_when_they_must_be);
    tcase_add_test(all, Q6_a_nul_becomes_the_replacement_character);
    tcase_add_test(all, Q5_what_a_spreadsheet_would_run_gets_an_apostrophe);
    tcase_add_test(all, Q5_the_undo_of_the_apostrophe_is_exact);
    tcase_add_test(all, Q5_and_is_ours_too);
    tcase_add_test(all, lines_end_with_cr_lf);
    tcase_add_test(all, Q6_every_short_cell_comes_back);
    suite_add_tcase(suite, all);
    return unit_run(suite);
}

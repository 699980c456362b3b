#include "unit.h"

#include <string.h>

#include "ctl/csv_read.h"

static struct arena *arena;
static struct csv_reader reader;
static struct csv_row row;

static void set_up(void) {
    arena = arena_new(4096, 65536);
}

static void tear_down(void) {
    arena_free(&arena);
}

static void begin(const char *file) {
    csv_reader_init(&reader, text_of(file));
}

static bool next(void) {
    return csv_reader_next(&reader, arena, &row);
}

START_TEST(a_row_is_its_cells) {
    begin("\xEF\xBB\xBF"
          "a, b ,\"c\"\"d\",\r\n\r\n\"x,\ny\",z");
    ck_assert(next() && row.wrong == NULL && row.count == 4 && row.line == 1);
    unit_assert_text(row.cells[0], "a");
    unit_assert_text(row.cells[1], "b");
    unit_assert_text(row.cells[2], "c\"d");
    unit_assert_text(row.cells[3], "");
    ck_assert(next() && row.wrong == NULL && row.count == 2 && row.line == 3);
    unit_assert_text(row.cells[0], "x,\ny");
    unit_assert_text(row.cells[1], "z");
    ck_assert(!next());
}
END_TEST

START_TEST(a_file_without_rows_has_none) {
    begin("");
    ck_assert(!next());
    begin("\n\r\n");
    ck_assert(!next());
}
END_TEST

START_TEST(a_wrong_row_is_told_and_the_next_is_read) {
    static const char *const wrong[] = {"\"a\"b,c\nnext", "a,\"b\"c,d\nnext", "a\x01\xFF\nnext"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        begin(wrong[i]);
        ck_assert_msg(next() && row.wrong != NULL, "%s", wrong[i]);
        ck_assert(next() && row.wrong == NULL && row.line == 2);
        unit_assert_text(row.cells[0], "next");
    }
}
END_TEST

/* Each begins with a row whose quote is not closed; behind it stands one that is good. */
START_TEST(a_quote_that_is_not_closed_takes_one_line_alone) {
    static const char *const files[] = {
        "a,\"b\nx,y",                     /* to the end of the file */
        "a,\"b\nx,\"y\"\n",               /* up to a quote that opens */
        "a,\"b\n\"x\",\"y\"",             /* likewise */
        "a,\"b\r\nx,\"y\"\r\nz,\"\"\r\n", /* where doubled ones stand */
        "\"b\nx,y\n\"\"\"\"\n",
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        begin(files[i]);
        ck_assert_msg(next() && row.wrong != NULL && row.line == 1 && row.last_line == 1, "%zu", i);
        ck_assert_msg(next() && row.wrong == NULL && row.line == 2 && row.count == 2, "%zu", i);
        unit_assert_text(row.cells[0], "x");
        unit_assert_text(row.cells[1], "y");
    }
    begin("a,\"b\nc\",\"d\n\nx,y"); /* The line is that of the quote, not of the row. */
    ck_assert(next() && row.wrong != NULL && row.line == 2);
    ck_assert(next() && row.wrong == NULL && row.line == 4);
}
END_TEST

START_TEST(what_stands_in_quotes_has_bounds) {
    static char file[CSV_QUOTED_BYTES * 2];
    for (size_t more = 0; more < 2; more++) {
        size_t lines = CSV_QUOTED_LINES + more, bytes = CSV_QUOTED_BYTES + more;
        memset(file, '\n', sizeof file);
        file[0] = '"';
        memcpy(file + 1 + lines, "\"\nx\n", 5);
        begin(file);
        ck_assert(next() && (row.wrong != NULL) == (more > 0));
        ck_assert_uint_eq(row.last_line, more > 0 ? 1 : CSV_QUOTED_LINES + 1);
        memset(file, 'w', sizeof file);
        file[0] = '"';
        memcpy(file + 1 + bytes, "\"\nx", 4);
        begin(file);
        ck_assert(next() && (row.wrong != NULL) == (more > 0));
        ck_assert(next() && row.wrong == NULL && row.line == 2);
        unit_assert_text(row.cells[0], "x");
    }
}
END_TEST

START_TEST(more_cells_than_a_row_may_have_are_wrong) {
    char file[CSV_CELLS_MAX * 2 + 1];
    memset(file, ',', sizeof file - 1);
    file[sizeof file - 1] = '\0';
    begin(file);
    ck_assert(next() && row.wrong != NULL && row.count == CSV_CELLS_MAX);
    ck_assert(!next());
}
END_TEST

int main(void) {
    Suite *suite = suite_create("csv_read");
    TCase *cases = tcase_create("csv_read");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, a_row_is_its_cells);
    tcase_add_test(cases, a_file_without_rows_has_none);
    tcase_add_test(cases, a_wrong_row_is_told_and_the_next_is_read);
    tcase_add_test(cases, a_quote_that_is_not_closed_takes_one_line_alone);
    tcase_add_test(cases, what_stands_in_quotes_has_bounds);
    tcase_add_test(cases, more_cells_than_a_row_may_have_are_wrong);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

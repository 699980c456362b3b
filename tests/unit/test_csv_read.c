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
    begin("a,\"b\nc");
    ck_assert(next() && row.wrong != NULL);
    ck_assert(!next());
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
    tcase_add_test(cases, more_cells_than_a_row_may_have_are_wrong);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

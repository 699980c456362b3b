#include "unit.h"

#include "../../src/store/row.h"

enum { ROWS = 3 };

struct line {
    struct text word;
    int64_t number, time_ms;
    bool yes;
};

static void read_line(struct row *row, void *out) {
    *(struct line *)out =
        (struct line){row_text(row, 0), row_int(row, 1), row_time_ms(row, 2), row_bool(row, 1)};
}

/* As PostgreSQL would answer: a word, a number from 0, no time. */
static PGresult *answer(void) {
    PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    PGresAttDesc columns[] = {{.name = (char[]){"word"}, .format = 1},
                              {.name = (char[]){"number"}, .format = 1},
                              {.name = (char[]){"time"}, .format = 1}};
    ck_assert(PQsetResultAttrs(result, 3, columns));
    for (int row = 0; row < ROWS; row++) {
        char number[] = {0, (char)row};
        ck_assert(PQsetvalue(result, row, 0, (char[]){"petition"}, 8));
        ck_assert(PQsetvalue(result, row, 1, number, 2));
        ck_assert(PQsetvalue(result, row, 2, NULL, -1));
    }
    return result;
}

START_TEST(rows_become_an_array_that_outlives_them) {
    struct arena *arena = arena_new(1024, 4096);
    size_t count = 0;
    const struct line *lines = row_read_all(answer(), arena, sizeof *lines, read_line, &count);
    ck_assert_ptr_nonnull(lines);
    ck_assert_uint_eq(count, ROWS);
    for (int i = 0; i < ROWS; i++) {
        ck_assert(text_is(lines[i].word, "petition"));
        ck_assert_int_eq(lines[i].number, i);
        ck_assert(lines[i].yes == (i > 0));
        ck_assert_int_eq(lines[i].time_ms, 0);
    }
    arena_free(&arena);
}
END_TEST

START_TEST(P17_no_row_is_without_its_words_when_memory_is_out) {
    size_t count = 0, limit = (ROWS + 1) * sizeof(struct line);
    struct arena *arena = arena_new(1024, limit + 16);
    ck_assert_ptr_null(row_read_all(answer(), arena, sizeof(struct line), read_line, &count));
    arena_free(&arena);
    arena = arena_new(1024, limit - 1);
    ck_assert_ptr_null(row_read_all(answer(), arena, sizeof(struct line), read_line, &count));
    arena_free(&arena);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("row");
    TCase *cases = tcase_create("row");
    tcase_add_test(cases, rows_become_an_array_that_outlives_them);
    tcase_add_test(cases, P17_no_row_is_without_its_words_when_memory_is_out);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

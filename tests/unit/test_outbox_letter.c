#include "unit.h"

#include <stdlib.h>

#include "store/outbox_letter.h"

enum { ROWS = 3, UNTIL_MS = 4711 };

static int broken_row;

static struct outbox_letter *read_row(const PGresult *result, int row) {
    struct outbox_letter *letter = NULL;
    if (row != broken_row && PQntuples(result) == ROWS)
        letter = calloc(1, sizeof *letter);
    if (letter)
        letter->tries = row;
    return letter;
}

static enum status read_rows(int broken, struct outbox_letters *out) {
    PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    PGresAttDesc column = {.name = (char[]){"c"}};
    ck_assert(PQsetResultAttrs(result, 1, &column));
    for (int row = 0; row < ROWS; row++)
        ck_assert(PQsetvalue(result, row, 0, (char[]){"1"}, 1));
    broken_row = broken;
    enum status status = outbox_letters_read(result, read_row, UNTIL_MS, out);
    PQclear(result);
    return status;
}

START_TEST(letters_come_in_the_order_of_the_rows) {
    struct outbox_letters letters = {NULL, 0};
    ck_assert_int_eq(read_rows(ROWS, &letters), ST_OK);
    ck_assert_uint_eq(letters.count, ROWS);
    struct outbox_letter *letter = letters.first;
    for (int row = 0; row < ROWS; row++) {
        struct outbox_letter *next = outbox_next(letter);
        ck_assert_int_eq(letter->tries, row);
        ck_assert_int_eq(letter->leased_until_ms, UNTIL_MS);
        outbox_letter_free(&letter);
        ck_assert_ptr_null(letter);
        letter = next;
    }
    ck_assert_ptr_null(letter);
}
END_TEST

START_TEST(one_row_that_is_no_letter_and_none_is_given) {
    for (int broken = 0; broken < ROWS; broken++) {
        struct outbox_letters letters = {NULL, 0};
        ck_assert_int_eq(read_rows(broken, &letters), ST_FAULT);
        ck_assert_ptr_null(letters.first);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("outbox_letter");
    TCase *cases = tcase_create("outbox_letter");
    tcase_add_test(cases, letters_come_in_the_order_of_the_rows);
    tcase_add_test(cases, one_row_that_is_no_letter_and_none_is_given);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

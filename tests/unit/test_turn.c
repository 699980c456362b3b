#include "unit.h"

#include <stdlib.h>

#include "mail/turn.h"

enum { LETTERS = 5 };

static struct outbox_letter *letters[LETTERS];

static void set_up(void) {
    for (int i = 0; i < LETTERS; i++) {
        letters[i] = calloc(1, sizeof *letters[i]);
        letters[i]->kind = i % 2 ? OUTBOX_CONFIRM : OUTBOX_LIST;
    }
}

static void tear_down(void) {
    for (int i = 0; i < LETTERS; i++) {
        outbox_letter_free(&letters[i]);
    }
}

START_TEST(letters_of_the_outbox_stand_before_those_to_the_list_each_sort_in_its_order) {
    static const int order[LETTERS] = {1, 3, 0, 2, 4};
    struct outbox_letter *line = NULL;
    for (int i = 0; i < LETTERS; i++) {
        turn_add(&line, letters[i]);
    }
    for (int i = 0; i < LETTERS; i++) {
        ck_assert_ptr_eq(line, letters[order[i]]);
        line = outbox_next(line);
    }
    ck_assert_ptr_null(line);
}
END_TEST

START_TEST(the_list_leaves_places_to_the_outbox_and_is_never_without_one) {
    static const struct { int most, list; } cases[] = {{1, 1}, {2, 1}, {4, 3}, {8, 6}, {100, 75}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ck_assert_int_eq(turn_most(letters[0], cases[i].most), cases[i].list);
        ck_assert_int_eq(turn_most(letters[1], cases[i].most), cases[i].most);
    }
    ck_assert(turn_is_list(letters[0]) && !turn_is_list(letters[1]));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("turn");
    TCase *cases = tcase_create("turn");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases,
                   letters_of_the_outbox_stand_before_those_to_the_list_each_sort_in_its_order);
    tcase_add_test(cases, the_list_leaves_places_to_the_outbox_and_is_never_without_one);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

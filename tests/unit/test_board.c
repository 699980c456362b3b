#include <string.h>

#include "base/clock.h"
#include "serve/board.h"
#include "unit.h"

static struct board *board;

static void set_up(void) {
    board = board_new();
}

static void tear_down(void) {
    board_free(&board);
}

static struct count count_of(int32_t petition, int64_t generation, int64_t version, int64_t n) {
    struct count count = {
        .petition = petition, .generation = generation, .version = version, .n = n};
    strcpy(count.slug, "demo");
    count.read_at_ms = generation * 1000000 + version;
    return count;
}

static int64_t number(int32_t petition) {
    struct board_value value = {-1, 0, false};
    board_get(board, petition, &value);
    return value.n;
}

static void put(int32_t petition, int64_t generation, int64_t version, int64_t n) {
    struct count count = count_of(petition, generation, version, n);
    board_put(board, &count, true);
}

START_TEST(what_was_never_read_is_not_known) {
    struct board_value value;
    ck_assert(!board_get(board, 1, &value));
    board_mark(board, 1);
    ck_assert(!board_get(board, 1, &value));
}
END_TEST

START_TEST(R16_an_older_version_changes_nothing) {
    put(1, 1, 5, 50);
    put(1, 1, 4, 40);
    ck_assert_int_eq(number(1), 50);
    put(1, 1, 6, 49);
    ck_assert_int_eq(number(1), 49);
}
END_TEST

START_TEST(a_greater_version_that_postgresql_does_not_know_later_was_made_up) {
    struct count made_up = count_of(1, 1, 999, 7777777), truth = count_of(1, 1, 5, 50);
    board_put(board, &made_up, false);
    truth.read_at_ms = made_up.read_at_ms + 10000;
    board_put(board, &truth, true);
    ck_assert_int_eq(number(1), 7777777);
    truth.read_at_ms++;
    board_put(board, &truth, false);
    ck_assert_int_eq(number(1), 7777777);
    board_put(board, &truth, true);
    ck_assert_int_eq(number(1), 50);
}
END_TEST

START_TEST(what_was_read_in_the_future_was_made_up) {
    struct count made_up = count_of(1, 1, 999, 7777777), truth = count_of(1, 1, 5, 50);
    struct count another = truth;
    made_up.read_at_ms = truth.read_at_ms + 3600001;
    board_put(board, &made_up, false);
    board_put(board, &truth, true);
    ck_assert_int_eq(number(1), 50);
    /* Nor does its moment stay: others' readings are later than what stands. */
    another.read_at_ms = truth.read_at_ms + 1;
    board_put(board, &another, false);
    struct count_list list;
    ck_assert_int_eq(board_list(board, &list), ST_OK);
    ck_assert_int_eq(list.items[0].read_at_ms, another.read_at_ms);
    count_list_done(&list);
}
END_TEST

START_TEST(D20_a_greater_generation_is_believed_though_its_version_is_lower) {
    put(1, 1, 500, 50);
    put(1, 2, 3, 30);
    ck_assert_int_eq(number(1), 30);
    put(1, 1, 501, 51);
    ck_assert_int_eq(number(1), 30);
}
END_TEST

START_TEST(petitions_are_kept_apart_whatever_the_order) {
    put(7, 1, 1, 70);
    put(3, 1, 1, 30);
    put(5, 1, 1, 50);
    ck_assert_int_eq(number(3), 30);
    ck_assert_int_eq(number(5), 50);
    ck_assert_int_eq(number(7), 70);
    ck_assert_int_eq(number(4), -1);
}
END_TEST

START_TEST(a_value_read_now_is_exact) {
    struct board_value value;
    put(1, 1, 1, 10);
    ck_assert(board_get(board, 1, &value));
    ck_assert(value.exact);
}
END_TEST

START_TEST(D1_the_first_value_from_redis_is_not_called_exact) {
    struct board_value value;
    struct count count = count_of(1, 1, 1, 10);
    board_put(board, &count, false);
    ck_assert(board_get(board, 1, &value));
    ck_assert_int_eq(value.n, 10);
    ck_assert(!value.exact);
}
END_TEST

START_TEST(what_another_process_read_again_is_exact) {
    struct board_value value;
    struct count count = count_of(1, 1, 1, 10);
    board_put(board, &count, false);
    count.read_at_ms++;
    board_put(board, &count, false);
    ck_assert(board_get(board, 1, &value));
    ck_assert(value.exact);
}
END_TEST

START_TEST(a_mark_is_taken_once_and_not_again_within_the_pause) {
    int32_t ids[4];
    int64_t since_ms = 0, before_ms = clock_monotonic_ms();
    board_mark(board, 9);
    board_mark(board, 9);
    ck_assert_uint_eq(board_take_marked(board, 0, ids, 4, &since_ms), 1);
    ck_assert_int_eq(ids[0], 9);
    ck_assert_int_ge(since_ms, before_ms);
    ck_assert_int_le(since_ms, clock_monotonic_ms());
    ck_assert_uint_eq(board_take_marked(board, 0, ids, 4, &since_ms), 0);
    board_mark(board, 9);
    ck_assert_uint_eq(board_take_marked(board, 3600000, ids, 4, &since_ms), 0);
    ck_assert_uint_eq(board_take_marked(board, 0, ids, 4, &since_ms), 1);
}
END_TEST

START_TEST(more_marks_than_asked_for_stay) {
    int32_t ids[8];
    int64_t since_ms = 0;
    for (int32_t i = 1; i <= 5; i++)
        board_mark(board, i);
    ck_assert_uint_eq(board_take_marked(board, 0, ids, 3, &since_ms), 3);
    ck_assert_uint_eq(board_take_marked(board, 0, ids, 3, &since_ms), 2);
    board_mark_all(board, ids, 2);
    ck_assert_uint_eq(board_take_marked(board, 0, ids, 8, &since_ms), 2);
}
END_TEST

START_TEST(the_list_holds_every_petition) {
    struct count_list list = {NULL, 0};
    put(2, 1, 1, 20);
    put(1, 1, 1, 10);
    ck_assert_int_eq(board_list(board, &list), ST_OK);
    ck_assert_uint_eq(list.count, 2);
    ck_assert_int_eq(list.items[0].petition, 1);
    ck_assert_str_eq(list.items[1].slug, "demo");
    count_list_done(&list);
    ck_assert_ptr_null(list.items);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("board");
    TCase *cases = tcase_create("board");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, what_was_never_read_is_not_known);
    tcase_add_test(cases, R16_an_older_version_changes_nothing);
    tcase_add_test(cases, a_greater_version_that_postgresql_does_not_know_later_was_made_up);
    tcase_add_test(cases, what_was_read_in_the_future_was_made_up);
    tcase_add_test(cases, D20_a_greater_generation_is_believed_though_its_version_is_lower);
    tcase_add_test(cases, petitions_are_kept_apart_whatever_the_order);
    tcase_add_test(cases, a_value_read_now_is_exact);
    tcase_add_test(cases, D1_the_first_value_from_redis_is_not_called_exact);
    tcase_add_test(cases, what_another_process_read_again_is_exact);
    tcase_add_test(cases, a_mark_is_taken_once_and_not_again_within_the_pause);
    tcase_add_test(cases, more_marks_than_asked_for_stay);
    tcase_add_test(cases, the_list_holds_every_petition);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

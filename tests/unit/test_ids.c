#include "unit.h"

#include "ctl/ids.h"

static struct arena *arena;
static struct ids ids;
static size_t bad;

static void set_up(void) {
    arena = arena_new(4096, 1 << 20);
    ids = (struct ids){NULL, NULL, 77};
    bad = 77;
}

static void tear_down(void) {
    arena_free(&arena);
}

static enum status parse(const char *text, char separator) {
    return ids_parse(text_of(text), separator, arena, &ids, &bad);
}

START_TEST(commas_separate_numbers) {
    ck_assert_int_eq(parse("1,2, 3 ,,9223372036854775807", ','), ST_OK);
    ck_assert_uint_eq(ids.count, 4);
    ck_assert_int_eq(ids.items[2], 3);
    ck_assert_int_eq(ids.items[3], INT64_MAX);
}
END_TEST

START_TEST(between_commas_each_may_have_a_tag) {
    ck_assert_int_eq(parse("1:7,2, 3:9223372036854775807", ','), ST_OK);
    ck_assert_uint_eq(ids.count, 3);
    ck_assert_int_eq(ids.items[0], 1);
    ck_assert_int_eq(ids.tags[0], 7);
    ck_assert_int_eq(ids.tags[1], 0);
    ck_assert_int_eq(ids.tags[2], INT64_MAX);
    static const char *const wrong[] = {"1:", ":1", "1:0", "1:x", "1:2:3", "1: 2", "1:-2"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        ck_assert_int_eq(parse(wrong[i], ','), ST_INVALID);
    ck_assert_int_eq(parse("1:2\n", '\n'), ST_INVALID);
}
END_TEST

START_TEST(lines_may_be_empty_or_comments) {
    ck_assert_int_eq(parse("# why\n5\r\n\n 6 \n#7", '\n'), ST_OK);
    ck_assert_uint_eq(ids.count, 2);
    ck_assert_int_eq(ids.items[1], 6);
}
END_TEST

START_TEST(what_is_no_number_is_told_by_its_place) {
    ck_assert_int_eq(parse("1\nx\n", '\n'), ST_INVALID);
    ck_assert_uint_eq(bad, 2);
    ck_assert_int_eq(parse("0", ','), ST_INVALID);
    ck_assert_uint_eq(bad, 1);
    ck_assert_int_eq(parse("1,-2", ','), ST_INVALID);
    ck_assert_uint_eq(bad, 2);
    ck_assert_int_eq(parse("9223372036854775808", ','), ST_INVALID);
    ck_assert_int_eq(parse("1 2", ','), ST_INVALID);
    ck_assert_int_eq(parse("1,#2", ','), ST_INVALID);
    ck_assert_uint_eq(ids.count, 77);
}
END_TEST

START_TEST(none_at_all_is_invalid) {
    ck_assert_int_eq(parse("", ','), ST_INVALID);
    ck_assert_uint_eq(bad, 0);
    ck_assert_int_eq(parse("# nothing\n\n", '\n'), ST_INVALID);
    ck_assert_uint_eq(bad, 0);
}
END_TEST

START_TEST(P17_without_memory_it_is_a_fault) {
    arena_free(&arena);
    arena = arena_new(64, 64);
    ck_assert_int_eq(parse("1,2,3,4,5,6,7,8,9,10,11,12", ','), ST_FAULT);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("ids");
    TCase *all = tcase_create("ids");
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_test(all, commas_separate_numbers);
    tcase_add_test(all, between_commas_each_may_have_a_tag);
    tcase_add_test(all, lines_may_be_empty_or_comments);
    tcase_add_test(all, what_is_no_number_is_told_by_its_place);
    tcase_add_test(all, none_at_all_is_invalid);
    tcase_add_test(all, P17_without_memory_it_is_a_fault);
    suite_add_tcase(suite, all);
    return unit_run(suite);
}

#include "unit.h"

#include <string.h>

#include "core/query.h"

static struct arena *arena;
static struct text state, page;

static const struct query_item items[] = {{"state", &state}, {"page", &page}};

static enum status parse(struct text query) {
    arena_reset(arena);
    state = text_of("before");
    page = text_of(NULL);
    return query_parse(query, arena, items, 2);
}

START_TEST(values_are_decoded_once) {
    ck_assert_int_eq(parse(text_of("page=2&state=a%20b%2526")), ST_OK);
    unit_assert_text(page, "2");
    unit_assert_text(state, "a b%26");
    ck_assert_int_eq(parse(text_of("state=2026-11-24T04:21:00+01:00")), ST_OK);
    unit_assert_text(state, "2026-11-24T04:21:00+01:00");
    ck_assert_int_eq(parse(text_of("state=")), ST_OK);
    unit_assert_text(state, "");
    ck_assert_int_eq(parse(text_of("state=a=b")), ST_OK);
    unit_assert_text(state, "a=b");
}
END_TEST

START_TEST(what_is_not_given_stays_as_it_is) {
    ck_assert_int_eq(parse(text_of("")), ST_OK);
    unit_assert_text(state, "before");
    ck_assert_int_eq(parse(text_of(NULL)), ST_OK);
    ck_assert_ptr_null(page.data);
}
END_TEST

static const char *const bad[] = {
    "x=1",
    "State=a",
    "state",
    "=a",
    "state=a&state=b", /* H27 */
    "state=a&state=a",
    "a[]=1",
    "state[]=1",
    "&",
    "state=a&",
    "&state=a",
    "state=a&&page=1",
    "st%61te=a",
    "state=%",
    "state=%4", /* H24 */
    "state=%zz",
    "state=%00",
    "state=a%00b",
    "state=%ff",
    "state=%C3%A9",
    "state=\xC3\xA9",
    "state=\xFF",
    "state=%0a",
    "state=%7f",
    "state=a b",
    "state=a\tb",

    "state =a",
    "state=%1",
    "state=%g0",
};

START_TEST(H24_H27_anything_else_is_refused) {
    ck_assert_msg(parse(text_of(bad[_i])) == ST_INVALID, "%s", bad[_i]);
    unit_assert_text(state, "before");
    ck_assert_ptr_null(page.data);
}
END_TEST

START_TEST(H24_a_nul_is_never_an_end) {
    ck_assert_int_eq(parse(text_span("state=a\0b", 9)), ST_INVALID);
    ck_assert_int_eq(parse(text_span("state\0=a", 8)), ST_INVALID);
}
END_TEST

static const char *const paths[][2] = {
    {"/api/v1/petitions/%64em%6F/%63ount", "/api/v1/petitions/demo/count"},
    {"/u/a%2Db%5fc%7e", "/u/a-b_c~"},
    {"/%2564emo", "/%2564emo"}, /* once */
    {"/%2e%2E/%2f%5c%3b%3f%00%20%ff%C3%A9", "/%2e%2E/%2f%5c%3b%3f%00%20%ff%C3%A9"},
    {"/%", "/%"},
    {"/%6", "/%6"},
    {"/%6g%zz", "/%6g%zz"},
    {"/%%64", "/%d"},
    {"", ""},
};

START_TEST(H25_a_path_is_decoded_once_and_no_further_than_to_letters) {
    struct text path;
    arena_reset(arena);
    ck_assert_int_eq(query_path(text_of(paths[_i][0]), arena, &path), ST_OK);
    unit_assert_text(path, paths[_i][1]);
}
END_TEST

START_TEST(a_path_that_is_absent_stays_absent) {
    struct text path = text_of("before");
    ck_assert_int_eq(query_path(text_of(NULL), arena, &path), ST_OK);
    ck_assert_ptr_null(path.data);
}
END_TEST

START_TEST(memory_that_is_gone_is_a_fault) {
    struct arena *small = arena_new(64, 8);
    struct text path;
    ck_assert_int_eq(query_path(text_of("/%64emo/count"), small, &path), ST_FAULT);
    state = text_of("before");
    ck_assert_int_eq(query_parse(text_of("state=0123456789"), small, items, 2), ST_FAULT);
    unit_assert_text(state, "before");
    ck_assert_int_eq(query_parse(text_of("state=1"), small, items, 17), ST_FAULT);
    arena_free(&small);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("query");
    TCase *cases = tcase_create("query");
    arena = arena_new(1024, 1 << 20);
    tcase_add_test(cases, values_are_decoded_once);
    tcase_add_test(cases, what_is_not_given_stays_as_it_is);
    tcase_add_loop_test(cases, H24_H27_anything_else_is_refused, 0,
                        (int)(sizeof bad / sizeof bad[0]));
    tcase_add_test(cases, H24_a_nul_is_never_an_end);
    tcase_add_loop_test(cases, H25_a_path_is_decoded_once_and_no_further_than_to_letters, 0,
                        (int)(sizeof paths / sizeof paths[0]));
    tcase_add_test(cases, a_path_that_is_absent_stays_absent);
    tcase_add_test(cases, memory_that_is_gone_is_a_fault);
    suite_add_tcase(suite, cases);
    int code = unit_run(suite);
    arena_free(&arena);
    return code;
}

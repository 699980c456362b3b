#include "unit.h"

#include <string.h>

#include "core/problem.h"

static struct arena *arena;

START_TEST(every_problem_has_a_code_a_title_and_a_status) {
    ck_assert_ptr_null(problem_kind(PROBLEM_NONE)->code);
    for (int i = PROBLEM_NONE + 1; i < PROBLEM_COUNT; i++) {
        const struct problem_kind *kind = problem_kind((enum problem)i);
        ck_assert_ptr_nonnull(kind->code);
        ck_assert_ptr_nonnull(kind->title);
        ck_assert_int_ge(kind->status, 400);
        ck_assert_int_le(kind->status, 503);
        for (int k = PROBLEM_NONE + 1; k < i; k++) {
            ck_assert_str_ne(kind->code, problem_kind((enum problem)k)->code);
        }
    }
    ck_assert_str_eq(problem_kind((enum problem)PROBLEM_COUNT)->code, "internal_error");
}
END_TEST

START_TEST(every_problem_of_a_field_has_a_code_and_a_sentence) {
    for (int i = 0; i < FIELD_PROBLEM_COUNT; i++) {
        const struct field_problem_kind *kind = field_problem_kind((enum field_problem)i);
        ck_assert_ptr_nonnull(kind->code);
        ck_assert_int_eq(kind->detail[strlen(kind->detail) - 1], '.');
    }
    ck_assert_str_eq(field_problem_kind((enum field_problem)FIELD_PROBLEM_COUNT)->code,
                     "invalid_format");
}
END_TEST

static struct text pointer_of(const char *name) {
    struct problems problems = {.count = 0};
    problems_add(&problems, arena, text_of(name), FIELD_UNKNOWN);
    ck_assert_uint_eq(problems.count, 1);
    ck_assert_int_eq(problems.problem, PROBLEM_INVALID_FIELDS);
    return problems.fields[0].pointer;
}

START_TEST(names_become_json_pointers) {
    unit_assert_text(pointer_of("email"), "/email");
    unit_assert_text(pointer_of(""), "/");
    unit_assert_text(pointer_of("a/b~c"), "/a~1b~0c");
    unit_assert_text(pointer_of("~1"), "/~01");
}
END_TEST

START_TEST(a_long_name_is_cut_at_a_character) {
    char name[200];
    memset(name, 'a', sizeof name);
    memcpy(name + 63, "\xC3\xA9", 3);
    ck_assert_uint_eq(pointer_of(name).len, 1 + 63);
    memset(name, '/', 199);
    name[199] = '\0';
    ck_assert_uint_eq(pointer_of(name).len, 1 + 128);
    name[64] = '\0';
    ck_assert_uint_eq(pointer_of(name).len, 1 + 128);
}
END_TEST

START_TEST(there_is_room_for_so_many) {
    struct problems problems = {.count = 0};
    for (int i = 0; i < 100; i++) {
        problems_add(&problems, arena, text_of("a"), FIELD_UNKNOWN);
        problems_add_at(&problems, arena, text_of("/a/b"), FIELD_EMPTY);
    }
    ck_assert_uint_eq(problems.count, PROBLEM_FIELDS_MAX);
    unit_assert_text(problems.fields[1].pointer, "/a/b");
}
END_TEST

START_TEST(without_memory_the_whole_document_is_named) {
    struct arena *small = arena_new(64, 0);
    struct problems problems = {.count = 0};
    problems_add(&problems, small, text_of("a"), FIELD_UNKNOWN);
    problems_add_at(&problems, small, text_of("/a"), FIELD_UNKNOWN);
    ck_assert_uint_eq(problems.count, 2);
    unit_assert_text(problems.fields[0].pointer, "");
    unit_assert_text(problems.fields[1].pointer, "");
    arena_free(&small);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("problem");
    TCase *cases = tcase_create("problem");
    arena = arena_new(4096, 1 << 20);
    tcase_add_test(cases, every_problem_has_a_code_a_title_and_a_status);
    tcase_add_test(cases, every_problem_of_a_field_has_a_code_and_a_sentence);
    tcase_add_test(cases, names_become_json_pointers);
    tcase_add_test(cases, a_long_name_is_cut_at_a_character);
    tcase_add_test(cases, there_is_room_for_so_many);
    tcase_add_test(cases, without_memory_the_whole_document_is_named);
    suite_add_tcase(suite, cases);
    int code = unit_run(suite);
    arena_free(&arena);
    return code;
}

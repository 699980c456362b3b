#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "base/log.h"

struct values {
    const char *name, *path, *lower;
    long number, level;
};

static const char *only_lower(struct text value) {
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] < 'a' || value.data[i] > 'z') {
            return "in lower case";
        }
    }
    return NULL;
}

static const struct config_key keys[] = {
    {.name = "name", .type = CONFIG_STRING, .offset = offsetof(struct values, name)},
    {.name = "path_file", .type = CONFIG_FILE, .offset = offsetof(struct values, path)},
    {.name = "lower",
     .type = CONFIG_STRING,
     .offset = offsetof(struct values, lower),
     .fallback = "abc",
     .check = only_lower},
    {.name = "number",
     .type = CONFIG_INTEGER,
     .offset = offsetof(struct values, number),
     .fallback = "5",
     .min = -1,
     .max = 100},
    {.name = "level",
     .type = CONFIG_LEVEL,
     .offset = offsetof(struct values, level),
     .fallback = "info"},
};

static const struct config_table table = {keys, sizeof keys / sizeof keys[0]};

static struct arena *arena;
static struct config_error error;

static enum status load(const char *content, struct values *out) {
    const char *path = content ? unit_write("unit.conf", content) : NULL;
    memset(&error, '?', sizeof error);
    return config_load(path, &table, out, arena, &error);
}

START_TEST(values_are_trimmed_and_comments_skipped) {
    struct values values = {0};
    ck_assert_int_eq(load("# head\n\n name =  a = b # c \r\nnumber=-1\n\tpath_file\t=\t/x y\n"
                          "level = error",
                          &values),
                     ST_OK);
    ck_assert_str_eq(values.name, "a = b # c");
    ck_assert_str_eq(values.path, "/x y");
    ck_assert_str_eq(values.lower, "abc");
    ck_assert_int_eq(values.number, -1);
    ck_assert_int_eq(values.level, LOG_ERROR);
}
END_TEST

START_TEST(without_a_file_there_are_fallbacks) {
    struct values values = {.name = "x"};
    ck_assert_int_eq(load(NULL, &values), ST_OK);
    ck_assert_ptr_null(values.name);
    ck_assert_int_eq(values.number, 5);
    ck_assert_int_eq(values.level, LOG_INFO);
    ck_assert_str_eq(error.message, "");
    ck_assert_uint_eq(error.end, 0);
}
END_TEST

START_TEST(the_environment_wins_over_the_file) {
    struct values values;
    setenv("COUNTERSIGN_NUMBER", " 7 ", 1);
    setenv("COUNTERSIGN_PATH_FILE", "/run/secret", 1);
    setenv("COUNTERSIGN_NAME", "", 1);
    ck_assert_int_eq(load("number = 6\nname = file\n", &values), ST_OK);
    ck_assert_int_eq(values.number, 7);
    ck_assert_str_eq(values.path, "/run/secret");
    ck_assert_str_eq(values.name, "file");
    setenv("COUNTERSIGN_NUMBER", "x", 1);
    ck_assert_int_eq(load("number = 6\n", &values), ST_INVALID);
    ck_assert_str_eq(error.message, "environment: number must be a whole number from -1 to 100");
    unsetenv("COUNTERSIGN_NUMBER");
    unsetenv("COUNTERSIGN_PATH_FILE");
    unsetenv("COUNTERSIGN_NAME");
}
END_TEST

struct wrong {
    const char *content;
    const char *message; /* behind "path:" */
};

static const struct wrong wrongs[] = {
    {"name = a\nnmae = b\n", "2: unknown name 'nmae'"},
    {"name a\n", "1: expected `name = value`"},
    {"\xEF\xBB\xBFname = a\n", "1: unknown name '???name'"},
    {"= a\n", "1: unknown name ''"},
    {"name = a\n\nname = a\n", "3: name stands here for the second time"},
    {"name =\n", "1: name has no value: give one, or remove the line for the default"},
    {"number = 5 \nname = \t\n",
     "2: name has no value: give one, or remove the line for the default"},
    {"number = -2\n", "1: number must be a whole number from -1 to 100"},
    {"number = 101\n", "1: number must be a whole number from -1 to 100"},
    {"number = 5s\n", "1: number must be a whole number from -1 to 100"},
    {"number = 5.0\n", "1: number must be a whole number from -1 to 100"},
    {"number = +5\n", "1: number must be a whole number from -1 to 100"},
    {"number = 0x5\n", "1: number must be a whole number from -1 to 100"},
    {"number = --5\n", "1: number must be a whole number from -1 to 100"},
    {"number = 99999999999999999999999\n", "1: number must be a whole number from -1 to 100"},
    {"level = loud\n", "1: level must be debug, info, warning or error"},
    {"lower = ABC\n", "1: lower must be in lower case"},
    {"name = a\x01z\n", "1: name holds a control character"},
    {"name = a\rnumber = 6\n", "1: name holds a control character"},
};

START_TEST(O14_what_is_wrong_is_told_with_file_and_line) {
    struct values values = {.number = 42};
    char expected[600];
    ck_assert_int_eq(load(wrongs[_i].content, &values), ST_INVALID);
    snprintf(expected, sizeof expected, "%s/unit.conf:%s", unit_folder(), wrongs[_i].message);
    ck_assert_str_eq(error.message, expected);
    ck_assert_int_eq(values.number, 42);
}
END_TEST

START_TEST(O14_a_line_may_not_be_overly_long) {
    struct values values;
    static char line[6000];
    memset(line, 'x', sizeof line - 1);
    memcpy(line, "name = ", 7);
    ck_assert_int_eq(load(line, &values), ST_INVALID);
    ck_assert_ptr_nonnull(strstr(error.message, ":1: the line is longer than 4096 bytes"));
    line[4096] = '\0';
    ck_assert_int_eq(load(line, &values), ST_OK);
}
END_TEST

START_TEST(O14_a_name_of_any_length_is_cut_in_the_message) {
    struct values values;
    static char line[1000];
    memset(line, 'n', sizeof line - 3);
    memcpy(line + sizeof line - 3, "=1", 3);
    ck_assert_int_eq(load(line, &values), ST_INVALID);
    ck_assert_uint_lt(strlen(error.message), 400);
}
END_TEST

START_TEST(a_file_that_is_no_configuration_is_refused) {
    struct values values;
    char path[300];
    static char large[300 * 1024];
    snprintf(path, sizeof path, "%s/missing.conf", unit_folder());
    ck_assert_int_eq(config_load(path, &table, &values, arena, &error), ST_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(error.message, "missing.conf: cannot be opened: No such file"));
    ck_assert_int_eq(config_load(unit_folder(), &table, &values, arena, &error), ST_FAULT);
    ck_assert_ptr_nonnull(strstr(error.message, "cannot be read"));
    memset(large, '#', sizeof large - 1);
    ck_assert_int_eq(load(large, &values), ST_INVALID);
    ck_assert_ptr_nonnull(strstr(error.message, "is larger than"));
}
END_TEST

START_TEST(a_nul_byte_is_refused) {
    struct values values;
    const char *path = unit_write("nul.conf", "name = a\n");
    FILE *file = fopen(path, "a");
    fwrite("num\0ber = 1\n", 1, 12, file);
    fclose(file);
    ck_assert_int_eq(config_load(path, &table, &values, arena, &error), ST_INVALID);
    ck_assert_ptr_nonnull(strstr(error.message, "NUL"));
}
END_TEST

START_TEST(an_arena_that_is_full_is_a_fault) {
    struct values values = {.number = 42};
    struct arena *small = arena_new(64, 32);
    const char *path = unit_write("full.conf", "name = 0123456789012345678901234567890123456789\n");
    ck_assert_int_eq(config_load(path, &table, &values, small, &error), ST_FAULT);
    ck_assert_ptr_nonnull(strstr(error.message, "out of memory"));
    ck_assert_int_eq(values.number, 42);
    arena_free(&small);
}
END_TEST

START_TEST(a_name_too_long_for_a_variable_has_none) {
    static const struct config_key one = {
        .name =
            "a_name_that_is_longer_than_any_name_that_this_program_would_ever_want_to_have_at_all",
        .type = CONFIG_INTEGER,
        .fallback = "1",
        .max = 1};
    long value = 0;
    ck_assert_int_eq(config_load(NULL, &(struct config_table){&one, 1}, &value, arena, &error),
                     ST_OK);
    ck_assert_int_eq(value, 1);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("config");
    TCase *cases = tcase_create("config");
    unit_folder();
    arena = arena_new(4096, 1 << 20);
    tcase_add_test(cases, values_are_trimmed_and_comments_skipped);
    tcase_add_test(cases, without_a_file_there_are_fallbacks);
    tcase_add_test(cases, the_environment_wins_over_the_file);
    tcase_add_loop_test(cases, O14_what_is_wrong_is_told_with_file_and_line, 0,
                        (int)(sizeof wrongs / sizeof wrongs[0]));
    tcase_add_test(cases, O14_a_line_may_not_be_overly_long);
    tcase_add_test(cases, O14_a_name_of_any_length_is_cut_in_the_message);
    tcase_add_test(cases, a_file_that_is_no_configuration_is_refused);
    tcase_add_test(cases, a_nul_byte_is_refused);
    tcase_add_test(cases, an_arena_that_is_full_is_a_fault);
    tcase_add_test(cases, a_name_too_long_for_a_variable_has_none);
    suite_add_tcase(suite, cases);
    int code = unit_run(suite);
    arena_free(&arena);
    return code;
}

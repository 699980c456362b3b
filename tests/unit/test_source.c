#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/source.h"

enum { LIMIT = 40000 };

static char path[] = "/tmp/countersign-source-XXXXXX";
static struct arena *arena;
static struct source_fault fault;

static void set_up(void) {
    strcpy(path + sizeof path - 7, "XXXXXX");
    close(mkstemp(path));
    arena = arena_new(1024, 1 << 20);
    fault = (struct source_fault){"nothing"};
}

static void tear_down(void) {
    unlink(path);
    arena_free(&arena);
}

static enum status read_back(const void *bytes, size_t len, struct text *out) {
    FILE *file = fopen(path, "w");
    ck_assert_uint_eq(fwrite(bytes, 1, len, file), len);
    fclose(file);
    return source_read(arena, path, LIMIT, &fault, out);
}

START_TEST(a_file_comes_back_whole) {
    static char large[LIMIT];
    struct text out = {NULL, 0};
    memset(large, 'x', sizeof large);
    ck_assert_int_eq(read_back("h\xC3\xA9\n", 4, &out), ST_OK);
    unit_assert_text(out, "h\xC3\xA9\n");
    ck_assert_int_eq(read_back("", 0, &out), ST_OK);
    ck_assert(out.data && out.len == 0);
    ck_assert_int_eq(read_back(large, sizeof large, &out), ST_OK);
    ck_assert_uint_eq(out.len, LIMIT);
    ck_assert_int_eq(out.data[LIMIT], '\0');
    ck_assert_str_eq(fault.message, "nothing");
}
END_TEST

static const struct {
    const char *bytes;
    size_t len;
} bad[] = {{"a\xFF", 2}, {"a\0b", 3}, {"\xC3", 1}};

START_TEST(M14_what_is_no_text_is_told) {
    struct text out = {NULL, 7};
    char expected[200];
    ck_assert_int_eq(read_back(bad[_i].bytes, bad[_i].len, &out), ST_INVALID);
    snprintf(expected, sizeof expected, "%s: not UTF-8", path);
    ck_assert_str_eq(fault.message, expected);
    ck_assert(!out.data && out.len == 7);
}
END_TEST

START_TEST(M14_what_is_too_large_is_told) {
    static char large[LIMIT + 1];
    struct text out;
    memset(large, 'x', sizeof large);
    ck_assert_int_eq(read_back(large, sizeof large, &out), ST_INVALID);
    ck_assert_ptr_nonnull(strstr(fault.message, ": larger than 40000 bytes"));
}
END_TEST

START_TEST(M14_a_file_that_is_none_is_told_apart_from_one_that_is_not_there) {
    struct text out;
    ck_assert_int_eq(source_read(arena, "/nonexistent/x", LIMIT, &fault, &out), ST_NOT_FOUND);
    ck_assert_int_eq(source_read(arena, "", LIMIT, &fault, &out), ST_NOT_FOUND);
    ck_assert_str_eq(fault.message, "nothing");
    ck_assert_int_eq(source_read(arena, "/", LIMIT, &fault, &out), ST_INVALID);
    ck_assert_str_eq(fault.message, "/: Is a directory");
}
END_TEST

START_TEST(R_without_memory_it_is_a_fault) {
    struct text out = {NULL, 7};
    struct arena *small = arena_new(16, 16);
    ck_assert_int_eq(read_back("0123456789012345678901234567890123456789", 40, &out), ST_OK);
    ck_assert_int_eq(source_read(small, path, LIMIT, &fault, &out), ST_FAULT);
    arena_free(&small);
}
END_TEST

START_TEST(a_long_path_leaves_room_for_the_reason) {
    char name[1000];
    memset(name, 'p', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    ck_assert_int_eq(source_refuse(&fault, name, 17, "no %s", "sense"), ST_INVALID);
    ck_assert_ptr_nonnull(strstr(fault.message, "p:17: no sense"));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("source");
    TCase *cases = tcase_create("source");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, a_file_comes_back_whole);
    tcase_add_loop_test(cases, M14_what_is_no_text_is_told, 0, sizeof bad / sizeof bad[0]);
    tcase_add_test(cases, M14_what_is_too_large_is_told);
    tcase_add_test(cases, M14_a_file_that_is_none_is_told_apart_from_one_that_is_not_there);
    tcase_add_test(cases, R_without_memory_it_is_a_fault);
    tcase_add_test(cases, a_long_path_leaves_room_for_the_reason);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

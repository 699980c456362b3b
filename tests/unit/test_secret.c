#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/secret.h"

START_TEST(P14_O11_there_are_no_cores) {
    struct rlimit limit = {1, 1};
    ck_assert_int_eq(secret_start(), ST_OK);
    ck_assert_int_eq(getrlimit(RLIMIT_CORE, &limit), 0);
    ck_assert_uint_eq(limit.rlim_cur, 0);
    ck_assert_int_eq(prctl(PR_GET_DUMPABLE, 0L, 0L, 0L, 0L), 0);
}
END_TEST

START_TEST(guarded_memory_is_zeroed) {
    unsigned char *secret = secret_new(64);
    ck_assert_ptr_nonnull(secret);
    for (size_t i = 0; i < 64; i++) {
        ck_assert_uint_eq(secret[i], 0);
    }
    secret_free(&secret);
    ck_assert_ptr_null(secret);
    secret_free(&secret);
    ck_assert_ptr_null(secret_new((size_t)-1));
}
END_TEST

START_TEST(a_file_is_read_whole_and_terminated) {
    struct text text;
    ck_assert_int_eq(secret_read_file(unit_write("a", "pass\nword"), 9, &text), ST_OK);
    unit_assert_text(text, "pass\nword");
    ck_assert_int_eq(text.data[9], 0);
    secret_free(&text.data);
    ck_assert_ptr_null(text.data);
    ck_assert_int_eq(secret_read_file(unit_write("b", ""), 9, &text), ST_OK);
    ck_assert_uint_eq(text.len, 0);
    secret_free(&text.data);
}
END_TEST

START_TEST(a_password_is_its_files_first_line) {
    static const char *const files[] = {"word", "word\n", "word\r\n", "word\n# which\n"};
    struct text text = {NULL, 0};
    secret_cut_line(&text);
    ck_assert_ptr_null(text.data);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        ck_assert_int_eq(secret_read_file(unit_write("p", files[i]), 99, &text), ST_OK);
        secret_cut_line(&text);
        unit_assert_text(text, "word");
        ck_assert_int_eq(text.data[4], 0);
        secret_free(&text.data);
    }
}
END_TEST

START_TEST(what_cannot_be_read_says_why) {
    struct text text = text_of("untouched");
    char missing[300];
    snprintf(missing, sizeof missing, "%s/none", unit_folder());
    ck_assert_int_eq(secret_read_file(missing, 9, &text), ST_NOT_FOUND);
    ck_assert_int_eq(secret_read_file(unit_write("c", "0123456789"), 9, &text), ST_INVALID);
    ck_assert_int_eq(secret_read_file(unit_folder(), 9, &text), ST_FAULT);
    unit_assert_text(text, "untouched");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("secret");
    TCase *cases = tcase_create("secret");
    unit_folder();
    if (secret_start() != ST_OK) {
        return EXIT_FAILURE;
    }
    tcase_add_test(cases, P14_O11_there_are_no_cores);
    tcase_add_test(cases, guarded_memory_is_zeroed);
    tcase_add_test(cases, a_file_is_read_whole_and_terminated);
    tcase_add_test(cases, a_password_is_its_files_first_line);
    tcase_add_test(cases, what_cannot_be_read_says_why);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

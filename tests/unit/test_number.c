/* Numbers of processes that share a folder. */
#include "unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "link/number.h"

static char folder[64], pattern[96], why[128];

static void set_up(void) {
    strcpy(folder, "/tmp/countersign-number-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(pattern, sizeof pattern, "%s/w.*.sock", folder);
}

static void tear_down(void) {
    char path[128];
    for (int i = 1; i <= NUMBER_MOST; i++) {
        snprintf(path, sizeof path, "%s/w.%d.sock.lock", folder, i);
        unlink(path);
    }
    ck_assert_int_eq(rmdir(folder), 0);
}

static int take(struct number *number) {
    ck_assert_int_eq(number_take(pattern, number, why, sizeof why), ST_OK);
    return number->value;
}

START_TEST(each_gets_the_lowest_that_is_free) {
    struct number one, two, three, again;
    ck_assert_int_eq(take(&one), 1);
    ck_assert_int_eq(take(&two), 2);
    ck_assert_int_eq(take(&three), 3);
    number_done(&two);
    ck_assert_int_eq(take(&again), 2);
    ck_assert_str_eq(strrchr(again.path, '/'), "/w.2.sock");
    number_done(&one);
    number_done(&again);
    number_done(&three);
}
END_TEST

START_TEST(a_killed_process_gives_its_number_back) {
    struct number number;
    int ends[2];
    char told = 0;
    ck_assert_int_eq(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        told = (char)take(&number);
        if (write(ends[1], &told, 1) != 1) {
            _exit(1);
        }
        pause();
        _exit(1);
    }
    ck_assert_int_eq(read(ends[0], &told, 1), 1);
    ck_assert_int_eq(told, 1);
    ck_assert_int_eq(take(&number), 2);
    number_done(&number);
    kill(child, SIGKILL);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    ck_assert_int_eq(take(&number), 1);
    number_done(&number);
    close(ends[0]);
    close(ends[1]);
}
END_TEST

START_TEST(there_is_an_end_of_numbers) {
    struct number all[NUMBER_MOST], more = {.value = 7};
    for (int i = 0; i < NUMBER_MOST; i++) {
        ck_assert_int_eq(take(&all[i]), i + 1);
    }
    ck_assert_int_eq(number_take(pattern, &more, why, sizeof why), ST_BUSY);
    ck_assert_int_eq(more.value, 7);
    for (int i = 0; i < NUMBER_MOST; i++) {
        number_done(&all[i]);
    }
}
END_TEST

START_TEST(a_path_without_a_star_is_itself) {
    struct number number;
    ck_assert_int_eq(number_take("/run/w.sock", &number, why, sizeof why), ST_OK);
    ck_assert_int_eq(number.value, 0);
    ck_assert_str_eq(number.path, "/run/w.sock");
    number_done(&number);
}
END_TEST

START_TEST(bad_paths_are_told) {
    struct number number;
    char longest[NUMBER_PATH_SIZE + 1];
    memset(longest, 'a', NUMBER_PATH_SIZE);
    longest[NUMBER_PATH_SIZE] = '\0';
    ck_assert_int_eq(number_take("/a/*/b.*", &number, why, sizeof why), ST_INVALID);
    ck_assert_int_eq(number_take(longest, &number, why, sizeof why), ST_INVALID);
    longest[NUMBER_PATH_SIZE - 1] = '*';
    longest[0] = '/';
    ck_assert_int_eq(number_take(longest, &number, why, sizeof why), ST_INVALID);
    ck_assert_int_eq(number_take("/nowhere/at/all/*", &number, why, sizeof why), ST_FAULT);
    ck_assert_str_eq(why, "cannot lock a number: No such file or directory");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("number");
    TCase *cases = tcase_create("number");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, each_gets_the_lowest_that_is_free);
    tcase_add_test(cases, a_killed_process_gives_its_number_back);
    tcase_add_test(cases, there_is_an_end_of_numbers);
    tcase_add_test(cases, a_path_without_a_star_is_itself);
    tcase_add_test(cases, bad_paths_are_told);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

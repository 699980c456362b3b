#include "unit.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/random.h"

enum { DRAWS = 500, SIZE = 24 };

static unsigned char drawn[DRAWS][SIZE];

static void set_up(void) {
    ck_assert_int_eq(random_start(), ST_OK);
    ck_assert_int_ge(sodium_init(), 0);
}

static int compare(const void *a, const void *b) {
    return memcmp(a, b, SIZE);
}

static void check_all_differ(void) {
    qsort(drawn, DRAWS, SIZE, compare);
    for (int i = 1; i < DRAWS; i++)
        ck_assert(memcmp(drawn[i - 1], drawn[i], SIZE) != 0);
}

START_TEST(libsodium_draws_from_here) {
    ck_assert_str_eq(randombytes_implementation_name(), "pool");
    ck_assert_int_eq(random_start(), ST_OK);
}
END_TEST

START_TEST(no_two_draws_are_alike_over_many_pools) {
    for (int i = 0; i < DRAWS; i++)
        randombytes_buf(drawn[i], SIZE);
    check_all_differ();
}
END_TEST

/* Every size up to more than the pool: all bytes are set, and those beyond are not touched. */
START_TEST(each_size_is_filled_to_its_end) {
    static unsigned char bytes[5000];

    for (size_t size = 1; size < sizeof bytes - 1; size += 1 + size / 7) {
        bool set = false;

        memset(bytes, 0, sizeof bytes);
        for (int tries = 0; tries < 20 && !set; tries++) {
            randombytes_buf(bytes, size);
            set = bytes[size - 1] != 0;
        }
        ck_assert(set);
        ck_assert_uint_eq(bytes[size], 0);
    }
}
END_TEST

START_TEST(numbers_differ) {
    uint32_t first = randombytes_random();
    bool differs = false;

    for (int i = 0; i < 4; i++)
        differs = differs || randombytes_random() != first;
    ck_assert(differs);
    for (int i = 0; i < 100; i++)
        ck_assert_uint_lt(randombytes_uniform(10), 10);
}
END_TEST

static void *draw_some(void *out) {
    randombytes_buf(out, SIZE);
    return NULL;
}

START_TEST(threads_have_pools_of_their_own) {
    pthread_t threads[DRAWS / 10];

    for (size_t i = 0; i < DRAWS / 10; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, draw_some, drawn[i]), 0);
    for (size_t i = 0; i < DRAWS / 10; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    for (size_t i = DRAWS / 10; i < DRAWS; i++)
        randombytes_buf(drawn[i], SIZE);
    check_all_differ();
}
END_TEST

/* libsodium's own generator ends a forked process that draws from it without having stirred; so
 * does this one, instead of handing out what lies in the pool. Stirred, it goes on with other
 * bytes. */
static int in_child(bool stir, unsigned char bytes[SIZE]) {
    int ends[2], status = 0;
    pid_t child;

    ck_assert_int_eq(pipe(ends), 0);
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        if (stir)
            randombytes_stir();
        randombytes_buf(bytes, SIZE);
        _exit(write(ends[1], bytes, SIZE) == SIZE ? 0 : 1);
    }
    close(ends[1]);
    ssize_t got = read(ends[0], bytes, SIZE);
    close(ends[0]);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(got, WIFEXITED(status) ? SIZE : 0);
    return status;
}

START_TEST(a_forked_process_gets_nothing_of_the_pool) {
    unsigned char first[SIZE], theirs[SIZE], ours[SIZE];

    randombytes_buf(first, SIZE);
    ck_assert(WIFSIGNALED(in_child(false, theirs)));
    ck_assert_int_eq(in_child(true, theirs), 0);
    randombytes_buf(ours, SIZE);
    ck_assert(memcmp(ours, theirs, SIZE) != 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("random");
    TCase *cases = tcase_create("random");

    tcase_add_checked_fixture(cases, set_up, NULL);
    unit_draws_random(cases);
    tcase_add_test(cases, libsodium_draws_from_here);
    tcase_add_test(cases, no_two_draws_are_alike_over_many_pools);
    tcase_add_test(cases, each_size_is_filled_to_its_end);
    tcase_add_test(cases, numbers_differ);
    tcase_add_test(cases, threads_have_pools_of_their_own);
    tcase_add_test(cases, a_forked_process_gets_nothing_of_the_pool);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

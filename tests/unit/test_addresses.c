/* Files of addresses: what is taken, and what is said about the others. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "ctl/addresses.h"

static struct context context;

static void set_up(void) {
    ck_assert_int_eq(secret_start(), ST_OK);
    context_init(&context);
}

static void tear_down(void) {
    context_done(&context);
    unit_remove();
}

START_TEST(lines_comments_and_empty_ones) {
    struct addresses addresses;
    const char *path = unit_write("a", "# by letter\n\n  Ada@Example.org \nbob@example.org");
    ck_assert_int_eq(addresses_read(&context, path, &addresses), OUTCOME_DONE);
    ck_assert_uint_eq(addresses.count, 2);
    ck_assert_str_eq(addresses.items[0].canonical, "ada@example.org");
}
END_TEST

static const char *const wrong[] = {"", "# none\n", "ada@example.org\nnobody\n", "a b@example.org"};

START_TEST(one_that_is_none_is_wrong) {
    struct addresses addresses;
    ck_assert_int_eq(addresses_read(&context, unit_write("a", wrong[_i]), &addresses),
                     OUTCOME_WRONG);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_wrong) {
    struct addresses addresses;
    ck_assert_int_eq(addresses_read(&context, "/nonexistent", &addresses), OUTCOME_WRONG);
}
END_TEST

START_TEST(one_too_many_is_wrong) {
    struct addresses addresses;
    char file[(ADDRESSES_MAX + 1) * 24], *end = file;
    for (int i = 0; i <= ADDRESSES_MAX; i++)
        end += sprintf(end, "p%d@example.org\n", i);
    ck_assert_int_eq(addresses_read(&context, unit_write("a", file), &addresses), OUTCOME_WRONG);
    *strstr(file, "p1000@") = '\0';
    ck_assert_int_eq(addresses_read(&context, unit_write("b", file), &addresses), OUTCOME_DONE);
    ck_assert_uint_eq(addresses.count, ADDRESSES_MAX);
}
END_TEST

START_TEST(a_mailbox_is_the_hash_of_its_canonical_form) {
    struct addresses addresses;
    struct blind_keys *keys = NULL;
    size_t line = 0;
    uint8_t expected[BLIND_SIZE];
    const char *key = "1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";
    ck_assert_int_eq(blind_keys_parse(text_of(key), &keys, &line), ST_OK);
    ck_assert_int_eq(
        addresses_read(&context, unit_write("a", "x@example.org\nADA@example.org\n"), &addresses),
        OUTCOME_DONE);
    uint8_t(*mailboxes)[BLIND_SIZE] = addresses_mailboxes(&context, &addresses, keys);
    ck_assert_ptr_nonnull(mailboxes);
    blind_mailbox(keys, "ada@example.org", expected);
    ck_assert_mem_eq(mailboxes[1], expected, BLIND_SIZE);
    blind_keys_free(&keys);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("addresses");
    TCase *all = tcase_create("addresses");
    tcase_set_timeout(all, 60);
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_test(all, lines_comments_and_empty_ones);
    tcase_add_loop_test(all, one_that_is_none_is_wrong, 0, sizeof wrong / sizeof wrong[0]);
    tcase_add_test(all, a_file_that_is_not_there_is_wrong);
    tcase_add_test(all, one_too_many_is_wrong);
    tcase_add_test(all, a_mailbox_is_the_hash_of_its_canonical_form);
    suite_add_tcase(suite, all);
    return unit_run(suite);
}

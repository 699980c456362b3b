/* The commands that need no service. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"
#include "core/json.h"
#include "core/unseal.h"
#include "ctl/run.h"

static struct context context;

static void set_up(void) {
    ck_assert_int_eq(secret_start(), ST_OK);
    json_start();
    context_init(&context);
}

static void tear_down(void) {
    context_done(&context);
    unit_remove();
}

#define RUN(...) run((const char *const[]){__VA_ARGS__, NULL})

static int run(const char *const *words) {
    char *argv[16], why[OPTIONS_WHY_SIZE];
    int argc = 0, used = 0;
    for (; words[argc] != NULL; argc++) {
        argv[argc] = (char *)(uintptr_t)words[argc];
    }
    buffer_reset(&context.out.buffer);
    context.command = command_find(argc, argv, &used);
    ck_assert_ptr_nonnull(context.command);
    ck_assert_msg(
        options_parse(context.command->options, argc - used, argv + used, &context.options, why),
        "%s", why);
    context.json = options_has(&context.options, "--json");
    return (int)context.command->run(&context);
}

START_TEST(help_is_for_commands_groups_and_the_configuration) {
    ck_assert_int_eq(RUN("help"), OUTCOME_DONE);
    ck_assert_int_eq(RUN("help", "petition", "put"), OUTCOME_DONE);
    ck_assert_ptr_nonnull(strstr(context.out.buffer.data, "countersign petition put FILE"));
    ck_assert_int_eq(RUN("help", "petition"), OUTCOME_DONE);
    ck_assert_int_eq(RUN("help", "config"), OUTCOME_DONE);
    ck_assert_int_eq(RUN("help", "nonsense"), OUTCOME_WRONG);
    ck_assert_int_eq(RUN("help", "audit", "demo"), OUTCOME_WRONG);
    ck_assert_int_eq(RUN("help", "--completion", "zsh"), OUTCOME_WRONG);
}
END_TEST

START_TEST(version_names_the_schema) {
    ck_assert_int_eq(RUN("version"), OUTCOME_DONE);
    ck_assert(strncmp(context.out.buffer.data, "countersign " COUNTERSIGN_VERSION " (schema ",
                      strlen("countersign " COUNTERSIGN_VERSION " (schema ")) == 0);
    ck_assert_int_eq(RUN("version", "--json"), OUTCOME_DONE);
    ck_assert(strncmp(context.out.buffer.data, "{\"version\":\"", 12) == 0);
}
END_TEST

static char folder[512];

static const char *path_of(const char *name) {
    static char path[1024];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void check_pair(struct text passphrase) {
    struct keypair *pair = NULL;
    struct recipients recipients;
    size_t line;
    struct text file = unit_read(path_of("organization.key"));
    ck_assert_int_eq(keypair_read(file, passphrase, &pair), ST_OK);
    free((char *)(uintptr_t)file.data);
    file = unit_read(path_of("organization.pub"));
    ck_assert_int_eq(recipients_parse(file, &recipients, &line), ST_OK);
    free((char *)(uintptr_t)file.data);
    ck_assert_mem_eq(recipients.keys[0], keypair_public(pair), SEAL_PUBLIC_KEY);
    keypair_free(&pair);
}

START_TEST(keygen_makes_a_pair_and_never_a_second) {
    struct stat found;
    snprintf(folder, sizeof folder, "%s", unit_folder());
    ck_assert_int_eq(RUN("keygen", "--out", folder), OUTCOME_DONE);
    ck_assert_int_eq(stat(path_of("organization.key"), &found), 0);
    ck_assert_int_eq(found.st_mode & 07777, 0600);
    check_pair(text_of(NULL));
    ck_assert_int_eq(RUN("keygen", "--out", folder), OUTCOME_NO);
    check_pair(text_of(NULL));
}
END_TEST

START_TEST(keygen_leaves_no_half_of_a_pair) {
    snprintf(folder, sizeof folder, "%s", unit_folder());
    unit_write("organization.pub", "here before\n");
    ck_assert_int_eq(RUN("keygen", "--out", folder), OUTCOME_NO);
    ck_assert_int_ne(access(path_of("organization.key"), F_OK), 0);
    ck_assert_int_eq(RUN("keygen", "--out", "/nonexistent/folder"), OUTCOME_WRONG);
    ck_assert_int_eq(RUN("keygen", "--out", "/proc"), OUTCOME_WRONG);
}
END_TEST

START_TEST(keygen_seals_with_a_passphrase) {
    char passphrase[512];
    snprintf(folder, sizeof folder, "%s", unit_folder());
    snprintf(passphrase, sizeof passphrase, "%s", unit_write("none", "\n"));
    ck_assert_int_eq(RUN("keygen", "--out", folder, "--passphrase-file", passphrase),
                     OUTCOME_WRONG);
    snprintf(passphrase, sizeof passphrase, "%s", unit_write("long", "correct horse\n"));
    ck_assert_int_eq(RUN("keygen", "--out", folder, "--passphrase-file", passphrase), OUTCOME_DONE);
    check_pair(text_of("correct horse"));
    ck_assert_int_eq(RUN("keygen", "--out", folder, "--passphrase-file", "/nonexistent"),
                     OUTCOME_WRONG);
}
END_TEST

START_TEST(O14_without_a_configuration_nothing_is_tried) {
    context.config = "/nonexistent.conf";
    ck_assert_int_eq(RUN("doctor"), OUTCOME_WRONG);
    ck_assert_int_eq(RUN("migrate"), OUTCOME_WRONG);
    ck_assert_int_eq(RUN("petition", "list"), OUTCOME_WRONG);
    ck_assert_int_eq(RUN("petition", "show", "demo"), OUTCOME_WRONG);
    ck_assert_int_eq(RUN("petition", "open", "demo"), OUTCOME_WRONG);
    ck_assert_int_eq(RUN("count"), OUTCOME_WRONG);
    ck_assert_int_eq(RUN("audit"), OUTCOME_WRONG);
    ck_assert_int_eq(RUN("recent", "demo"), OUTCOME_WRONG);
    ck_assert_int_eq(RUN("petition", "put", "/nonexistent"), OUTCOME_WRONG);
    ck_assert_int_eq(RUN("export", "demo", "--key", "/nonexistent"), OUTCOME_WRONG);
    ck_assert_int_eq(RUN("erase", "--email", "/nonexistent"), OUTCOME_WRONG);
    ck_assert_int_eq(RUN("disavowals"), OUTCOME_WRONG);
    ck_assert_int_eq(RUN("mail", "allow", "--email", "/nonexistent"), OUTCOME_WRONG);
    ck_assert_int_eq(RUN("invalidate", "demo", "--ids", "/nonexistent", "--reason", "x"),
                     OUTCOME_WRONG);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("run");
    TCase *all = tcase_create("run");
    tcase_set_timeout(all, 60);
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_test(all, help_is_for_commands_groups_and_the_configuration);
    tcase_add_test(all, version_names_the_schema);
    tcase_add_test(all, keygen_makes_a_pair_and_never_a_second);
    tcase_add_test(all, keygen_leaves_no_half_of_a_pair);
    tcase_add_test(all, keygen_seals_with_a_passphrase);
    tcase_add_test(all, O14_without_a_configuration_nothing_is_tried);
    suite_add_tcase(suite, all);
    return unit_run(suite);
}

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"
#include "ctl/context.h"

static struct context context;

static void set_up(void) {
    ck_assert_int_eq(secret_start(), ST_OK);
    unsetenv("COUNTERSIGN_CONFIG");
    context_init(&context);
}

static void tear_down(void) {
    context_done(&context);
    unit_remove();
}

START_TEST(the_option_is_stronger_than_the_environment) {
    setenv("COUNTERSIGN_CONFIG", "/from/environment", 1);
    ck_assert_str_eq(context_config(&context), "/from/environment");
    context.config = "/from/option";
    ck_assert_str_eq(context_config(&context), "/from/option");
    context.config = NULL;
    setenv("COUNTERSIGN_CONFIG", "", 1);
    if (access(CONFIG_USUAL, F_OK) != 0) {
        ck_assert_ptr_null(context_config(&context));
    }
}
END_TEST

START_TEST(a_secret_loses_its_line_ends) {
    struct text secret;
    ck_assert_int_eq(context_secret(unit_write("secret", "a b \r\n\n"), &secret), OUTCOME_DONE);
    unit_assert_text(secret, "a b ");
    secret_free(&secret.data);
    ck_assert_int_eq(context_secret(NULL, &secret), OUTCOME_DONE);
    ck_assert_ptr_null(secret.data);
    ck_assert_int_eq(context_secret("/nonexistent", &secret), OUTCOME_WRONG);
}
END_TEST

START_TEST(a_file_is_read_whole_or_not_at_all) {
    struct buffer file = {.len = 77};
    const char *path = unit_write("file", "0123456789");
    ck_assert_int_eq(context_read(path, 5, &file), OUTCOME_WRONG);
    ck_assert_int_eq(context_read("/nonexistent", 100, &file), OUTCOME_WRONG);
    ck_assert_int_eq(context_read("/", 100, &file), OUTCOME_WRONG);
    ck_assert_uint_eq(file.len, 77);
    ck_assert_int_eq(context_read(path, 100, &file), OUTCOME_DONE);
    unit_assert_text(buffer_text(&file), "0123456789");
    buffer_done(&file);
}
END_TEST

START_TEST(a_dash_is_standard_input) {
    ck_assert_str_eq(context_path_name("-"), "standard input");
    ck_assert_str_eq(context_path_name("./-"), "./-");
}
END_TEST

START_TEST(O14_index_keys_that_are_none_are_told) {
    struct blind_keys *keys = NULL;
    context.settings.index_key_file = unit_write("index", "1 nonsense\n");
    ck_assert_int_eq(context_index_keys(&context, &keys), OUTCOME_WRONG);
    context.settings.index_key_file = "/nonexistent";
    ck_assert_int_eq(context_index_keys(&context, &keys), OUTCOME_WRONG);
    ck_assert_ptr_null(keys);
}
END_TEST

START_TEST(O14_a_configuration_that_is_wrong_is_told) {
    context.config = unit_write("conf", "nonsense = 1\n");
    ck_assert_int_eq(context_settings(&context, SETTINGS_OPERATOR), OUTCOME_WRONG);
    ck_assert_int_eq(context_database(&context), OUTCOME_WRONG);
    ck_assert_int_eq(context_owner(&context), OUTCOME_WRONG);
}
END_TEST

START_TEST(D1_a_database_that_is_away_is_told) {
    const char *index = unit_write("index", "1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n");
    char text[1024];
    snprintf(text, sizeof text,
             "operator_database = host=/nonexistent\nowner_database = host=/nonexistent\n"
             "redis = unix:/nonexistent.sock\nindex_key_file = %s\n",
             index);
    context.config = unit_write("conf", text);
    ck_assert_int_eq(context_database(&context), OUTCOME_AWAY);
    pg_free(&context.pg);
    ck_assert_int_eq(context_owner(&context), OUTCOME_AWAY);
    ck_assert_int_eq(context_redis(&context), OUTCOME_DONE);
    ck_assert_int_eq(redis_probe(context.redis), ST_UNAVAILABLE);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("context");
    TCase *all = tcase_create("context");
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_test(all, the_option_is_stronger_than_the_environment);
    tcase_add_test(all, a_secret_loses_its_line_ends);
    tcase_add_test(all, a_file_is_read_whole_or_not_at_all);
    tcase_add_test(all, a_dash_is_standard_input);
    tcase_add_test(all, O14_index_keys_that_are_none_are_told);
    tcase_add_test(all, O14_a_configuration_that_is_wrong_is_told);
    tcase_add_test(all, D1_a_database_that_is_away_is_told);
    suite_add_tcase(suite, all);
    return unit_run(suite);
}

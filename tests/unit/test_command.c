#include "unit.h"

#include <string.h>

#include "ctl/command.h"

#define FIND(...) find((const char *const[]){__VA_ARGS__, NULL})

static int words;

static const char *find(const char *const *argv_words) {
    char *argv[8];
    int argc = 0;
    for (; argv_words[argc] != NULL; argc++) {
        argv[argc] = (char *)(uintptr_t)argv_words[argc];
    }
    words = 0;
    const struct command *command = command_find(argc, argv, &words);
    return command != NULL ? command->name : "";
}

START_TEST(a_command_is_found_by_all_words_of_its_name) {
    ck_assert_str_eq(FIND("audit", "demo"), "audit");
    ck_assert_int_eq(words, 1);
    ck_assert_str_eq(FIND("petition", "put", "x"), "petition put");
    ck_assert_int_eq(words, 2);
    ck_assert_str_eq(FIND("petition"), "");
    ck_assert_str_eq(FIND("petition", "nonsense"), "");
    ck_assert_str_eq(FIND("aud"), "");
    ck_assert_str_eq(FIND("auditx"), "");
    ck_assert_str_eq(FIND("petition put"), "");
    ck_assert_ptr_null(command_find(0, NULL, &words));
}
END_TEST

START_TEST(a_group_is_the_first_word_of_commands) {
    ck_assert(command_is_group("petition"));
    ck_assert(!command_is_group("petit"));
    ck_assert(!command_is_group("audit"));
    ck_assert(!command_is_group(""));
}
END_TEST

static void check_options(const struct command *command) {
    int count = 0;
    for (const struct option_row *row = command->options; row->name != NULL; row++, count++) {
        size_t len = strlen(row->help);
        ck_assert_msg(strncmp(row->name, "--", 2) == 0, "%s %s", command->name, row->name);
        ck_assert_msg(len > 0 && row->help[len - 1] == '.', "%s %s", command->name, row->name);
        ck_assert_msg(!row->required || row->argument != NULL, "%s %s", command->name, row->name);
    }
    ck_assert_int_le(count, OPTIONS_MAX);
}

START_TEST(every_row_of_the_table_is_whole) {
    size_t count;
    const struct command *table = command_table(&count);
    for (size_t i = 0; i < count; i++) {
        const struct command *command = &table[i];
        size_t len = strlen(command->summary);
        ck_assert(command->run != NULL);
        ck_assert_msg(len > 0 && command->summary[len - 1] != '.', "%s", command->name);
        ck_assert_msg(strlen(command->help) > 20, "%s", command->name);
        ck_assert_int_le(command->least, command->most);
        ck_assert_int_le(command->most, OPTIONS_ARGUMENTS_MAX);
        ck_assert_msg((*command->arguments == '\0') == (command->most == 0), "%s", command->name);
        ck_assert_msg(command->most == 0 || (*command->arguments == '[') == (command->least == 0),
                      "%s", command->name);
        check_options(command);
    }
    for (size_t i = 1; i < count; i++) {
        for (size_t k = 0; k < i; k++) {
            ck_assert_str_ne(table[i].name, table[k].name);
        }
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("command");
    TCase *all = tcase_create("command");
    tcase_add_test(all, a_command_is_found_by_all_words_of_its_name);
    tcase_add_test(all, a_group_is_the_first_word_of_commands);
    tcase_add_test(all, every_row_of_the_table_is_whole);
    suite_add_tcase(suite, all);
    return unit_run(suite);
}

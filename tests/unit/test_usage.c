#include "unit.h"

#include <string.h>

#include "ctl/usage.h"

static struct output output;

static void set_up(void) {
    output_init(&output, -1);
}

static void tear_down(void) {
    output_done(&output);
}

START_TEST(words_are_broken_at_the_width) {
    usage_wrap(&output, "one two three four", 2, 11);
    unit_assert_text(buffer_text(&output.buffer), "  one two\n  three\n  four\n");
}
END_TEST

START_TEST(a_long_word_stays_whole) {
    usage_wrap(&output, "a extraordinarily b", 0, 6);
    unit_assert_text(buffer_text(&output.buffer), "a\nextraordinarily\nb\n");
}
END_TEST

START_TEST(lines_that_start_with_a_space_stay_as_they_are) {
    usage_wrap(&output, "text:\n\n    a   b: much longer than ten\n\nmore", 0, 10);
    unit_assert_text(buffer_text(&output.buffer),
                     "text:\n\n    a   b: much longer than ten\n\nmore\n");
}
END_TEST

START_TEST(a_usage_line_shows_what_is_optional) {
    char *words[] = {(char *)(uintptr_t) "export"};
    int used;
    usage_line(&output, command_find(1, words, &used));
    unit_assert_text(buffer_text(&output.buffer),
                     "export SLUG --key FILE [--passphrase-file FILE] [--format csv|jsonl] "
                     "[--state confirmed|pending|all]");
}
END_TEST

/* Pages for people fit a terminal, but for usage lines. */
static void check_lines(const char *page) {
    const char *line = strchr(page, '\n') + 1;
    for (; *line != '\0'; line += strcspn(line, "\n") + 1) {
        size_t len = strcspn(line, "\n");
        ck_assert_msg(len <= 92, "%.*s", (int)len, line);
        ck_assert_msg(len == 0 || line[len - 1] != ' ', "%.*s", (int)len, line);
    }
}

START_TEST(every_page_fits_a_terminal) {
    size_t count;
    const struct command *table = command_table(&count);
    for (size_t i = 0; i < count; i++) {
        buffer_reset(&output.buffer);
        usage_command(&output, &table[i]);
        check_lines(output.buffer.data);
    }
    buffer_reset(&output.buffer);
    usage_overview(&output);
    check_lines(output.buffer.data);
    buffer_reset(&output.buffer);
    usage_config(&output);
    check_lines(output.buffer.data);
    ck_assert_ptr_nonnull(strstr(output.buffer.data, "  batch_limit = 256  "));
}
END_TEST

START_TEST(a_group_lists_its_commands_alone) {
    usage_group(&output, "petition");
    ck_assert_ptr_nonnull(strstr(output.buffer.data, "petition withdraw"));
    ck_assert_ptr_null(strstr(output.buffer.data, "audit"));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("usage");
    TCase *all = tcase_create("usage");
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_test(all, words_are_broken_at_the_width);
    tcase_add_test(all, a_long_word_stays_whole);
    tcase_add_test(all, lines_that_start_with_a_space_stay_as_they_are);
    tcase_add_test(all, a_usage_line_shows_what_is_optional);
    tcase_add_test(all, every_page_fits_a_terminal);
    tcase_add_test(all, a_group_lists_its_commands_alone);
    suite_add_tcase(suite, all);
    return unit_run(suite);
}

#include "unit.h"

#include <string.h>

#include "ctl/command.h"
#include "ctl/manual.h"

static struct output output;

static void set_up(void) {
    output_init(&output, -1);
}

static void tear_down(void) {
    output_done(&output);
}

static bool is_in(const char *part) {
    return strstr(output.buffer.data, part) != NULL;
}

START_TEST(the_manual_page_has_its_sections) {
    manual_troff(&output);
    ck_assert(strncmp(output.buffer.data, ".TH COUNTERSIGN 1", 17) == 0);
    ck_assert(is_in("\n.SH NAME\n") && is_in("\n.SH COMMANDS\n"));
    ck_assert(is_in("\n.SH CONFIGURATION\n") && is_in("\n.SH EXIT STATUS\n"));
    ck_assert(is_in("\\fB\\-\\-passphrase\\-file\\fR \\fIFILE\\fR"));
}
END_TEST

/* A line of text that began with a dot would be a request. */
START_TEST(no_line_of_text_is_a_request) {
    static const char *const requests[] = {".TH ", ".SH ", ".SS ", ".TP",
                                           ".PP",  ".nf",  ".fi",  ".B "};
    manual_troff(&output);
    for (const char *line = output.buffer.data; *line != '\0'; line += strcspn(line, "\n") + 1) {
        bool known = *line != '.' && *line != '\'';
        for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
            known |= strncmp(line, requests[i], strlen(requests[i])) == 0;
        }
        ck_assert_msg(known, "%.40s", line);
    }
}
END_TEST

START_TEST(markdown_has_a_section_for_every_command) {
    size_t count;
    const struct command *table = command_table(&count);
    manual_markdown(&output);
    for (size_t i = 0; i < count; i++) {
        char title[64] = "\n## `";
        strncat(title, table[i].name, sizeof title - 8);
        ck_assert_msg(is_in(title), "%s", title);
    }
    ck_assert(is_in("| `batch_limit` | 256 |"));
}
END_TEST

START_TEST(the_completion_knows_every_first_word_once) {
    manual_completion(&output);
    ck_assert(is_in(
        "words='help version doctor top ready migrate keygen petition count audit export recent "
        "invalidate disavowals erase restored subscribers letter mail --config'"));
    ck_assert(is_in("petition) words+=' put list show draw open close withdraw' ;;"));
    ck_assert(is_in("--format) words='csv jsonl' ;;"));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("manual");
    TCase *all = tcase_create("manual");
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_test(all, the_manual_page_has_its_sections);
    tcase_add_test(all, no_line_of_text_is_a_request);
    tcase_add_test(all, markdown_has_a_section_for_every_command);
    tcase_add_test(all, the_completion_knows_every_first_word_once);
    suite_add_tcase(suite, all);
    return unit_run(suite);
}

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/json.h"
#include "ctl/output.h"

static struct output output;
static int ends[2];

static void set_up(void) {
    ck_assert_int_eq(pipe(ends), 0);
    json_start();
    signal(SIGPIPE, SIG_IGN);
    output_init(&output, ends[1]);
}

static void tear_down(void) {
    output_done(&output);
    close(ends[0]);
    close(ends[1]);
}

static const char *written(void) {
    static char text[4096];
    ck_assert(output_flush(&output));
    ssize_t n = read(ends[0], text, sizeof text - 1);
    text[n > 0 ? n : 0] = '\0';
    return text;
}

START_TEST(what_is_put_in_comes_out_in_order) {
    output_string(&output, "a");
    output_text(&output, text_span("bcd", 2));
    output_printf(&output, "%d%s", 7, "!");
    ck_assert_str_eq(written(), "abc7!");
}
END_TEST

START_TEST(json_is_a_line_and_safe_inside_html) {
    output_json(&output, json_pack("{s:s}", "a", "<b>"));
    ck_assert_str_eq(written(), "{\"a\":\"\\u003cb\\u003e\"}\n");
}
END_TEST

START_TEST(P17_json_without_memory_is_an_error) {
    output_json(&output, NULL);
    ck_assert(!output_flush(&output));
    ck_assert_int_eq(output.error, ENOMEM);
}
END_TEST

START_TEST(a_reader_that_went_away_is_told_apart_from_a_full_disk) {
    close(ends[0]);
    output_string(&output, "a");
    ck_assert(!output_flush(&output));
    ck_assert_int_eq(output.error, EPIPE);
    output_done(&output);

    int full = open("/dev/full", O_WRONLY);
    output_init(&output, full);
    output_string(&output, "a");
    ck_assert(!output_flush(&output));
    ck_assert_int_eq(output.error, ENOSPC);
    close(full);
    ends[0] = open("/dev/null", O_RDONLY);
}
END_TEST

START_TEST(much_is_written_before_the_end) {
    output_done(&output);
    int null = open("/dev/null", O_WRONLY);
    output_init(&output, null);
    for (int i = 0; i < 100000; i++) {
        output_string(&output, "0123456789");
        ck_assert_uint_lt(output.buffer.len, 70000);
    }
    ck_assert(output_flush(&output));
    close(null);
}
END_TEST

START_TEST(a_table_is_padded_by_characters_and_ends_no_line_in_spaces) {
    static const struct output_column columns[] = {{"name", false}, {"n", true}, {"rest", false}};
    const struct text cells[] = {text_of("Zo\xC3\xAB"), text_of("7"),   text_of("x"),
                                 text_of("Ada"),        text_of("123"), text_of("longer")};
    output_table(&output, columns, 3, cells, 2);
    ck_assert_str_eq(written(), "name    n  rest\n"
                                "Zo\xC3\xAB     7  x\n"
                                "Ada   123  longer\n");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("output");
    TCase *all = tcase_create("output");
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_test(all, what_is_put_in_comes_out_in_order);
    tcase_add_test(all, json_is_a_line_and_safe_inside_html);
    tcase_add_test(all, P17_json_without_memory_is_an_error);
    tcase_add_test(all, a_reader_that_went_away_is_told_apart_from_a_full_disk);
    tcase_add_test(all, much_is_written_before_the_end);
    tcase_add_test(all, a_table_is_padded_by_characters_and_ends_no_line_in_spaces);
    suite_add_tcase(suite, all);
    return unit_run(suite);
}

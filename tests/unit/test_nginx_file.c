#include "unit.h"

#include <string.h>

#include "ctl/nginx_file.h"

static struct arena *arena;
static struct nginx_file file;
static char why[NGINX_WHY_SIZE];

static void set_up(void) {
    arena = arena_new(1 << 16, 16 << 20);
    ck_assert_ptr_nonnull(arena);
    file.count = 77;
}

static void tear_down(void) {
    arena_free(&arena);
    unit_remove();
}

static enum status read(const char *content) {
    return nginx_file_read(unit_write("nginx.conf", content), arena, &file, why);
}

static const char *word(int line, size_t at) {
    return file.lines[line].words[at];
}

START_TEST(words_are_what_nginx_takes_for_words) {
    ck_assert_int_eq(read("# nothing; here {\n"
                          "a b  c;\t\nd 'x y' \"q;{}#\" ${v}z; e#f g;\n"
                          "map $x \"$y|z\" { \"~^(?s)a{2}\\\"$\" 1; default \"\"; }\n"),
                     ST_OK);
    ck_assert_uint_eq(file.count, 6);
    ck_assert_uint_eq(file.lines[0].count, 3);
    ck_assert_str_eq(word(0, 2), "c");
    ck_assert_str_eq(word(1, 1), "x y");
    ck_assert_str_eq(word(1, 2), "q;{}#");
    ck_assert_str_eq(word(1, 3), "${v}z");
    ck_assert_str_eq(word(2, 0), "e#f");
    ck_assert_str_eq(word(4, 0), "~^(?s)a{2}\\\"$");
    ck_assert_str_eq(word(5, 1), "");
}
END_TEST

START_TEST(blocks_are_known_by_their_lines) {
    int where = -1;
    ck_assert_int_eq(read("http { server { location /count { cache on; } } } other 1;"), ST_OK);
    int at = nginx_file_next(&file, "cache", -1);
    ck_assert_int_ge(at, 0);
    ck_assert(nginx_file_within(&file, at, "location", &where));
    ck_assert_str_eq(file.lines[where].words[1], "/count");
    ck_assert(nginx_file_within(&file, at, "http", &where));
    ck_assert(!nginx_file_within(&file, at, "upstream", &where));
    ck_assert_int_eq(file.lines[nginx_file_next(&file, "other", -1)].parent, -1);
    ck_assert_int_eq(nginx_file_next(&file, "cache", at), -1);
}
END_TEST

START_TEST(includes_are_followed_from_the_first_file_s_folder) {
    unit_write("part.inc", "inside 1;");
    ck_assert_int_eq(read("block { include part.inc; include *.nothing; } after 1;"), ST_OK);
    ck_assert_uint_eq(file.count, 3);
    ck_assert_int_eq(file.lines[1].parent, 0);
    ck_assert_int_eq(file.lines[2].parent, -1);
}
END_TEST

START_TEST(what_cannot_be_read_is_told_and_changes_nothing) {
    static const struct {
        const char *content;
        enum status status;
    } cases[] = {{"include missing.conf;", ST_NOT_FOUND},
                 {"a b", ST_INVALID},
                 {"a { b }", ST_INVALID},
                 {"include nginx.conf;", ST_INVALID},
                 {"include ;", ST_INVALID}};
    ck_assert_msg(read(cases[_i].content) == cases[_i].status, "%s", why);
    ck_assert_uint_eq(file.count, 77);
    ck_assert_uint_gt(strlen(why), 0);
}
END_TEST

START_TEST(no_file_makes_it_read_for_ever) {
    static char many[3 * (NGINX_LINES_MAX + 10) + 1];
    for (size_t i = 0; i < NGINX_LINES_MAX + 10; i++)
        memcpy(many + 3 * i, "a;\n", 4);
    ck_assert_int_eq(read(many), ST_INVALID);
    ck_assert_int_eq(nginx_file_read("/nowhere", arena, &file, why), ST_NOT_FOUND);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("nginx_file");
    TCase *cases = tcase_create("nginx_file");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, words_are_what_nginx_takes_for_words);
    tcase_add_test(cases, blocks_are_known_by_their_lines);
    tcase_add_test(cases, includes_are_followed_from_the_first_file_s_folder);
    tcase_add_loop_test(cases, what_cannot_be_read_is_told_and_changes_nothing, 0, 5);
    tcase_add_test(cases, no_file_makes_it_read_for_ever);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

#include "unit.h"

#include <string.h>

#include "core/template.h"

static const char *const names[] = {"name", "link", "empty"};
static const struct text values[] = {{"A <b>&\"' \r\n{{link}}", 19}, {"https://x/#t", 12}, {"", 0}};
static struct arena *arena;

static enum status parse(const char *source, struct template **out, struct template_fault *fault) {
    return template_parse(text_of(source), (struct template_names){.items = names, .count = 3},
                          arena, out, fault);
}

static const struct {
    const char *source, *text, *html;
} good[] = {
    {"", "", ""},
    {"no placeholder } { }}", NULL, NULL},
    {"{{link}}", "https://x/#t", "https://x/#t"},
    {"[{{name}}]", "[A <b>&\"' {{link}}]", "[A &lt;b&gt;&amp;&quot;&#39; {{link}}]"},
    {"a{{empty}}b", "ab", "ab"},
    {"Dear {{empty|neighbour & all}}, {{link|none}}", "Dear neighbour & all, https://x/#t",
     "Dear neighbour & all, https://x/#t"},
    {"{{empty|}}{{empty|a|b}}", "a|b", "a|b"},
    {"{{#if name}}yes{{/if}}{{#if empty}}no{{/if}}", "yes", "yes"},
    {"{{#if name}}a{{#if empty}}b{{/if}}c{{#if link}}d{{/if}}{{/if}}e", "acde", "acde"},
    {"{{#if empty}}a{{#if name}}b{{/if}}c{{/if}}d", "d", "d"},
    {"a\n{{#if name}}\nb\n{{/if}}\nc", "a\nb\nc", "a\nb\nc"},
    {"a\n{{#if empty}}\nb\n{{/if}}\nc", "a\nc", "a\nc"},
    {"a {{#if name}}\nb {{/if}}\nc", "a \nb \nc", "a \nb \nc"},
    {"{{#if  name }}x{{/if}}", "x", "x"},
    {"{{#if empty}}{{/if}}{{#if name}}{{/if}}", "", ""},
};

enum { GOOD = sizeof good / sizeof good[0] };

START_TEST(a_value_comes_as_its_place_wants_it) {
    struct template *template;
    struct template_fault fault;
    struct buffer out;
    buffer_init(&out, 1000);
    ck_assert_int_eq(parse(good[_i].source, &template, &fault), ST_OK);
    template_render(template, TEMPLATE_TEXT, values, &out);
    unit_assert_text(buffer_text(&out), good[_i].text ? good[_i].text : good[_i].source);
    buffer_reset(&out);
    template_render(template, TEMPLATE_HTML, values, &out);
    unit_assert_text(buffer_text(&out), good[_i].html ? good[_i].html : good[_i].source);
    buffer_done(&out);
    arena_reset(arena);
}
END_TEST

START_TEST(U14_a_name_from_right_to_left_is_kept_apart) {
    static const char *const people[] = {"given", "title"};
    static const char *const said[][2] = {{"\u05e9 <b>", "\u05e9"}, {"Ada\xD8\x9C", "\u0627"}};
    const struct text facts[] = {text_of(said[_i][0]), text_of(said[_i][1])};
    static const char *const shown[] = {"\xE2\x81\xA8\u05e9 &lt;b&gt;\xE2\x81\xA9, \u05e9",
                                        "Ada, \u0627"};
    struct template *template;
    struct template_fault fault;
    struct buffer out;
    buffer_init(&out, 1000);
    ck_assert_int_eq(
        template_parse(text_of("{{given}}, {{title}}"),
                       (struct template_names){.items = people, .count = 2, .apart = 1}, arena,
                       &template, &fault),
        ST_OK);
    template_render(template, TEMPLATE_HTML, facts, &out);
    unit_assert_text(buffer_text(&out), shown[_i]);
    buffer_done(&out);
    arena_reset(arena);
}
END_TEST

static const struct {
    const char *source;
    size_t line;
    const char *message;
} bad[] = {
    {"a\n{{nothing}}", 2, "there is no placeholder {{nothing}}"},
    {"{{ name }}", 1, "there is no placeholder {{ name }}"},
    {"{{nothing|words}}", 1, "there is no placeholder {{nothing}}"},
    {"{{}}", 1, "there is no placeholder {{}}"},
    {"{{#if nothing}}{{/if}}", 1, "there is no placeholder {{nothing}}"},
    {"{{#unless name}}{{/if}}", 1, "there is no placeholder {{#unless name}}"},
    {"{{na\nme}}", 1, "{{ without }} on its line"},
    {"\n\n{{name", 3, "{{ without }} on its line"},
    {"{{/if}}", 1, "{{/if}} ends nothing"},
    {"a\n{{#if name}}\nb", 2, "{{#if}} without {{/if}}"},
    {"{{#if name}}{{#if name}}{{#if name}}{{#if name}}{{#if name}}", 1,
     "{{#if}} stands in more than 3 others"},
    {"{{a\x01"
     "b}}",
     1, "there is no placeholder {{a}}"},
};

enum { BAD = sizeof bad / sizeof bad[0] };

START_TEST(M14_what_is_wrong_is_told_with_its_line) {
    struct template *template = NULL;
    struct template_fault fault = {0};
    ck_assert_int_eq(parse(bad[_i].source, &template, &fault), ST_INVALID);
    ck_assert_ptr_null(template);
    ck_assert_uint_eq(fault.line, bad[_i].line);
    ck_assert_str_eq(fault.message, bad[_i].message);
    arena_reset(arena);
}
END_TEST

START_TEST(what_does_not_fit_fails) {
    struct template *template;
    struct template_fault fault;
    struct buffer out;
    buffer_init(&out, 8);
    ck_assert_int_eq(parse("{{name}}{{name}}", &template, &fault), ST_OK);
    template_render(template, TEMPLATE_HTML, values, &out);
    ck_assert(out.failed);
    buffer_done(&out);
    arena_reset(arena);
}
END_TEST

START_TEST(only_the_program_says_what_is_markup) {
    struct template *template;
    struct template_fault fault;
    struct buffer out;
    const struct template_names markup = {.items = names, .count = 3, .markup = 1u << 1};
    static const struct text made[] = {{"<b>", 3}, {"<i>&", 4}, {"", 0}};
    buffer_init(&out, 1000);
    enum status status = template_parse(text_of("{{name}}{{#if link}}{{link}}{{/if}}"), markup,
                                        arena, &template, &fault);
    ck_assert_int_eq(status, ST_OK);
    template_render(template, TEMPLATE_HTML, made, &out);
    unit_assert_text(buffer_text(&out), "&lt;b&gt;<i>&");
    buffer_done(&out);
    arena_reset(arena);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("template");
    TCase *cases = tcase_create("template");
    arena = arena_new(4096, 1 << 20);
    tcase_add_loop_test(cases, a_value_comes_as_its_place_wants_it, 0, GOOD);
    tcase_add_loop_test(cases, M14_what_is_wrong_is_told_with_its_line, 0, BAD);
    tcase_add_test(cases, what_does_not_fit_fails);
    tcase_add_loop_test(cases, U14_a_name_from_right_to_left_is_kept_apart, 0, 2);
    tcase_add_test(cases, only_the_program_says_what_is_markup);
    suite_add_tcase(suite, cases);
    int code = unit_run(suite);
    arena_free(&arena);
    return code;
}

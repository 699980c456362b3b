#include "unit.h"

#include <string.h>

#include "core/json.h"
#include "core/mailing_file.h"
#include "core/markdown.h"

#define HEAD "{\"name\":\"n\",\"petition\":\"p\",\"language\":\"en\",\"subject\":\" S \"}"

static struct arena *arena;
static struct problems problems;
static struct text json;
static char why[MAILING_WHY];

static void set_up(void) {
    arena = arena_new(4096, 8 << 20);
}

static void tear_down(void) {
    arena_free(&arena);
}

static enum status check(const char *file) {
    return mailing_file_check(text_of(file), arena, &json, &problems);
}

static bool holds(const char *words) {
    return memmem(json.data, json.len, words, strlen(words)) != NULL;
}

START_TEST(head_and_letter_become_one_object) {
    ck_assert_int_eq(check(HEAD "\n\nDear *all*,\n\nplease.\n"), ST_OK);
    unit_assert_text(json, "{\"name\":\"n\",\"petition\":\"p\",\"language\":\"en\",\"sender\":\"\","
                           "\"office\":\"\",\"facebook_url\":\"\",\"twitter_url\":\"\","
                           "\"subject\":\"S\",\"other_subjects\":[],\"preview\":\"\",\"tag_line\":"
                           "\"\",\"headline\":\"\","
                           "\"friend\":\"\",\"letter\":\"Dear *all*,\\n\\nplease.\","
                           "\"signature\":\"\",\"translations\":{}}");
}
END_TEST

START_TEST(brackets_and_quotes_in_the_head_do_not_end_it) {
    ck_assert_int_eq(
        check("{\"name\":\"n\",\"petition\":\"p\",\"language\":\"en\",\"subject\":\"}\\\"]\","
              "\"translations\":{\"de\":{\"subject\":\"B\",\"letter\":\"C\"}}} } body"),
        ST_OK);
    ck_assert(holds("\"letter\":\"} body\"") && holds("\"de\":{\"subject\":\"B\""));
}
END_TEST

START_TEST(every_fault_is_told_at_once) {
    ck_assert_int_eq(check("{\"name\":\"N\",\"subject\":\"\",\"surprise\":1}"), ST_INVALID);
    ck_assert_uint_eq(problems.count, 6);
    ck_assert_int_eq(check("{\"name\":\"thanks\",\"petition\":\"p\",\"language\":\"en\","
                           "\"subject\":\"S\"} L"),
                     ST_INVALID);
    ck_assert_uint_eq(problems.count, 1); /* such a name is another letter's */
    ck_assert_int_eq(check("no JSON"), ST_INVALID);
    ck_assert_int_eq(problems.problem, PROBLEM_INVALID_JSON);
    ck_assert_int_eq(check(" "), ST_INVALID);
    ck_assert_int_eq(problems.problem, PROBLEM_EMPTY_BODY);
}
END_TEST

static enum status render(const char *body) {
    char file[512];
    snprintf(file, sizeof file, HEAD "%s", body);
    ck_assert_int_eq(check(file), ST_OK);
    return mailing_file_render(json, arena, &json, why);
}

START_TEST(both_forms_are_made_of_the_letter) {
    ck_assert_int_eq(render("Hi {{friend}}, *now*"), ST_OK);
    ck_assert(holds("\"letter_text\":\"Hi {{friend}}, now\\n\\n\""));
    ck_assert(holds("Hi {{friend}}, \\u003cem\\u003enow"));
}
END_TEST

START_TEST(a_placeholder_that_is_none_is_told) {
    ck_assert_int_eq(render("Hi {{surname}}"), ST_INVALID);
    ck_assert_ptr_nonnull(strstr(why, "{{surname}}"));
    ck_assert_ptr_eq(strstr(why, "/letter: "), why);
    ck_assert_int_eq(render("{{#if given_name}}Hi"), ST_INVALID);
}
END_TEST

static void are_refused(const char *const *letters, size_t count, const char *begin) {
    for (size_t i = 0; i < count; i++) {
        ck_assert_msg(render(letters[i]) == ST_INVALID, "%s", letters[i]);
        ck_assert_msg(strstr(why, begin) == why, "%s", why);
    }
}

static void are_taken(const char *const *letters, size_t count) {
    for (size_t i = 0; i < count; i++) {
        ck_assert_msg(render(letters[i]) == ST_OK, "%s: %s", letters[i], why);
    }
}

/* Without what is between them the rest would be in bold, or end a list that has not begun. */
START_TEST(a_condition_ends_where_it_began) {
    static const char *const broken[] = {
        "{{#if given_name}}a\n\n- b{{/if}}\n\nc",
        "**{{#if given_name}}a** b{{/if}} c",
        "> a {{#if given_name}}\n\nb{{/if}}",
        "a {{#if given_name}}b {{#if family_name}}*c{{/if}} d* e{{/if}}",
    };
    static const char *const whole[] = {
        "{{#if given_name}}a\n\nb{{/if}}\n\nc",
        "{{#if given_name}}\n\n- a\n\n{{/if}}\n\nc",
        "- a{{#if given_name}}\n- b{{/if}}",
        "{{given_name|{{#if *a*}} {{given_name|{{/if}}",
        "{{#if given_name}}**a** {{#if family_name}}*b*{{/if}} [c](https://d.example){{/if}}",
    };
    are_refused(broken, sizeof broken / sizeof broken[0], "/letter: {{#if}} ");
    are_taken(whole, sizeof whole / sizeof whole[0]);
}
END_TEST

START_TEST(what_grows_too_large_is_told) {
    char file[30000] = HEAD;
    for (size_t len = strlen(file); len + 5 < sizeof file; len += 4) {
        memcpy(file + len, "- a\n", 5);
    }
    ck_assert_int_eq(check(file), ST_OK);
    ck_assert_int_eq(mailing_file_render(json, arena, &json, why), ST_INVALID);
    ck_assert_msg(strstr(why, "/letter: it is larger ") == why, "%s", why);
}
END_TEST

START_TEST(a_link_leads_somewhere_and_is_the_same_for_all) {
    static const char *const dead[] = {
        "[x](www.example.org)", "[x](//example.org)",
        "[x](javascript:y)",    "[x](https://)",
        "[x](mailto:)",         "[x](<https://a.example/b c>)",
        "[x]({{given_name}})",  "<https://a.example/{{x}}>",
        "[x][1]\n\n[1]: tel:1",
    };
    static const char *const good[] = {
        "[x](https://a.example/?b={c})",
        "<mailto:a@b.example>",
        "[x](HTTP://\xC3\xBC.example)",
        "[x](/p/other) [y](#z)",
    };
    are_refused(dead, sizeof dead / sizeof dead[0], "/letter: a link ");
    are_taken(good, sizeof good / sizeof good[0]);
}
END_TEST

/* For somebody without a name, in each language. */
START_TEST(a_subject_says_something_to_everybody) {
    static const struct {
        const char *head, *why;
    } files[] = {
        {"\"subject\":\"{{friend}}\",\"friend\":\"you\"", NULL},
        {"\"subject\":\"{{friend}}\"", "/subject: "},
        {"\"subject\":\" {{#if given_name}}A letter{{/if}}\"", "/subject: "},
        {"\"subject\":\"A\",\"translations\":{\"es\":{\"subject\":\"{{given_name}} {{family_name}}"
         "\",\"letter\":\"B\"}}",
         "/translations/es/subject: "},
        {"\"subject\":\"A\",\"translations\":{\"es\":{\"subject\":\"B\",\"letter\":\"{{x}}\"}}",
         "/translations/es/letter: "},
        {"\"subject\":\"A\",\"office\":\"{{friend}}\"", "/office: "},
        {"\"subject\":\"A\",\"translations\":{\"es\":{\"subject\":\"B\",\"letter\":\"C\","
         "\"headline\":"
         "\"{{given_name}}\"}}",
         "/translations/es/headline: "},
        {"\"subject\":\"A\",\"other_subjects\":[\"B\",\"{{given_name}}\"]", "/other_subjects/1: "},
        {"\"subject\":\"A\",\"other_subjects\":[\"B\"],\"translations\":{\"es\":{\"subject\":\"B\","
         "\"letter\":\"C\"}}",
         "/translations/es/other_subjects: "},
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char file[512];
        snprintf(file, sizeof file, "{\"name\":\"n\",\"petition\":\"p\",\"language\":\"en\",%s} L",
                 files[i].head);
        ck_assert_int_eq(check(file), ST_OK);
        enum status status = mailing_file_render(json, arena, &json, why);
        ck_assert_int_eq(status, files[i].why ? ST_INVALID : ST_OK);
        ck_assert_msg(!files[i].why || strstr(why, files[i].why) == why, "%s", why);
    }
}
END_TEST

START_TEST(it_is_read_back_as_mailers_know_it) {
    struct mailing mailing;
    ck_assert_int_eq(
        check("{\"name\":\"n\",\"petition\":\"p\",\"language\":\"en\",\"subject\":\"S\","
              "\"other_subjects\":[\"X\"],\"office\":\"O\",\"translations\":{\"es\":"
              "{\"other_subjects\":[\"Y\"],\"subject\":\"T\","
              "\"letter\":\"M\",\"friend\":\"F\"}}} L"),
        ST_OK);
    ck_assert_int_eq(mailing_file_render(json, arena, &json, why), ST_OK);
    ck_assert_int_eq(mailing_file_read(json, arena, &mailing), ST_OK);
    unit_assert_text(mailing.name, "n");
    unit_assert_text(mailing.office, "O");
    ck_assert_uint_eq(mailing.texts_count, 2);
    ck_assert_uint_eq(mailing.texts[0].subjects_count, 2);
    unit_assert_text(mailing.texts[0].language, "en");
    unit_assert_text(mailing.texts[1].language, "es");
    unit_assert_text(mailing.texts[1].friend, "F");
    ck_assert(mailing_subject_says(mailing.texts[1].subjects[1], text_of("")));
}
END_TEST

static const struct {
    const char *markdown, *html, *text;
} mails[] = {
    {"a *b*\nc", "a <em>b</em>\nc</p>", "a b c\n\n"},
    {"a  \nb", "a<br>\nb</p>", "a\nb\n\n"},
    {"* one\n* two\n\nend", "one</li>", "- one\n- two\n\nend\n\n"},
    {"3. one\n4. two\n   * in", "<ol style=", "3. one\n4. two\n  - in\n\n"},
    {"# Why", "<h1 class=", "Why\n\n"},
    {"###### Why", "<h3 class=", "Why\n\n"},
    {"[us](https://a.example)", "href=\"https://a.example\">us</a>", "us (https://a.example)\n\n"},
    {"<https://a.example>", ">https://a.example</a>", "https://a.example\n\n"},
    /* Nothing is loaded, nothing runs, and our own paths mean nothing in a mailbox. */
    {"![a bus](/bus.png)", "a bus</p>", "a bus\n\n"},
    {"![a bus](https://spy.example/x)", "a bus</p>", "a bus\n\n"},
    {"[a *b*](/me)", "\">a <em>b</em></p>", "a b\n\n"},
    {"[x](javascript:alert(1))", "\">x</p>", "x\n\n"},
    {"<b onclick=x>", "&lt;b onclick=x&gt;", "<b onclick=x>\n\n"},
    {"`<p>`", "<code>&lt;p&gt;</code>", "<p>\n\n"},
};

START_TEST(markdown_is_made_for_mail) {
    struct buffer html, text;
    buffer_init(&html, 65536);
    buffer_init(&text, 65536);
    markdown_add_mail(text_of(mails[_i].markdown), &html, &text);
    ck_assert_msg(strstr(buffer_text(&html).data, mails[_i].html) != NULL, "%s", html.data);
    ck_assert_ptr_null(strstr(html.data, "<p>"));
    unit_assert_text(buffer_text(&text), mails[_i].text);
    buffer_done(&html);
    buffer_done(&text);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("mailing_file");
    TCase *cases = tcase_create("mailing_file");
    json_start();
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, head_and_letter_become_one_object);
    tcase_add_test(cases, brackets_and_quotes_in_the_head_do_not_end_it);
    tcase_add_test(cases, every_fault_is_told_at_once);
    tcase_add_test(cases, both_forms_are_made_of_the_letter);
    tcase_add_test(cases, a_placeholder_that_is_none_is_told);
    tcase_add_test(cases, a_condition_ends_where_it_began);
    tcase_add_test(cases, what_grows_too_large_is_told);
    tcase_add_test(cases, a_link_leads_somewhere_and_is_the_same_for_all);
    tcase_add_test(cases, a_subject_says_something_to_everybody);
    tcase_add_test(cases, it_is_read_back_as_mailers_know_it);
    tcase_add_loop_test(cases, markdown_is_made_for_mail, 0, sizeof mails / sizeof mails[0]);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

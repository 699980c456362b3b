#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/secret.h"
#include "core/json.h"
#include "core/page.h"

#define SHIPPED "src/serve/pages"
#define EVIL "<script>alert(1)</script>\"'&{{title}}"
#define EVIL_HTML "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;{{title}}"

static struct pages *pages;
static struct petition_text texts[3];
static struct petition petition;
static struct buffer page;

static struct page_facts facts(size_t text) {
    return (struct page_facts){.petition = &petition,
                               .text = &texts[text],
                               .state = PETITION_OPEN,
                               .counted = true,
                               .count = 1234,
                               .base_url = text_of("https://sign.example")};
}

static void set_up(void) {
    struct source_fault fault;
    ck_assert_int_eq(pages_open(SHIPPED, &pages, &fault), ST_OK);
    texts[0] = (struct petition_text){.language = text_of("en"),
                                      .title = text_of("Keep the buses"),
                                      .addressee = text_of("The council"),
                                      .letter_html = text_of("<p>Please.</p>\n"),
                                      .excerpt = text_of("Please.")};
    texts[1] = texts[0];
    texts[1].language = text_of("ar");
    texts[2] = texts[0];
    texts[2].language = text_of("pt-BR");
    petition = (struct petition){.slug = text_of("night-buses"),
                                 .texts = texts,
                                 .texts_count = 3,
                                 .text_version = 7,
                                 .organization_name = text_of("Neighbours"),
                                 .organization_url = text_of("https://n.example/"),
                                 .organization_privacy_url = text_of("https://n.example/p"),
                                 .image = text_of("")};
    buffer_init(&page, PAGE_MAX);
}

static void tear_down(void) {
    buffer_done(&page);
    pages_free(&pages);
}

static void render(struct page_facts of) {
    buffer_reset(&page);
    page_render(pages, &of, &page);
    ck_assert(!page.failed);
}

static void has(const char *piece) {
    ck_assert_msg(strstr(page.data, piece) != NULL, "not there: %s\n%s", piece, page.data);
}

static void lacks(const char *piece) {
    ck_assert_msg(strstr(page.data, piece) == NULL, "there: %s\n%s", piece, page.data);
}

START_TEST(the_page_is_whole) {
    render(facts(0));
    has("<html lang=\"en\" dir=\"ltr\">");
    has("<title>Keep the buses</title>");
    has("<meta name=\"description\" content=\"Please.\">");
    has("<link rel=\"canonical\" href=\"https://sign.example/p/night-buses\">");
    has("hreflang=\"ar\" href=\"https://sign.example/p/night-buses?lang=ar\">");
    has("hreflang=\"x-default\" href=\"https://sign.example/p/night-buses\">");
    has("<meta property=\"og:title\" content=\"Keep the buses\">");
    has("<meta name=\"twitter:card\" content=\"summary\">");
    has("data-slug=\"night-buses\" data-language=\"en\" data-state=\"open\" "
        "data-text-version=\"7\"");
    has("<strong id=\"count\">1,234</strong> <span id=\"number-name\">signatures</span>");
    has("next goal: 2,000</span>");
    has("max=\"2000\" value=\"1234\"");
    has("<p>Please.</p>\n");
    has("<noscript>");
    has("</a><br><a rel=\"noopener noreferrer\" href=\"https://n.example/p\">What happens to my "
        "data</a></p>");
    has("\"userInteractionCount\":1234");
    lacks("{{");
    lacks("og:image");
    lacks("<ol id=\"asks\"");
}
END_TEST

START_TEST(a_picture_is_the_organisers_or_the_one_made) {
    texts[0].card = text_of("0123abcd");
    render(facts(0));
    has("\"og:image\" content=\"https://sign.example/p/night-buses/card/0123abcd.png\">");
    has("\"og:image:width\" content=\"1200\">");
    has("\"og:image:height\" content=\"630\">");
    has("\"og:image:alt\" content=\"Keep the buses\">");
    has("content=\"summary_large_image\"");
    render(facts(1));
    lacks("og:image");
    petition.image = text_of("/bus.jpg");
    render(facts(0));
    has("\"og:image\" content=\"https://sign.example/bus.jpg\">");
    lacks("og:image:width");
    lacks("/card/");
}
END_TEST

START_TEST(another_language_has_its_words_and_direction) {
    render(facts(1));
    has("<html lang=\"ar\" dir=\"rtl\">");
    has("<link rel=\"canonical\" href=\"https://sign.example/p/night-buses?lang=ar\">");
    has("\xD8\xAA\xD9\x88\xD9\x82\xD9\x8A\xD8\xB9"); /* "signatures" */
    has("aria-current=\"true\">\xD8\xA7\xD9\x84\xD8\xB9\xD8\xB1\xD8\xA8\xD9\x8A\xD8\xA9</a>");
    render(facts(2)); /* no words of its own: English ones */
    has("<html lang=\"pt-BR\" dir=\"ltr\">");
    has("Add your name");
    has("content=\"pt_BR\"");
    has("hreflang=\"pt-BR\" aria-current=\"true\">pt-BR</a>");
}
END_TEST

START_TEST(Q7_what_somebody_wrote_is_text_wherever_it_stands) {
    struct text evil[] = {text_of(EVIL), text_of(EVIL)};
    texts[0].title = texts[0].tag_line = texts[0].addressee = texts[0].salutation = evil[0];
    texts[0].excerpt = evil[0];
    texts[0].asks = petition.tags = evil;
    texts[0].asks_count = petition.tags_count = 2;
    petition.organization_name = evil[0];
    render(facts(0));
    has("<title>" EVIL_HTML "</title>");
    has("<p id=\"tag-line\" class=\"tag-line\">" EVIL_HTML "</p>");
    has("<ol id=\"asks\" class=\"asks\"><li>" EVIL_HTML "</li><li>" EVIL_HTML "</li></ol>");
    has("\"name\":\"\\u003cscript\\u003ealert(1)");
    lacks("<script>");
    lacks("</script>\"");
}
END_TEST

START_TEST(a_number_under_the_minimum_is_nowhere) {
    struct page_facts of = facts(0);
    petition.count_minimum = 1235;
    render(of);
    lacks("1234");
    lacks("1,234");
    has("aria-labelledby=\"number-name\" hidden>");
    of.count = 1235;
    render(of);
    has("<strong id=\"count\">1,235</strong>");
    lacks("aria-labelledby=\"number-name\" hidden>");
    of.counted = false;
    render(of);
    has("<strong id=\"count\"></strong>");
    lacks("userInteractionCount");
}
END_TEST

static const struct {
    const char *language;
    int64_t count;
    const char *said;
} numbers[] = {
    {"en", 1, "1</strong> <span id=\"number-name\">signature</span>"},
    {"en-GB", 12345, "12,345</strong> <span id=\"number-name\">signatures</span>"},
    {"es", 1234, "1234</strong> <span id=\"number-name\">firmas</span>"},
    {"es", 2000000, "2.000.000</strong> <span id=\"number-name\">de firmas</span>"},
    {"fr", 0, "0</strong> <span id=\"number-name\">signature</span>"},
    {"ar", 11,
     "11</strong> <span id=\"number-name\">\u062a\u0648\u0642\u064a\u0639\u064b\u0627</span>"},
};

START_TEST(a_number_is_said_as_the_language_says_it) {
    struct page_facts of = facts(0);
    texts[0].language = text_of(numbers[_i].language);
    of.count = numbers[_i].count;
    render(of);
    has(numbers[_i].said);
}
END_TEST

START_TEST(what_there_is_not_leaves_no_trace) {
    struct page_facts of = facts(0);
    petition.texts_count = 1;
    petition.organization_url = petition.organization_privacy_url = text_of("");
    petition.image = text_of("/bus.jpg");
    of.state = PETITION_CLOSED;
    render(of);
    lacks("hreflang");
    lacks("id=\"privacy\"");
    has("<span id=\"organization\">Neighbours</span>");
    has("<meta property=\"og:image\" content=\"https://sign.example/bus.jpg\">");
    has("content=\"summary_large_image\"");
    has("This petition is closed");
    has("data-state=\"closed\"");
}
END_TEST

START_TEST(the_frame_is_in_the_main_language) {
    texts[0].title = text_of(EVIL);
    texts[0].language = text_of("he-IL");
    buffer_reset(&page);
    page_render_embed(pages, &petition, &page);
    ck_assert(!page.failed);
    has("<html lang=\"he-IL\" dir=\"rtl\">");
    has("<title>" EVIL_HTML "</title>");
    has("<countersign-petition petition=\"night-buses\" heading=\"1\">");
    lacks("<script>");
}
END_TEST

START_TEST(a_withdrawn_petition_says_so_and_no_more) {
    struct page_facts of = facts(0);
    page_render_withdrawn(pages, &of, &page);
    has("<h1>This petition was withdrawn</h1>");
    has("noindex");
    lacks("Keep the buses");
    lacks("Please.");
}
END_TEST

static const struct {
    int64_t count, goal;
} steps[] = {{0, 100},           {99, 100},
             {100, 200},         {499, 500},
             {500, 1000},        {1000, 2000},
             {123456, 200000},   {999999, 1000000},
             {1000000, 2000000}, {INT64_C(1) << 53, INT64_C(10000000000000000)}};

START_TEST(a_goal_is_always_ahead) {
    petition.has_goal = false;
    ck_assert_int_eq(page_goal(&petition, steps[_i].count), steps[_i].goal);
}
END_TEST

START_TEST(the_organisers_goals_come_first) {
    petition.goals[0] = 30;
    petition.goals[1] = 300;
    petition.goals_count = 2;
    petition.has_goal = true;
    petition.goal = 4000;
    ck_assert_int_eq(page_goal(&petition, 29), 30);
    ck_assert_int_eq(page_goal(&petition, 30), 300);
    ck_assert_int_eq(page_goal(&petition, 300), 500);
    ck_assert_int_eq(page_goal(&petition, 2100), 4000);
    ck_assert_int_eq(page_goal(&petition, 4000), 5000);
}
END_TEST

static void refused(const char *message) {
    struct pages *none = NULL;
    struct source_fault fault;
    ck_assert_int_ne(pages_open(unit_folder(), &none, &fault), ST_OK);
    ck_assert_ptr_null(none);
    ck_assert_msg(strstr(fault.message, message) != NULL, "%s", fault.message);
}

static void copy(const char *name) {
    char from[200];
    snprintf(from, sizeof from, SHIPPED "/%s", name);
    struct text content = unit_read(from);
    unit_write(name, content.data);
    free((void *)(size_t)content.data);
}

static void make_lang(void) {
    char path[200];
    snprintf(path, sizeof path, "%s/lang", unit_folder());
    ck_assert_int_eq(mkdir(path, 0700), 0);
}

static void remove_lang(void) {
    char path[300];
    size_t count;
    snprintf(path, sizeof path, "%s/lang", unit_folder());
    char **names = unit_list(path, &count);
    for (size_t i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/lang/%s", unit_folder(), names[i]);
        remove(path);
    }
    unit_list_free(names, count);
    unit_remove();
}

START_TEST(a_new_language_is_one_file_and_english_stands_in_for_the_rest) {
    const char *const files[] = {"petition.html", "notice.html",  "embed.html",
                                 "lang/en.json",  "lang/es.json", "lang/fr.json",
                                 "lang/de.json",  "lang/ar.json", "lang/he.json"};
    struct source_fault fault;
    make_lang();
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        copy(files[i]);
    }
    unit_write("lang/pt.json",
               "{\"sign.link\": \"Assine\", \"number.goal\": \"{goal} \\u00e9 a meta\", "
               "\"number.signed\": {\"one\": \"pessoa\", \"other\": \"pessoas\"}}");
    pages_free(&pages);
    ck_assert_int_eq(pages_open(unit_folder(), &pages, &fault), ST_OK);
    remove_lang();
    render(facts(2));
    has(">Assine</a>");
    has("2,000 \xC3\xA9 a meta</span>");
    has(">pessoas</span>");
    has("This letter is written by");
}
END_TEST

START_TEST(M14_a_file_that_is_wrong_is_told_when_it_is_opened) {
    refused("petition.html: missing");
    unit_write("petition.html", "a\n{{nothing}}");
    refused("petition.html:2: there is no placeholder {{nothing}}");
    unit_write("petition.html", "\xFF");
    refused("petition.html: not UTF-8");
    copy("petition.html");
    refused("notice.html: missing");
    copy("notice.html");
    copy("embed.html");
    refused("lang/en.json: missing");
    make_lang();
    unit_write("lang/en.json", "{\"own\": 1, \"own\": 2}");
    refused("lang/en.json: not one object of JSON");
    unit_write("lang/en.json", "{}");
    refused("lang/en.json: `page.name` is missing");
    remove_lang();
}
END_TEST

int main(void) {
    Suite *suite = suite_create("page");
    TCase *cases = tcase_create("page");
    json_start();
    if (secret_start() != ST_OK) {
        return 1;
    }
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, the_page_is_whole);
    tcase_add_test(cases, a_picture_is_the_organisers_or_the_one_made);
    tcase_add_test(cases, another_language_has_its_words_and_direction);
    tcase_add_test(cases, Q7_what_somebody_wrote_is_text_wherever_it_stands);
    tcase_add_test(cases, a_number_under_the_minimum_is_nowhere);
    tcase_add_loop_test(cases, a_number_is_said_as_the_language_says_it, 0,
                        sizeof numbers / sizeof numbers[0]);
    tcase_add_test(cases, what_there_is_not_leaves_no_trace);
    tcase_add_test(cases, the_frame_is_in_the_main_language);
    tcase_add_test(cases, a_withdrawn_petition_says_so_and_no_more);
    tcase_add_loop_test(cases, a_goal_is_always_ahead, 0, sizeof steps / sizeof steps[0]);
    tcase_add_test(cases, the_organisers_goals_come_first);
    tcase_add_test(cases, a_new_language_is_one_file_and_english_stands_in_for_the_rest);
    tcase_add_test(cases, M14_a_file_that_is_wrong_is_told_when_it_is_opened);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

#include "unit.h"

#include <string.h>

#include "core/mailing.h"

static struct arena *arena;
static struct letters *letters;
static struct mailing_text texts[2];
static struct text asks[] = {{"Ask <one>", 9}};
static struct text tags[] = {{"buses", 5}, {"trees", 5}};
static struct petition_text signs = {.language = {"en", 2},
                                     .title = {"Night buses", 11},
                                     .tag_line = {"The petition's", 14},
                                     .asks = asks,
                                     .asks_count = 1};
static struct petition petition = {.id = 7,
                                   .slug = {"night-buses", 11},
                                   .organization_name = {"Buses", 5},
                                   .tags = tags,
                                   .tags_count = 2,
                                   .texts = &signs,
                                   .texts_count = 1};
static struct mailing mailing = {
    .id = 3, .petition = 7, .name = {"first", 5}, .language = {"en", 2}, .texts = texts};
static struct mailing_reader reader;
static struct letter_rendered rendered;

static struct template *parsed(const char *words) {
    struct template *template = NULL;
    struct template_fault fault;
    ck_assert_int_eq(mailing_parse(text_of(words), arena, &template, &fault), ST_OK);
    return template;
}

static void fill(struct mailing_text *text, const char *language, const char *words) {
    *text =
        (struct mailing_text){.language = text_of(language),
                              .tag_line = text_of(""),
                              .headline = text_of(""),
                              .friend = text_of(""),
                              .signature = text_of("Ines\nfor <us>"),
                              .subjects = {parsed("{{#if given_name}}{{given_name}}: {{/if}}hey"),
                                           parsed("or {{friend}}")},
                              .subjects_count = 2,
                              .preview = parsed(""),
                              .html = parsed(words),
                              .plain = parsed(words)};
}

static void set_up(void) {
    struct source_fault fault;
    arena = arena_new(65536, 8 << 20);
    ck_assert_msg(letters_open("src/mail/letters", NULL, &letters, &fault) == ST_OK, "%s",
                  fault.message);
    fill(&texts[0], "de", "Auf Deutsch an {{friend}}");
    fill(&texts[1], "en", "Words for {{friend}}, {{friend|you}}{{#if friend}} there{{/if}}");
    mailing.texts_count = 2;
    reader = (struct mailing_reader){.base_url = text_of("https://sign.example.org"),
                                     .given_name = text_of("Maria"),
                                     .token = text_of("AAAABBBBCCCCDDDDEEEEFFFF")};
}

static void tear_down(void) {
    letters_free(&letters);
    arena_free(&arena);
}

static void render(void) {
    ck_assert_int_eq(mailing_render(letters, &mailing, &petition, &reader, &rendered), ST_OK);
}

static bool holds(const struct buffer *form, const char *words) {
    return strstr(form->data, words) != NULL;
}

START_TEST(a_reader_has_one_of_its_subjects) {
    static const struct {
        int subject;
        const char *words;
    } readers[] = {{0, "Maria: hey"},
                   {1, "Maria: hey"},
                   {2, "or Maria"},
                   {3, "Maria: hey"},
                   {-1, "Maria: hey"}};
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
        reader.subject = readers[i].subject;
        render();
        unit_assert_text(buffer_text(&rendered.subject), readers[i].words);
        letter_rendered_done(&rendered);
    }
}
END_TEST

/* Through two templates: the letter's own, and list.txt's. */
START_TEST(U14_a_name_from_right_to_left_is_kept_apart_in_subject_and_preview) {
    texts[1].preview = parsed("{{given_name}} & you");
    reader.given_name = text_of("\u05e9\u05dc\u05d5\u05dd");
    render();
    unit_assert_text(buffer_text(&rendered.subject), "\u2068\u05e9\u05dc\u05d5\u05dd\u2069: hey");
    ck_assert(holds(&rendered.html, "<title>\u2068\u05e9\u05dc\u05d5\u05dd\u2069: hey</title>"));
    ck_assert(holds(&rendered.html, ">\u2068\u05e9\u05dc\u05d5\u05dd\u2069 &amp; you<"));
    letter_rendered_done(&rendered);
    reader.given_name = text_of("Maria");
}
END_TEST

START_TEST(subjects_stand_one_a_line) {
    struct mailing_text text;
    struct template_fault fault;
    ck_assert_int_eq(mailing_parse_subjects(text_of("a\nb\nc"), arena, &text, &fault), ST_OK);
    ck_assert_uint_eq(text.subjects_count, 3);
    ck_assert_int_eq(mailing_parse_subjects(text_of("1\n2\n3\n4\n5\n6"), arena, &text, &fault),
                     ST_INVALID);
    ck_assert_int_eq(mailing_parse_subjects(text_of("a\n{{x}}"), arena, &text, &fault), ST_INVALID);
}
END_TEST

START_TEST(it_is_made_of_words_petition_and_reader) {
    render();
    unit_assert_text(buffer_text(&rendered.subject), "Maria: hey");
    unit_assert_text(buffer_text(&rendered.sender), "Buses");
    static const char *const words[] = {"The petition's",       "Dear Maria,",
                                        "Night buses",          "Maria --",
                                        "buses \xC2\xB7 trees", "Words for Maria"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        ck_assert_msg(holds(&rendered.text, words[i]), "%s", words[i]);
        ck_assert_msg(holds(&rendered.html, i == 0 ? "The petition&#39;s" : words[i]), "%s",
                      words[i]);
    }
    ck_assert(holds(&rendered.html, "1. Ask &lt;one&gt;") && holds(&rendered.text, "1. Ask <one>"));
    ck_assert(holds(&rendered.html, "Ines<br>\nfor &lt;us&gt;"));
    ck_assert(holds(&rendered.text, "https://sign.example.org/u/AAAABBBBCCCCDDDDEEEEFFFF\n"));
    letter_rendered_done(&rendered);
}
END_TEST

START_TEST(without_a_name_it_greets_a_friend) {
    reader.given_name = text_of(NULL);
    render();
    unit_assert_text(buffer_text(&rendered.subject), "hey");
    ck_assert(holds(&rendered.text, "\nFriend --\n") && !holds(&rendered.text, "Dear"));
    ck_assert(holds(&rendered.text, "Words for Friend") &&
              holds(&rendered.html, "Words for Friend"));
    letter_rendered_done(&rendered);
    reader.locale = text_of("de");
    render();
    ck_assert(holds(&rendered.text, "\nGuten Tag --\n"));
    ck_assert(holds(&rendered.text, "Auf Deutsch an Freundin oder Freund"));
    letter_rendered_done(&rendered);
    reader.locale = text_of(NULL);
    texts[1].friend = text_of("Neighbour");
    render();
    ck_assert(holds(&rendered.text, "\nNeighbour --\n"));
    ck_assert(holds(&rendered.text, "Words for Neighbour, Neighbour there"));
    letter_rendered_done(&rendered);
}
END_TEST

START_TEST(a_reader_gets_their_language_or_the_letters_own) {
    reader.locale = text_of("de-AT");
    render();
    ck_assert(holds(&rendered.text, "Auf Deutsch an Maria") && holds(&rendered.text, "Guten Tag"));
    letter_rendered_done(&rendered);
    reader.locale = text_of("pt");
    render();
    ck_assert(holds(&rendered.text, "Words for Maria"));
    letter_rendered_done(&rendered);
}
END_TEST

START_TEST(a_view_has_no_name_and_no_link_of_a_person) {
    reader = (struct mailing_reader){.base_url = reader.base_url};
    render();
    ck_assert(!holds(&rendered.html, "/u/") && !holds(&rendered.html, "/letter/"));
    ck_assert(!holds(&rendered.html, "/p/night-buses?source=first#"));
    letter_rendered_done(&rendered);
}
END_TEST

START_TEST(it_is_shared_by_the_ways_of_the_page_and_brings_signatures_by_its_name) {
    signs.title = text_of("Night buses & \xC3\xBC?");
    reader.counted = true;
    render();
#define PAGE(way)                                                                                  \
    "https%3A%2F%2Fsign.example.org%2Fp%2Fnight-buses%3Fsource%3D" way                             \
    "%26referrer%3Dfirst%26link%3D" way "\n"
    static const char *const links[] = {
        "https://www.facebook.com/sharer/sharer.php?u=" PAGE("facebook"),
        "https://x.com/intent/post?text=Night%20buses%20%26%20%C3%BC%3F&url=" PAGE("x"),
        "https://wa.me/?text=Night%20buses%20%26%20%C3%BC%3F%20" PAGE("whatsapp"),
        "mailto:?subject=Night%20buses%20%26%20%C3%BC%3F&body=Night%20buses%20%26%20%C3%BC%3F%"
        "0D%0A" PAGE("email")};
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++)
        ck_assert_msg(holds(&rendered.text, links[i]), "%s\n%s", links[i], rendered.text.data);
    ck_assert(letter_link_known(text_of("whatsapp")));
    letter_rendered_done(&rendered);
    static char title[2000];
    memset(title, '\xA9', sizeof title - 1);
    for (size_t i = 0; i < sizeof title - 1; i += 2)
        title[i] = '\xC3';
    signs.title = text_span(title, sizeof title - 2);
    render();
    ck_assert(holds(&rendered.text, "%C3%A9&url=https"));
    signs.title = text_of("Night buses");
    letter_rendered_done(&rendered);
}
END_TEST

START_TEST(the_secret_of_a_link_stands_behind_the_hash) {
    reader.sign_token = text_of("secret-words");
    render();
    ck_assert(holds(&rendered.text,
                    "https://sign.example.org/p/night-buses?source=first#secret-words\n"));
    ck_assert(holds(&rendered.text, "https://sign.example.org/p/night-buses?source=first\n"));
    letter_rendered_done(&rendered);
    reader.counted = true;
    render();
    ck_assert(holds(&rendered.text, "/p/night-buses?source=first&link=sign#secret-words\n"));
    ck_assert(holds(&rendered.text, "/p/night-buses?source=first&link=share\n"));
    letter_rendered_done(&rendered);
    ck_assert(letter_link_known(text_of("share")) && !letter_link_known(text_of("Eve")));
    reader.sign_token = text_of("no token!");
    ck_assert_int_eq(mailing_render(letters, &mailing, &petition, &reader, &rendered), ST_INVALID);
}
END_TEST

START_TEST(a_mailing_without_words_is_none) {
    mailing.texts_count = 0;
    ck_assert_int_eq(mailing_render(letters, &mailing, &petition, &reader, &rendered), ST_INVALID);
}
END_TEST

START_TEST(a_key_is_read_as_it_was_written) {
    uint8_t mailbox[MAILING_MAILBOX], read[MAILING_MAILBOX];
    char text[MAILING_KEY_TEXT + 1];
    int32_t id = 0;
    memset(mailbox, 0xA5, sizeof mailbox);
    mailing_key_text(MAILING_ID_MAX, mailbox, text);
    ck_assert(mailing_key_parse(text_of(text), &id, read));
    ck_assert_int_eq(id, MAILING_ID_MAX);
    ck_assert_mem_eq(mailbox, read, sizeof read);
    text[5] = '!';
    ck_assert(!mailing_key_parse(text_of(text), &id, read));
    ck_assert(!mailing_key_parse(text_of("short"), &id, read));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("mailing");
    TCase *cases = tcase_create("mailing");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, it_is_made_of_words_petition_and_reader);
    tcase_add_test(cases, a_reader_has_one_of_its_subjects);
    tcase_add_test(cases, U14_a_name_from_right_to_left_is_kept_apart_in_subject_and_preview);
    tcase_add_test(cases, subjects_stand_one_a_line);
    tcase_add_test(cases, without_a_name_it_greets_a_friend);
    tcase_add_test(cases, a_reader_gets_their_language_or_the_letters_own);
    tcase_add_test(cases, a_view_has_no_name_and_no_link_of_a_person);
    tcase_add_test(cases, the_secret_of_a_link_stands_behind_the_hash);
    tcase_add_test(cases, it_is_shared_by_the_ways_of_the_page_and_brings_signatures_by_its_name);
    tcase_add_test(cases, a_mailing_without_words_is_none);
    tcase_add_test(cases, a_key_is_read_as_it_was_written);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

/* The words and their files are tests/letters'; here is what a caller relies on. */
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/letter.h"

#define SHIPPED "src/mail/letters"

static struct letters *letters;

static struct letter_facts facts_of(enum letter_kind kind) {
    return (struct letter_facts){.kind = kind,
                                 .language = text_of("en"),
                                 .base_url = text_of("https://sign.example.org"),
                                 .slug = text_of("night-buses"),
                                 .title = text_of("Night buses"),
                                 .token = text_of("AAbb00-_"),
                                 .leave = text_of("leave")};
}

START_TEST(every_kind_has_a_name) {
    for (int kind = LETTER_CONFIRM; kind <= LETTER_PAGE; kind++) {
        const char *name = letter_kind_name((enum letter_kind)kind);
        ck_assert_int_eq(letter_kind_find(text_of(name)), kind);
    }
    ck_assert_ptr_null(letter_kind_name((enum letter_kind)0));
    ck_assert_str_eq(letter_kind_name(LETTER_LIST), "list");
    ck_assert_int_eq(letter_kind_find(text_of("list")), 0);
    ck_assert_ptr_null(letter_kind_name((enum letter_kind)7));
    ck_assert_int_eq(letter_kind_find(text_of("Confirm")), 0);
    ck_assert_int_eq(letter_kind_find(text_of(NULL)), 0);
    ck_assert(letter_asks(LETTER_CONFIRM) && letter_asks(LETTER_REMINDER));
    ck_assert(!letter_asks(LETTER_THANKS) && !letter_asks(LETTER_PAGE));
}
END_TEST

static void check_language(const char *asked, const char *used) {
    struct letter_facts facts = facts_of(LETTER_THANKS);
    struct letter_rendered rendered;
    facts.language = text_of(asked);
    ck_assert_int_eq(letter_render(letters, &facts, &rendered), ST_OK);
    unit_assert_text(rendered.language, used);
    letter_rendered_done(&rendered);
}

START_TEST(the_nearest_language_is_used) {
    check_language("de", "de");
    check_language("DE-at", "de");
    check_language("he-IL", "he");
    check_language("xx", "en");
    check_language("", "en");
    check_language(NULL, "en");
}
END_TEST

/* Shorter than 78 bytes, or a mail program may break it: so the key of the own row, which makes it
 * twice as long, is behind the link to the own page alone. */
START_TEST(M12_the_link_stands_alone_on_its_line) {
    struct letter_facts facts = facts_of(LETTER_CONFIRM);
    struct letter_rendered rendered;
    facts.own_key = text_of("KeyKeyKey");
    ck_assert_int_eq(letter_render(letters, &facts, &rendered), ST_OK);
    ck_assert_ptr_nonnull(strstr(rendered.text.data, "\nhttps://sign.example.org/c#AAbb00-_\n"));
    ck_assert_ptr_nonnull(
        strstr(rendered.text.data, "\nhttps://sign.example.org/me#AAbb00-_KeyKeyKey\n"));
    ck_assert_ptr_null(strstr(rendered.text.data, "/u/"));
    ck_assert_ptr_null(strstr(rendered.html.data, "/u/"));
    letter_rendered_done(&rendered);
    ck_assert_ptr_null(rendered.text.data);
}
END_TEST

START_TEST(what_anybody_may_read_has_no_link_of_a_person) {
    for (int kind = LETTER_CONFIRM; kind <= LETTER_PAGE; kind++) {
        struct letter_facts facts = facts_of((enum letter_kind)kind);
        struct letter_rendered rendered;
        ck_assert_int_eq(letter_render(letters, &facts, &rendered), ST_OK);
        ck_assert_ptr_nonnull(strstr(rendered.html.data, "https://sign.example.org/letter/"));
        letter_rendered_done(&rendered);
        facts.view = true;
        ck_assert_int_eq(letter_render(letters, &facts, &rendered), ST_INVALID); /* with a token */
        facts.token = text_of(NULL);
        ck_assert_int_eq(letter_render(letters, &facts, &rendered), ST_OK);
        ck_assert_ptr_nonnull(strstr(rendered.text.data, "\nhttps://sign.example.org/me\n"));
        ck_assert_ptr_null(strstr(rendered.html.data, "/letter/"));
        ck_assert_ptr_null(strstr(rendered.html.data, "sign.example.org/u/"));
        ck_assert_ptr_null(strstr(rendered.text.data, "#"));
        letter_rendered_done(&rendered);
    }
}
END_TEST

START_TEST(a_fact_that_is_none_is_refused) {
    static const struct text bad = {"\"><x", 4};
    struct letter_rendered untouched = {.language = text_of("x")};
    struct letter_facts facts[9];
    for (size_t i = 0; i < 9; i++) {
        facts[i] = facts_of(LETTER_CONFIRM);
    }
    facts[0].base_url = bad;
    facts[1].slug = bad;
    facts[2].title = text_of("");
    facts[3].token = bad;
    facts[4].token = text_of("");
    facts[5].privacy_url = text_of("javascript:x");
    facts[6].organization_url = bad;
    facts[7].kind = (enum letter_kind)9;
    facts[8] = facts_of(LETTER_THANKS);
    facts[8].leave = text_of(NULL);
    for (size_t i = 0; i < 9; i++) {
        ck_assert_msg(letter_render(letters, &facts[i], &untouched) == ST_INVALID, "%zu", i);
    }
    unit_assert_text(untouched.language, "x");
}
END_TEST

START_TEST(a_letter_has_an_end) {
    static char long_title[9000];
    struct letter_facts facts = facts_of(LETTER_CONFIRM);
    struct letter_rendered rendered;
    memset(long_title, '&', sizeof long_title);
    facts.title = text_span(long_title, 100);
    ck_assert_int_eq(letter_render(letters, &facts, &rendered), ST_OK);
    letter_rendered_done(&rendered);
    facts.title = text_span(long_title, sizeof long_title);
    facts.addressee = facts.title;
    ck_assert_int_eq(letter_render(letters, &facts, &rendered), ST_FAULT);
}
END_TEST

START_TEST(M14_a_folder_that_is_not_there_is_told) {
    struct letters *none = NULL;
    struct source_fault fault;
    ck_assert_int_eq(letters_open("/nonexistent", NULL, &none, &fault), ST_NOT_FOUND);
    ck_assert_str_eq(fault.message, "/nonexistent/layout.html: missing");
    ck_assert_int_eq(letters_open(SHIPPED, "/nonexistent", &none, &fault), ST_NOT_FOUND);
    ck_assert_str_eq(fault.message, "/nonexistent: No such file or directory");
    ck_assert_ptr_null(none);
}
END_TEST

START_TEST(M14_a_file_that_is_no_text_is_told) {
    static char large[70000];
    struct letters *none = NULL;
    struct source_fault fault;
    memset(large, 'a', sizeof large - 1);
    unit_write("layout.html", large);
    ck_assert_int_eq(letters_open(SHIPPED, unit_folder(), &none, &fault), ST_INVALID);
    ck_assert_ptr_nonnull(strstr(fault.message, "layout.html: larger than 65536 bytes"));
    unit_write("layout.html", "=== page\n\xFF\n");
    ck_assert_int_eq(letters_open(SHIPPED, unit_folder(), &none, &fault), ST_INVALID);
    ck_assert_ptr_nonnull(strstr(fault.message, "layout.html: not UTF-8"));
    unit_remove();
}
END_TEST

/* Makes a folder under unit_folder(), with its path in `path`. */
static void make_folder(char path[512], const char *name) {
    snprintf(path, 512, "%s/%s", unit_folder(), name);
    ck_assert_int_eq(mkdir(path, 0700), 0);
}

static void check_subject(const struct letters *own, const char *slug, const char *expected) {
    struct letter_facts facts = facts_of(LETTER_THANKS);
    struct letter_rendered rendered;
    facts.slug = text_of(slug);
    ck_assert_int_eq(letter_render(own, &facts, &rendered), ST_OK);
    unit_assert_text(buffer_text(&rendered.subject), expected);
    letter_rendered_done(&rendered);
}

START_TEST(M14_a_petition_may_have_its_own_letters_and_they_are_checked) {
    char petitions[512], slug[512], english[512], wrong[512];
    struct letters *own = NULL, *none = NULL;
    struct source_fault fault;
    make_folder(petitions, "petitions");
    make_folder(slug, "petitions/night-buses");
    make_folder(english, "petitions/night-buses/en");
    const char *letter =
        unit_write("petitions/night-buses/en/thanks.txt",
                   "Subject: Ours: {{title}}\nPreview: "
                   "Ours.\n\n[Look](petition_url)\n\n---\n\n[Not me](not_me_url)\n");
    ck_assert_msg(letters_open(SHIPPED, unit_folder(), &own, &fault) == ST_OK, "%s", fault.message);
    check_subject(own, "night-buses", "Ours: Night buses");
    check_subject(own, "day-buses", "Thank you for signing: Night buses");
    letters_free(&own);
    unit_write("petitions/night-buses/en/thanks.txt", "Subject: a\x01z\n\nThank you.\n");
    ck_assert_int_eq(letters_open(SHIPPED, unit_folder(), &none, &fault), ST_INVALID);
    ck_assert_ptr_nonnull(strstr(fault.message, "thanks.txt:1: a control character (0x01)"));
    remove(letter);
    make_folder(wrong, "petitions/No Slug");
    ck_assert_int_eq(letters_open(SHIPPED, unit_folder(), &none, &fault), ST_INVALID);
    ck_assert_ptr_nonnull(strstr(fault.message, "petitions: No Slug is no slug"));
    ck_assert_ptr_null(none);
    rmdir(wrong), rmdir(english), rmdir(slug), rmdir(petitions);
    unit_remove();
}
END_TEST

int main(void) {
    Suite *suite = suite_create("letter");
    TCase *cases = tcase_create("letter");
    struct source_fault fault;
    if (letters_open(SHIPPED, NULL, &letters, &fault) != ST_OK) {
        return 1;
    }
    tcase_add_test(cases, every_kind_has_a_name);
    tcase_add_test(cases, the_nearest_language_is_used);
    tcase_add_test(cases, M12_the_link_stands_alone_on_its_line);
    tcase_add_test(cases, what_anybody_may_read_has_no_link_of_a_person);
    tcase_add_test(cases, a_fact_that_is_none_is_refused);
    tcase_add_test(cases, a_letter_has_an_end);
    tcase_add_test(cases, M14_a_folder_that_is_not_there_is_told);
    tcase_add_test(cases, M14_a_file_that_is_no_text_is_told);
    tcase_add_test(cases, M14_a_petition_may_have_its_own_letters_and_they_are_checked);
    suite_add_tcase(suite, cases);
    int code = unit_run(suite);
    letters_free(&letters);
    return code;
}

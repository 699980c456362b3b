#include "unit.h"

#include <string.h>

#include "ctl/subscriber_row.h"

static struct subscriber_row row;
static struct arena *arena;

static void set_up(void) {
    row = (struct subscriber_row){{[SUBSCRIBER_EMAIL] = text_of("Ada@Example.org"),
                                   [SUBSCRIBER_GIVEN_NAME] = text_of("Ada"),
                                   [SUBSCRIBER_FAMILY_NAME] = text_of(""),
                                   [SUBSCRIBER_COUNTRY] = text_of("DE"),
                                   [SUBSCRIBER_REGION] = text_of("DE-BE"),
                                   [SUBSCRIBER_LANGUAGE] = text_of("de-AT"),
                                   [SUBSCRIBER_TOPICS] = text_of("buses|trees"),
                                   [SUBSCRIBER_FREQUENCY] = text_of("weekly"),
                                   [SUBSCRIBER_CONSENTED_AT] = text_of("2026-01-31T12:00:00Z"),
                                   [SUBSCRIBER_CONSENT_SOURCE] = text_of("a stall"),
                                   [SUBSCRIBER_CONSENT_TEXT] = text_of("Yes,\nwrite to me")}};
    arena = arena_new(1024, 1024 * 1024);
}

static void tear_down(void) {
    arena_free(&arena);
}

START_TEST(a_whole_row_is_right) {
    struct address address;
    ck_assert_ptr_null(subscriber_row_check(&row, &address));
    ck_assert_str_eq(address.mail, "Ada@Example.org");
}
END_TEST

static const struct {
    enum subscriber_column column;
    const char *value, *wrong;
} wrong_cells[] = {
    {SUBSCRIBER_EMAIL, "ada", "email"},
    {SUBSCRIBER_GIVEN_NAME, "A\nda", "name"},
    {SUBSCRIBER_GIVEN_NAME, "www.example.org", "name"},
    {SUBSCRIBER_FAMILY_NAME,
     "\xE2\x80\xAE"
     "evol",
     "name"},
    {SUBSCRIBER_COUNTRY, "de", "country"},
    {SUBSCRIBER_REGION, "FR-IDF", "region"},
    {SUBSCRIBER_LANGUAGE, "_", "language"},
    {SUBSCRIBER_TOPICS, "a\tb", "topics"},
    {SUBSCRIBER_FREQUENCY, "daily", "frequency"},
    {SUBSCRIBER_CONSENTED_AT, "2126-01-31T12:00:00Z", "consented_at"},
    {SUBSCRIBER_CONSENTED_AT, "", "consented_at"},
    {SUBSCRIBER_CONSENT_SOURCE, "", "consent_source"},
    {SUBSCRIBER_CONSENT_TEXT, "", "consent_text"},
};

START_TEST(what_is_wrong_is_told_by_its_column) {
    struct address address;
    row.cells[wrong_cells[_i].column] = text_of(wrong_cells[_i].value);
    const char *wrong = subscriber_row_check(&row, &address);
    ck_assert_ptr_nonnull(wrong);
    ck_assert_msg(strstr(wrong, wrong_cells[_i].wrong) != NULL, "%s", wrong);
}
END_TEST

START_TEST(columns_are_found_by_name) {
    ck_assert_int_eq(subscriber_column_find(text_of("email")), SUBSCRIBER_EMAIL);
    ck_assert_int_eq(subscriber_column_find(text_of("consent_text")), SUBSCRIBER_CONSENT_TEXT);
    ck_assert_int_eq(subscriber_column_find(text_of("Email")), SUBSCRIBER_COLUMNS);
    ck_assert_str_eq(subscriber_column_required(SUBSCRIBER_EMAIL), "email");
    ck_assert_ptr_null(subscriber_column_required(SUBSCRIBER_TOPICS));
}
END_TEST

START_TEST(topics_are_words_alone) {
    unit_assert_text(subscriber_row_topics(&row, arena), "buses|trees");
    row.cells[SUBSCRIBER_TOPICS] = text_of(" | two words |buses||");
    unit_assert_text(subscriber_row_topics(&row, arena), "two words|buses");
    row.cells[SUBSCRIBER_TOPICS] = text_of("");
    unit_assert_text(subscriber_row_topics(&row, arena), "");
}
END_TEST

START_TEST(a_line_has_every_column) {
    struct buffer out;
    buffer_init(&out, 4096);
    subscriber_row_header(&out);
    subscriber_row_csv(&row, &out);
    unit_assert_text(buffer_text(&out),
                     "email,given_name,family_name,country,region,language,topics,frequency,"
                     "consented_at,consent_source,consent_text\r\n"
                     "Ada@Example.org,Ada,,DE,DE-BE,de-AT,buses|trees,weekly,"
                     "2026-01-31T12:00:00Z,a stall,\"Yes,\nwrite to me\"\r\n");
    buffer_done(&out);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("subscriber_row");
    TCase *all = tcase_create("subscriber_row");
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_test(all, a_whole_row_is_right);
    tcase_add_loop_test(all, what_is_wrong_is_told_by_its_column, 0,
                        sizeof wrong_cells / sizeof wrong_cells[0]);
    tcase_add_test(all, columns_are_found_by_name);
    tcase_add_test(all, topics_are_words_alone);
    tcase_add_test(all, a_line_has_every_column);
    suite_add_tcase(suite, all);
    return unit_run(suite);
}

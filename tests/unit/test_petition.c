#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "core/petition.h"

static struct petition_text texts[4];
static struct text origins[2];
static struct petition petition;

static void setup(void) {
    static const char *const languages[] = {"en", "es", "pt-BR", "zh-Hant"};
    for (size_t i = 0; i < 4; i++) {
        texts[i].language = text_of(languages[i]);
    }
    origins[0] = text_of("https://example.org");
    origins[1] = text_of("http://localhost:8080");
    petition =
        (struct petition){.texts = texts, .texts_count = 4, .origins = origins, .origins_count = 2};
}

struct wish {
    const char *lang, *accept, *language;
};

static const struct wish wishes[] = {
    {NULL, NULL, "en"},
    {"es", NULL, "es"},
    {"ES", NULL, "es"},
    {"es-MX", "en", "es"},
    {"fr", "es", "es"},
    {"", "es", "es"},
    {"pt-br", NULL, "pt-BR"},
    {"pt", NULL, "en"},
    {"zh-Hant-TW", NULL, "zh-Hant"},
    {"zh-Hant-x-private", NULL, "zh-Hant"},
    {NULL, "", "en"},
    {NULL, "fr", "en"},
    {NULL, "es", "es"},
    {NULL, "fr, es;q=0.8", "es"},
    {NULL, "es;q=0.5, pt-BR;q=0.6", "pt-BR"},
    {NULL, "es;q=0.5, pt-BR;q=0.5", "es"},
    {NULL, "es-419,es;q=0.9,en;q=0.8", "es"},
    {NULL, "pt-BR ; q=0.9 , es ; Q=1.000", "es"},
    {NULL, "en;q=0.1, es;q=0.001", "en"},
    {NULL, "*", "en"},
    {NULL, "en;q=0, *", "es"},
    {NULL, "es;q=0, es-MX", "en"},
    {NULL, "*;q=0.5, es;q=0.1", "en"},
    {NULL, "en;q=0", "en"},
    {NULL, "es;q=2, pt-BR", "pt-BR"},
    {NULL, "es;q=0.1234, pt-BR;q=0.1", "pt-BR"},
    {NULL, "es;q=, es;q=x, es;q=1.5, pt-BR;q=0.1", "pt-BR"},
    {NULL, "es;level=1, pt-BR;q=0.1", "pt-BR"},
    {NULL, ",,;q=1,es", "es"},
    {NULL, "en;q=0,es;q=0,pt-BR;q=0,zh-Hant;q=0,*", "en"},
    {NULL, "es;q=1.", "es"},
};

START_TEST(the_text_is_the_one_that_the_reader_wants_most) {
    const struct wish *wish = &wishes[_i];
    const struct petition_text *text =
        petition_text_choose(&petition, text_of(wish->lang), text_of(wish->accept));
    ck_assert_ptr_nonnull(text);
    unit_assert_text(text->language, wish->language);
}
END_TEST

START_TEST(a_header_of_any_length_is_read_up_to_a_bound) {
    char header[4000] = "";
    for (int i = 0; i < 500; i++) {
        strcat(header, "fr,");
    }
    strcat(header, "es");
    const struct petition_text *text =
        petition_text_choose(&petition, text_of(NULL), text_of(header));
    unit_assert_text(text->language, "en");
    memset(header, '-', sizeof header - 1);
    header[sizeof header - 1] = '\0';
    text = petition_text_choose(&petition, text_of(header), text_of(header));
    unit_assert_text(text->language, "en");
}
END_TEST

START_TEST(B5_origins_are_compared_exactly) {
    static const char *const no[] = {"",
                                     "null",
                                     "https://example.org.evil.com",
                                     "https://example.or",
                                     "https://example.org/",
                                     "HTTPS://example.org",
                                     "http://example.org",
                                     "https://sub.example.org",
                                     "http://localhost:80801"};
    ck_assert(petition_allows_origin(&petition, text_of("https://example.org")));
    ck_assert(petition_allows_origin(&petition, text_of("http://localhost:8080")));
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) {
        ck_assert_msg(!petition_allows_origin(&petition, text_of(no[i])), "%s", no[i]);
    }
    ck_assert(!petition_allows_origin(&petition, text_of(NULL)));
    petition.origins_count = 0;
    ck_assert(!petition_allows_origin(&petition, text_of("https://example.org")));
    petition.origins_count = 2;
}
END_TEST

START_TEST(states_have_names) {
    enum petition_state state = PETITION_OPEN;
    for (int i = PETITION_DRAFT; i <= PETITION_WITHDRAWN; i++) {
        ck_assert(
            petition_state_find(text_of(petition_state_name((enum petition_state)i)), &state));
        ck_assert_int_eq(state, i);
    }
    ck_assert(!petition_state_find(text_of("Open"), &state));
    ck_assert(!petition_state_find(text_of(NULL), &state));
    ck_assert_int_eq(state, PETITION_WITHDRAWN);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("petition");
    TCase *cases = tcase_create("petition");
    setup();
    tcase_add_loop_test(cases, the_text_is_the_one_that_the_reader_wants_most, 0,
                        (int)(sizeof wishes / sizeof wishes[0]));
    tcase_add_test(cases, a_header_of_any_length_is_read_up_to_a_bound);
    tcase_add_test(cases, B5_origins_are_compared_exactly);
    tcase_add_test(cases, states_have_names);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

#include "unit.h"

#include "core/numeral.h"

/* tests/browser/test_texts.py asks Chromium the same. */
static const struct {
    const char *language;
    int64_t n;
    enum numeral_form form;
} forms[] = {
    {"en", 0, NUMERAL_OTHER},       {"en", 1, NUMERAL_ONE},        {"en", 2, NUMERAL_OTHER},
    {"en", 1000000, NUMERAL_OTHER}, {"en-GB", 1, NUMERAL_ONE},     {"de", 0, NUMERAL_OTHER},
    {"de", 1, NUMERAL_ONE},         {"de", 21, NUMERAL_OTHER},     {"es", 0, NUMERAL_OTHER},
    {"es", 1, NUMERAL_ONE},         {"es", 999999, NUMERAL_OTHER}, {"es-MX", 1000000, NUMERAL_MANY},
    {"es", 1000001, NUMERAL_OTHER}, {"fr", 0, NUMERAL_ONE},        {"fr", 1, NUMERAL_ONE},
    {"fr", 2, NUMERAL_OTHER},       {"fr", 3000000, NUMERAL_MANY}, {"he", 0, NUMERAL_OTHER},
    {"he", 1, NUMERAL_ONE},         {"he", 2, NUMERAL_TWO},        {"he", 12, NUMERAL_OTHER},
    {"ar", 0, NUMERAL_ZERO},        {"ar", 1, NUMERAL_ONE},        {"ar", 2, NUMERAL_TWO},
    {"ar", 3, NUMERAL_FEW},         {"ar", 10, NUMERAL_FEW},       {"ar", 11, NUMERAL_MANY},
    {"ar", 99, NUMERAL_MANY},       {"ar-MA", 100, NUMERAL_OTHER}, {"ar", 102, NUMERAL_OTHER},
    {"ar", 103, NUMERAL_FEW},       {"ar", 12345, NUMERAL_MANY},   {"eo", 1, NUMERAL_ONE},
    {"eo", 5, NUMERAL_OTHER},
};

START_TEST(the_form_is_the_languages) {
    enum numeral_form form = numeral_choose(text_of(forms[_i].language), forms[_i].n);
    ck_assert_str_eq(numeral_names[form], numeral_names[forms[_i].form]);
}
END_TEST

static const struct {
    int64_t n;
    const char *first, *written;
} numbers[] = {
    {0, "1,000", "0"},
    {999, "1,000", "999"},
    {1000, "1,000", "1,000"},
    {1234567, "1,000", "1,234,567"},
    {9999, "10.000", "9999"},
    {10000, "10.000", "10.000"},
    {INT64_C(1) << 53, "10.000", "9.007.199.254.740.992"},
    {12345, "1\u202f000", "12\u202f345"},
    {12345, "1000", "12345"},
    {12345, "", "12345"},
    {12345, ",", "12345"},
    {12345, "1,0", "12345"},
};

START_TEST(a_number_has_the_languages_marks) {
    struct buffer out;
    buffer_init(&out, 100);
    numeral_add(&out, numbers[_i].n, text_of(numbers[_i].first));
    ck_assert_str_eq(buffer_text(&out).data, numbers[_i].written);
    buffer_done(&out);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("numeral");
    TCase *cases = tcase_create("numeral");
    tcase_add_loop_test(cases, the_form_is_the_languages, 0, sizeof forms / sizeof forms[0]);
    tcase_add_loop_test(cases, a_number_has_the_languages_marks, 0,
                        sizeof numbers / sizeof numbers[0]);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

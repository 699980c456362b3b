#include "unit.h"

#include "ctl/options.h"

static const struct option_row rows[] = {
    {"--key", "FILE", "A file.", true},
    {"--format", "csv|jsonl", "A word.", false},
    {"--json", NULL, "A flag.", false},
    {NULL, NULL, NULL, false},
};

static struct options options;
static char why[OPTIONS_WHY_SIZE];

#define PARSE(...) parse((const char *const[]){__VA_ARGS__, NULL})

static bool parse(const char *const *words) {
    char *argv[OPTIONS_ARGUMENTS_MAX + 8];
    int argc = 0;
    for (; words[argc] != NULL; argc++) {
        argv[argc] = (char *)(uintptr_t)words[argc];
    }
    options = (struct options){.count = 77};
    return options_parse(rows, argc, argv, &options, why);
}

START_TEST(options_stand_anywhere_between_the_arguments) {
    ck_assert(PARSE("a", "--key", "x", "b", "--json", "c"));
    ck_assert_int_eq(options.count, 3);
    ck_assert_str_eq(options.arguments[2], "c");
    ck_assert_str_eq(options_find(&options, "--key"), "x");
    ck_assert(options_has(&options, "--json"));
    ck_assert(!options_has(&options, "--format"));
    ck_assert_ptr_null(options_find(&options, "--unknown"));
}
END_TEST

START_TEST(a_value_may_stand_behind_an_equals_sign) {
    ck_assert(PARSE("--key=a=b", "--format=jsonl"));
    ck_assert_str_eq(options_find(&options, "--key"), "a=b");
    ck_assert(PARSE("--key="));
    ck_assert_str_eq(options_find(&options, "--key"), "");
}
END_TEST

START_TEST(a_dash_is_an_argument_and_a_value) {
    ck_assert(PARSE("-", "--key", "-"));
    ck_assert_str_eq(options.arguments[0], "-");
    ck_assert_str_eq(options_find(&options, "--key"), "-");
}
END_TEST

START_TEST(two_dashes_end_the_options) {
    ck_assert(PARSE("--key", "x", "--", "--json", "--"));
    ck_assert_int_eq(options.count, 2);
    ck_assert(!options_has(&options, "--json"));
}
END_TEST

static void refused(bool parsed, const char *message) {
    ck_assert(!parsed);
    ck_assert_str_eq(why, message);
    ck_assert_int_eq(options.count, 77); /* untouched */
}

START_TEST(wrong_use_is_told) {
    refused(PARSE("--key", "x", "--nope=secret"), "unknown option --nope");
    refused(PARSE("--key", "x", "-j"), "unknown option -j");
    refused(PARSE("--ke", "x"), "unknown option --ke");
    refused(PARSE("--key", "x", "--key", "y"), "--key is given twice");
    refused(PARSE("--key", "x", "--json", "--json"), "--json is given twice");
    refused(PARSE("--key", "x", "--json=1"), "--json takes no value");
    refused(PARSE("--key"), "--key needs a value: FILE");
    refused(PARSE("--key", "x", "--format", "xml"), "--format is one of csv|jsonl");
    refused(PARSE("--key", "x", "--format", "cs"), "--format is one of csv|jsonl");
    refused(PARSE("--key", "x", "--format", ""), "--format is one of csv|jsonl");
    refused(PARSE("--json"), "--key is missing");
    refused(PARSE("--key", "x", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13",
                  "14", "15", "16", "17", "18", "19", "20", "21", "22", "23", "24", "25", "26",
                  "27", "28", "29", "30", "31", "32", "33"),
            "too many arguments");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("options");
    TCase *all = tcase_create("options");
    tcase_add_test(all, options_stand_anywhere_between_the_arguments);
    tcase_add_test(all, a_value_may_stand_behind_an_equals_sign);
    tcase_add_test(all, a_dash_is_an_argument_and_a_value);
    tcase_add_test(all, two_dashes_end_the_options);
    tcase_add_test(all, wrong_use_is_told);
    suite_add_tcase(suite, all);
    return unit_run(suite);
}

/* Cases that are files: tests/data/PARSER/valid|invalid|either/NAME. A new case needs no code.
 *
 * Whole files: form, petition_file, config, incoming, template; beside one, NAME.expect may hold
 * what is said about it, a line for each "/pointer code". Lines, each a JSON string: address, name,
 * comment, query, token, path. `either`: any verdict will do, and what is taken is kept as typed.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/address.h"
#include "core/form.h"
#include "core/incoming.h"
#include "core/json.h"
#include "core/petition_file.h"
#include "core/query.h"
#include "core/settings.h"
#include "core/template.h"
#include "core/token.h"
#include "core/words.h"
#include "link/mail_parse.h"
#include "serve/route.h"

enum { SAID_MAX = 8192 };

struct parser {
    const char *folder;
    bool lines;
    /* Whether it is taken; `said` is what is wrong. */
    bool (*accepts)(const char *path, struct text content, char said[SAID_MAX]);
};

static struct arena *arena;

static void say(const struct problems *problems, char said[SAID_MAX]) {
    size_t at = 0;
    if (problems->problem != PROBLEM_INVALID_FIELDS) {
        snprintf(said, SAID_MAX, "%s\n", problem_kind(problems->problem)->code);
        return;
    }
    for (size_t i = 0; i < problems->count && at < SAID_MAX; i++) {
        at +=
            (size_t)snprintf(said + at, SAID_MAX - at, "%.*s %s\n",
                             (int)problems->fields[i].pointer.len, problems->fields[i].pointer.data,
                             field_problem_kind(problems->fields[i].problem)->code);
    }
}

static bool accepts_form(const char *path, struct text content, char said[SAID_MAX]) {
    const struct form_fields all = {.asked = (1u << FORM_ASKABLE) - 1, .required = 3};
    struct sign_form form;
    struct problems problems;
    (void)path;
    enum status status = form_parse_sign(content, &all, arena, &form, &problems);
    ck_assert(status == ST_OK || status == ST_INVALID);
    if (status == ST_INVALID) {
        say(&problems, said);
    }
    return status == ST_OK;
}

/* What comes out is a petition file itself, and comes out of a second round unchanged. */
static bool accepts_petition_file(const char *path, struct text content, char said[SAID_MAX]) {
    struct problems problems;
    struct text json, again;
    (void)path;
    enum status status = petition_file_check(content, arena, &json, &problems);
    ck_assert(status == ST_OK || status == ST_INVALID);
    if (status == ST_INVALID) {
        say(&problems, said);
        return false;
    }
    ck_assert_int_eq(petition_file_check(json, arena, &again, &problems), ST_OK);
    ck_assert(text_equal(json, again));
    return true;
}

static bool accepts_config(const char *path, struct text content, char said[SAID_MAX]) {
    struct settings settings;
    struct config_error error;
    (void)content;
    enum status status = settings_load(path, SETTINGS_TABLE, arena, &settings, &error);
    if (status != ST_OK) {
        snprintf(said, SAID_MAX, "%s\n", error.message);
        ck_assert_ptr_nonnull(strstr(error.message, path));
    }
    return status == ST_OK;
}

static bool accepts_address(const char *path, struct text content, char said[SAID_MAX]) {
    struct address address;
    (void)path, (void)said;
    if (address_parse(content, &address) != ST_OK)
        return false;
    /* What is stored is sent back by who corrects a signature: it has to be the same person's. */
    struct address again;
    ck_assert_int_eq(address_parse(text_of(address.mail), &again), ST_OK);
    ck_assert_str_eq(again.canonical, address.canonical);
    ck_assert_str_eq(again.mail, address.mail);
    return true;
}

static bool accepts_words(struct text content, const struct words_rule *rule, char *said) {
    enum field_problem problem;
    struct text out;
    if (!words_check(content, rule, &out, &problem)) {
        snprintf(said, SAID_MAX, "%s\n", field_problem_kind(problem)->code);
        return false;
    }
    ck_assert_ptr_nonnull(memmem(content.data, content.len, out.data, out.len));
    return true;
}

static bool accepts_name(const char *path, struct text content, char said[SAID_MAX]) {
    static const struct words_rule rule = {.max = 100};
    (void)path;
    return accepts_words(content, &rule, said);
}

static bool accepts_comment(const char *path, struct text content, char said[SAID_MAX]) {
    static const struct words_rule rule = {.max = 500, .lines = true, .urls = true};
    (void)path;
    return accepts_words(content, &rule, said);
}

static bool accepts_query(const char *path, struct text content, char said[SAID_MAX]) {
    struct text values[4] = {{NULL, 0}};
    const struct query_item items[] = {
        {"state", &values[0]}, {"page", &values[1]}, {"from", &values[2]}, {"to", &values[3]}};
    (void)path, (void)said;
    return query_parse(content, arena, items, 4) == ST_OK;
}

static bool accepts_token(const char *path, struct text content, char said[SAID_MAX]) {
    struct token_key key;
    (void)path, (void)said;
    return token_parse(content, &key);
}

static bool accepts_path(const char *path, struct text content, char said[SAID_MAX]) {
    struct text slug;
    (void)path, (void)said;
    return route_find(content, &slug) != NULL;
}

static bool accepts_template(const char *path, struct text content, char said[SAID_MAX]) {
    static const char *const names[] = {"title", "empty"};
    struct template *template;
    struct template_fault fault;
    (void)path;
    enum status status = template_parse(
        content, (struct template_names){.items = names, .count = 2}, arena, &template, &fault);
    ck_assert(status == ST_OK || status == ST_INVALID);
    if (status == ST_INVALID) {
        snprintf(said, SAID_MAX, "%zu: %s\n", fault.line, fault.message);
    }
    return status == ST_OK;
}

struct incoming_fields {
    struct incoming_field items[MAIL_FIELDS_MAX];
    size_t count;
};

static void keep_field(void *context, enum mail_place place, struct text name, struct text value) {
    struct incoming_fields *fields = context;
    ck_assert_uint_lt(fields->count, MAIL_FIELDS_MAX);
    ck_assert_uint_le(value.len, MAIL_VALUE_MAX);
    fields->items[fields->count++] = (struct incoming_field){
        (enum incoming_place)place, arena_copy(arena, name), arena_copy(arena, value)};
}

/* Junk is what is refused. The recipient is looked for in the headers. */
static bool accepts_incoming(const char *path, struct text content, char said[SAID_MAX]) {
    static struct incoming_fields fields;
    char key[VERP_KEY_TEXT + 1] = "-";
    (void)path;
    fields.count = 0;
    mail_parse(content, keep_field, &fields);
    struct incoming incoming = incoming_classify(text_of(NULL), fields.items, fields.count);
    if (incoming.has_key) {
        verp_key_text(&incoming.key, key);
    }
    snprintf(said, SAID_MAX, "%s %s %s\n", incoming_kind_name(incoming.kind), key,
             *incoming.status ? incoming.status : "-");
    return incoming.kind != INCOMING_JUNK;
}

static const struct parser parsers[] = {
    {"form", false, accepts_form},         {"petition_file", false, accepts_petition_file},
    {"config", false, accepts_config},     {"address", true, accepts_address},
    {"name", true, accepts_name},          {"comment", true, accepts_comment},
    {"query", true, accepts_query},        {"token", true, accepts_token},
    {"path", true, accepts_path},          {"incoming", false, accepts_incoming},
    {"template", false, accepts_template},
};

static const char *const verdicts[] = {"invalid", "valid", "either"};

enum { INVALID, VALID, EITHER, PARSERS = sizeof parsers / sizeof parsers[0], CASES_MAX = 1000 };

struct data_case {
    const struct parser *parser;
    int verdict;
    char path[256];
};

static struct data_case cases[CASES_MAX];
static int cases_count;

static void check(const struct data_case *one, struct text content, size_t line) {
    char said[SAID_MAX] = "";
    bool taken = one->parser->accepts(one->path, content, said);
    arena_reset(arena);
    ck_assert_msg(one->verdict == EITHER || taken == (one->verdict == VALID), "%s:%zu: %s %s",
                  one->path, line, taken ? "taken" : "refused", said);
    char expected_path[300];
    snprintf(expected_path, sizeof expected_path, "%s.expect", one->path);
    FILE *file = fopen(expected_path, "r");
    if (file) {
        fclose(file);
        struct text expected = unit_read(expected_path);
        ck_assert_msg(strcmp(expected.data, said) == 0, "%s: said\n%s", one->path, said);
        free((void *)(size_t)expected.data);
    }
}

static void check_lines(const struct data_case *one, struct text content) {
    struct text line;
    size_t number = 0, checked = 0;
    while (text_next_line(&content, &line, &number)) {
        json_t *string = json_loadb(line.data, line.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
        ck_assert_msg(json_is_string(string), "%s:%zu: not a JSON string", one->path, number);
        check(one, text_span(json_string_value(string), json_string_length(string)), number);
        json_decref(string);
        checked++;
    }
    ck_assert_msg(checked > 0, "%s: nothing in it", one->path);
}

START_TEST(every_file_gets_its_verdict) {
    const struct data_case *one = &cases[_i];
    struct text content = unit_read(one->path);
    if (one->parser->lines) {
        check_lines(one, content);
    } else {
        check(one, content, 0);
    }
    free((void *)(size_t)content.data);
}
END_TEST

static void add_folder(const struct parser *parser, int verdict) {
    char folder[128];
    size_t count;
    snprintf(folder, sizeof folder, "tests/data/%s/%s", parser->folder, verdicts[verdict]);
    char **names = unit_list(folder, &count);
    for (size_t i = 0; i < count && cases_count < CASES_MAX; i++) {
        size_t len = strlen(names[i]);
        if (len > 7 && strcmp(names[i] + len - 7, ".expect") == 0) {
            continue;
        }
        struct data_case *one = &cases[cases_count++];
        *one = (struct data_case){parser, verdict, ""};
        snprintf(one->path, sizeof one->path, "%s/%s", folder, names[i]);
    }
    unit_list_free(names, count);
}

START_TEST(every_parser_has_cases_of_both_verdicts) {
    bool seen[PARSERS][3] = {{false}};
    for (int i = 0; i < cases_count; i++) {
        seen[cases[i].parser - parsers][cases[i].verdict] = true;
    }
    for (size_t i = 0; i < PARSERS; i++) {
        ck_assert_msg(seen[i][VALID] && seen[i][INVALID], "tests/data/%s", parsers[i].folder);
    }
    ck_assert_int_lt(cases_count, CASES_MAX);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("data");
    TCase *all = tcase_create("data");
    json_start();
    arena = arena_new(65536, 64 << 20);
    for (size_t i = 0; i < PARSERS; i++) {
        for (int verdict = INVALID; verdict <= EITHER; verdict++) {
            add_folder(&parsers[i], verdict);
        }
    }
    tcase_set_timeout(all, 30);
    tcase_add_loop_test(all, every_file_gets_its_verdict, 0, cases_count);
    tcase_add_test(all, every_parser_has_cases_of_both_verdicts);
    suite_add_tcase(suite, all);
    int code = unit_run(suite);
    arena_free(&arena);
    return code;
}

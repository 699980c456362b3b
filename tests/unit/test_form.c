#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/form.h"
#include "core/json.h"

enum { ALL = (1u << FORM_ASKABLE) - 1 };

static const struct form_fields everything = {.asked = ALL, .required = 3};
static const struct form_fields least = {.asked = 3, .required = 3};

static struct arena *arena;
static struct sign_form form;
static struct problems problems;
static char said[4096];

/* "ok", "fault", the problem's code, or every field as "/pointer code, ...". */
static const char *parse_as(bool correction, struct text body, const struct form_fields *fields) {
    arena_reset(arena);
    memset(&form, 0x55, sizeof form);
    enum status status = correction ? form_parse_correction(body, fields, arena, &form, &problems)
                                    : form_parse_sign(body, fields, arena, &form, &problems);
    if (status != ST_INVALID) {
        return status == ST_OK ? "ok" : "fault";
    }
    if (problems.problem != PROBLEM_INVALID_FIELDS) {
        return problem_kind(problems.problem)->code;
    }
    size_t at = 0;
    for (size_t i = 0; i < problems.count && at < sizeof said; i++) {
        at += (size_t)snprintf(said + at, sizeof said - at, "%s%.*s %s", i ? ", " : "",
                               (int)problems.fields[i].pointer.len, problems.fields[i].pointer.data,
                               field_problem_kind(problems.fields[i].problem)->code);
    }
    return said;
}

static const char *parse(struct text body, const struct form_fields *fields) {
    return parse_as(false, body, fields);
}

static const char *parse_all(const char *body) {
    return parse(text_of(body), &everything);
}

START_TEST(a_whole_form_becomes_a_struct) {
    ck_assert_str_eq(
        parse_all(
            "{\"email\":\"Ada@Example.org\",\"given_name\":\" Ada \",\"family_name\":\"Byron\","
            "\"country\":\"US\",\"region\":\"US-CA\",\"postal_code\":\"90210\","
            "\"locality\":\"Beverly Hills\",\"comment\":\"one\\ntwo https://example.org\","
            "\"show_name\":true,\"subscribe\":false,\"text_version\":3,\"source\":\"mail.1\","
            "\"referrer\":\"A_b-2\",\"locale\":\"en-US\"}"),
        "ok");
    ck_assert_str_eq(form.address.mail, "Ada@Example.org");
    ck_assert_str_eq(form.address.canonical, "ada@example.org");
    unit_assert_text(form.given_name, "Ada");
    unit_assert_text(form.family_name, "Byron");
    unit_assert_text(form.country, "US");
    unit_assert_text(form.region, "US-CA");
    unit_assert_text(form.postal_code, "90210");
    unit_assert_text(form.locality, "Beverly Hills");
    unit_assert_text(form.comment, "one\ntwo https://example.org");
    unit_assert_text(form.source, "mail.1");
    unit_assert_text(form.referrer, "A_b-2");
    unit_assert_text(form.locale, "en-US");
    ck_assert(form.show_name);
    ck_assert(!form.subscribe);
    ck_assert_int_eq(form.text_version, 3);
    ck_assert(arena_owns(arena, form.given_name.data));
}
END_TEST

START_TEST(what_is_not_sent_is_absent) {
    ck_assert_str_eq(parse_all("{\"email\":\"a@b.org\",\"given_name\":\"A\"}"), "ok");
    ck_assert_ptr_null(form.family_name.data);
    ck_assert_ptr_null(form.comment.data);
    ck_assert_ptr_null(form.locale.data);
    ck_assert(!form.show_name);
    ck_assert(!form.subscribe);
    ck_assert_int_eq(form.text_version, 0);
}
END_TEST

struct example {
    const char *body;
    const char *said;
};

#define GOOD "\"email\":\"a@b.org\",\"given_name\":\"A\""

static const struct example examples[] = {
    {"", "empty_body"}, /* H12 */
    {" \n", "empty_body"},
    {"{", "invalid_json"},                                /* J1 */
    {"{" GOOD "} {}", "invalid_json"},                    /* J9 */
    {"{" GOOD ",\"email\":\"c@d.org\"}", "invalid_json"}, /* J3 */
    {"{" GOOD ",\"e\\u006dail\":\"c@d.org\"}", "invalid_json"},
    {"[]", "invalid_json"},                                       /* J4 */
    {"{" GOOD ",\"x\":1e400}", "invalid_json"},                   /* J16 */
    {"{" GOOD ",\"family_name\":\"a\\u0000b\"}", "invalid_json"}, /* J11 */
    {"{}", "/email required, /given_name required"},              /* J21 */
    {"{" GOOD ",\"x\":1}", "/x unknown_field"},                   /* J5 */
    {"{" GOOD ",\"a/b~c\":1}", "/a~1b~0c unknown_field"},
    {"{" GOOD ",\"\":1}", "/ unknown_field"},
    {"{\"email\":null,\"given_name\":null}", "/email required, /given_name required"}, /* J6 */
    {"{" GOOD ",\"family_name\":null}", "/family_name wrong_type"},
    {"{" GOOD ",\"text_version\":null}", "/text_version wrong_type"},
    {"{\"email\":1,\"given_name\":2}", "/email wrong_type, /given_name wrong_type"}, /* J7 */
    {"{" GOOD ",\"subscribe\":\"true\"}", "/subscribe wrong_type"},
    {"{" GOOD ",\"subscribe\":1}", "/subscribe wrong_type"},
    {"{" GOOD ",\"show_name\":0,\"subscribe\":[]}", "/show_name wrong_type, /subscribe wrong_type"},
    {"{" GOOD ",\"text_version\":\"3\"}", "/text_version wrong_type"},
    {"{" GOOD ",\"text_version\":true}", "/text_version wrong_type"},
    {"{" GOOD ",\"family_name\":[\"A\"]}", "/family_name wrong_type"},
    {"{" GOOD ",\"family_name\":{}}", "/family_name wrong_type"},
    {"{" GOOD ",\"text_version\":1e-400}", "/text_version wrong_type"}, /* J17 */
    {"{" GOOD ",\"text_version\":1.0}", "/text_version wrong_type"},    /* J18 */
    {"{" GOOD ",\"text_version\":1e0}", "/text_version wrong_type"},
    {"{" GOOD ",\"text_version\":-0}", "/text_version out_of_range"},
    {"{" GOOD ",\"text_version\":0}", "/text_version out_of_range"},
    {"{" GOOD ",\"text_version\":-1}", "/text_version out_of_range"},
    {"{" GOOD ",\"text_version\":2147483648}", "/text_version out_of_range"},
    {"{" GOOD ",\"text_version\":2147483647}", "ok"},
    {"{\"email\":\"\",\"given_name\":\"\"}", "/email empty, /given_name empty"},
    {"{\"email\":\" \",\"given_name\":\" \"}", "/email invalid_email, /given_name empty"},
    {"{\"email\":\"a@b\",\"given_name\":\"A\"}", "/email invalid_email"},      /* E2 */
    {"{\"email\":\" a@b.org\",\"given_name\":\"A\"}", "/email invalid_email"}, /* E5 */
    {"{\"email\":\"a@b.org\\n\",\"given_name\":\"A\"}", "/email invalid_email"},
    {"{" GOOD ",\"family_name\":\"\",\"postal_code\":\" \",\"comment\":\"\\n\"}",
     "/family_name empty, /postal_code empty, /comment empty"},
    {"{" GOOD ",\"family_name\":\"a\\u202eb\"}", "/family_name invalid_characters"}, /* U8 */
    {"{" GOOD ",\"family_name\":\"www.example.org\"}", "/family_name contains_url"}, /* Q9 */
    {"{" GOOD ",\"locality\":\"example.com\"}", "/locality contains_url"},
    {"{" GOOD ",\"country\":\"us\"}", "/country unknown_country"},
    {"{" GOOD ",\"country\":\"XX\"}", "/country unknown_country"},
    {"{" GOOD ",\"country\":\"USA\"}", "/country unknown_country"},
    {"{" GOOD ",\"country\":\" US\"}", "/country unknown_country"},
    {"{" GOOD ",\"country\":\"\",\"region\":\"\"}", "/country empty, /region empty"},
    {"{" GOOD ",\"region\":\"US-CA\"}", "/region unknown_region"},
    {"{" GOOD ",\"country\":\"CA\",\"region\":\"US-CA\"}", "/region unknown_region"},
    {"{" GOOD ",\"country\":\"US\",\"region\":\"CA\"}", "/region unknown_region"},
    {"{" GOOD ",\"country\":\"US\",\"region\":\"us-ca\"}", "/region unknown_region"},
    {"{" GOOD ",\"region\":\"US-CA\",\"country\":\"GB\"}", "/region unknown_region"},
    {"{" GOOD ",\"region\":\"GB-ENG\",\"country\":\"GB\"}", "ok"},
    {"{" GOOD ",\"country\":\"XX\",\"region\":\"US-CA\"}", "/country unknown_country"},
    {"{" GOOD ",\"country\":\"XX\",\"region\":\"Q\"}",
     "/country unknown_country, /region unknown_region"},
    {"{" GOOD ",\"country\":1,\"region\":\"US-CA\"}",
     "/country wrong_type, /region unknown_region"},
    {"{" GOOD ",\"source\":\"a b\",\"referrer\":\"\xC3\xA9\"}",
     "/source invalid_format, /referrer invalid_format"},
    {"{" GOOD ",\"source\":\"\"}", "/source empty"},
    {"{" GOOD ",\"locale\":\"e\"}", "/locale invalid_format"},
    {"{" GOOD ",\"locale\":\"en_US\"}", "/locale invalid_format"},
    {"{" GOOD ",\"locale\":\"zh-Hant-TW-u-ca-roc\"}", "ok"},
    {"{" GOOD ",\"locale\":\"en-US-POSIX-toolongsubtag\"}", "/locale invalid_format"},
    {"{\"z\":1,\"locale\":1,\"email\":2,\"given_name\":3,\"a\":1}",
     "/email wrong_type, /given_name wrong_type, /locale wrong_type, /z unknown_field, /a "
     "unknown_field"},
};

START_TEST(H12_J1_J3_J4_J5_J6_J7_J9_J11_J16_J17_J18_J21_each_problem_is_told_by_its_field) {
    ck_assert_str_eq(parse_all(examples[_i].body), examples[_i].said);
}
END_TEST

START_TEST(a_failure_leaves_the_form_untouched) {
    struct sign_form before;
    memset(&before, 0x55, sizeof before);
    parse_all("{" GOOD ",\"x\":1}");
    ck_assert_mem_eq(&form, &before, sizeof before);
}
END_TEST

START_TEST(J5_a_field_that_the_petition_does_not_ask_for_is_unknown) {
    ck_assert_str_eq(parse(text_of("{" GOOD ",\"family_name\":\"B\",\"comment\":7}"), &least),
                     "/family_name unknown_field, /comment unknown_field");
    ck_assert_str_eq(
        parse(text_of("{" GOOD ",\"show_name\":true,\"subscribe\":true,\"text_version\":1,"
                      "\"source\":\"a\",\"referrer\":\"b\",\"locale\":\"en\"}"),
              &least),
        "ok");
}
END_TEST

START_TEST(required_fields_are_the_petitions_choice_beyond_two) {
    const struct form_fields strict = {.asked = ALL, .required = ALL};
    ck_assert_str_eq(parse(text_of("{}"), &strict),
                     "/email required, /given_name required, /family_name required, "
                     "/country required, /region required, /postal_code required, "
                     "/locality required, /comment required");
    const struct form_fields forgotten = {0};
    ck_assert_str_eq(parse(text_of("{}"), &forgotten), "/email required, /given_name required");
    ck_assert_str_eq(parse(text_of("{" GOOD "}"), &forgotten), "ok");
}
END_TEST

static const char *const long_fields[] = {"email",  "given_name",  "family_name", "country",
                                          "region", "postal_code", "locality",    "comment",
                                          "source", "referrer",    "locale"};

START_TEST(J22_sixteen_kilobytes_are_too_long_everywhere) {
    static char body[20000], expected[64];
    char value[16385];
    memset(value, 'x', 16384);
    value[16384] = '\0';
    snprintf(body, sizeof body, "{%s\"%s\":\"%s\"}", _i < 2 ? "" : GOOD ",", long_fields[_i],
             value);
    snprintf(expected, sizeof expected, "/%s too_long", long_fields[_i]);
    ck_assert_ptr_nonnull(strstr(parse_all(body), expected));
}
END_TEST

START_TEST(J22_the_longest_that_fits_fits) {
    static char body[4096];
    char value[501];
    memset(value, 'x', 500);
    value[500] = '\0';
    snprintf(body, sizeof body,
             "{\"email\":\"a@b.org\",\"given_name\":\"%.100s\",\"family_name\":\"%.100s\","
             "\"postal_code\":\"%.20s\",\"locality\":\"%.100s\",\"comment\":\"%s\","
             "\"source\":\"%.64s\",\"referrer\":\"%.64s\"}",
             value, value, value, value, value, value, value);
    ck_assert_str_eq(parse_all(body), "ok");
    snprintf(body, sizeof body, "{" GOOD ",\"source\":\"%.65s\",\"postal_code\":\"%.21s\"}", value,
             value);
    ck_assert_str_eq(parse_all(body), "/postal_code too_long, /source too_long");
}
END_TEST

START_TEST(J19_thousands_of_unknown_fields_are_told_up_to_a_bound) {
    static char body[17000];
    size_t at = (size_t)snprintf(body, sizeof body, "{" GOOD);
    for (int i = 0; at < 16000; i++) {
        at += (size_t)snprintf(body + at, sizeof body - at, ",\"k%d\":0", i);
    }
    snprintf(body + at, sizeof body - at, "}");
    parse_all(body);
    ck_assert_int_eq(problems.problem, PROBLEM_INVALID_FIELDS);
    ck_assert_uint_eq(problems.count, PROBLEM_FIELDS_MAX);
}
END_TEST

/* What a request's arena must be able to hold. */
START_TEST(J12_J19_the_hungriest_body_needs_less_than_a_megabyte_and_a_half) {
    static const char *const units[] = {"{},", "[],", "0,", "{\"\":{}},", "\"\","};
    static char body[16385];
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        size_t len = strlen(units[i]), at = 6;
        memcpy(body, "{\"x\":[", 6);
        for (; at + len + 3 < sizeof body; at += len) {
            memcpy(body + at, units[i], len);
        }
        memcpy(body + at, "0]}", 4);
        ck_assert_str_eq(parse_all(body),
                         "/email required, /given_name required, /x unknown_field");
        ck_assert_uint_lt(arena_used(arena), 1536 * 1024);
    }
}
END_TEST

START_TEST(J19_a_field_name_of_16_kilobytes_is_cut_at_a_character) {
    static char body[17000];
    strcpy(body, "{" GOOD ",\"a");
    for (int i = 0; i < 8000; i++) {
        strcat(body, "\xC3\xA9");
    }
    strcat(body, "\":1}");
    parse_all(body);
    ck_assert_uint_eq(problems.count, 1);
    ck_assert_uint_eq(problems.fields[0].pointer.len, 1 + 63);
}
END_TEST

START_TEST(Q13_no_value_is_ever_in_a_problem) {
    const char *all = parse_all("{\"email\":\"secret-value\",\"given_name\":\"secret\\u202evalue\","
                                "\"country\":\"secret-value\",\"source\":\"secret value\"}");
    ck_assert_ptr_null(strstr(all, "secret"));
    for (int i = 0; i < FIELD_PROBLEM_COUNT; i++) {
        ck_assert_ptr_null(strchr(field_problem_kind((enum field_problem)i)->detail, '%'));
    }
}
END_TEST

START_TEST(Q1_Q4_Q7_Q8_naughty_words_are_kept_byte_for_byte) {
    static const char *const words[] = {"'; DROP TABLE x--", "%s%n%x", "<script>",
                                        "{{7*7}}",           "$$ _ %", "=cmd()"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        char body[200];
        snprintf(body, sizeof body, "{" GOOD ",\"family_name\":\"%s\",\"comment\":\"%s\"}",
                 words[i], words[i]);
        ck_assert_str_eq(parse_all(body), "ok");
        unit_assert_text(form.family_name, words[i]);
        unit_assert_text(form.comment, words[i]);
    }
}
END_TEST

START_TEST(a_token_is_any_string) {
    struct text token = text_of("untouched");
    ck_assert_int_eq(form_parse_token(text_of("{\"token\":\"x y\"}"), arena, &token, &problems),
                     ST_OK);
    unit_assert_text(token, "x y");
    ck_assert_int_eq(form_parse_token(text_of("{\"token\":\"\"}"), arena, &token, &problems),
                     ST_OK);
    unit_assert_text(token, "");
}
END_TEST

static const struct example tokens[] = {
    {"{}", "required"},
    {"{\"token\":null}", "required"},
    {"{\"token\":1}", "wrong_type"},
    {"{\"token\":[\"a\"]}", "wrong_type"},
    {"{\"token\":\"a\",\"x\":1}", "unknown_field"},
};

START_TEST(a_token_that_is_no_string_is_refused) {
    struct text token = text_of("untouched");
    ck_assert_int_eq(form_parse_token(text_of(tokens[_i].body), arena, &token, &problems),
                     ST_INVALID);
    ck_assert_int_eq(problems.problem, PROBLEM_INVALID_FIELDS);
    ck_assert_str_eq(field_problem_kind(problems.fields[0].problem)->code, tokens[_i].said);
    unit_assert_text(token, "untouched");
    ck_assert_int_eq(form_parse_token(text_of("x"), arena, &token, &problems), ST_INVALID);
    ck_assert_int_eq(problems.problem, PROBLEM_INVALID_JSON);
    ck_assert_int_eq(form_parse_token(text_of(""), arena, &token, &problems), ST_INVALID);
    ck_assert_int_eq(problems.problem, PROBLEM_EMPTY_BODY);
}
END_TEST

START_TEST(a_request_for_a_letter_names_an_address) {
    struct address address;
    ck_assert_int_eq(
        form_parse_email(text_of("{\"email\":\"A@b.org\"}"), arena, &address, &problems), ST_OK);
    ck_assert_str_eq(address.canonical, "a@b.org");
    ck_assert_int_eq(form_parse_email(text_of("{\"email\":\"\"}"), arena, &address, &problems),
                     ST_INVALID);
    ck_assert_int_eq(problems.fields[0].problem, FIELD_EMPTY);
    ck_assert_int_eq(form_parse_email(text_of("{\"email\":\"a\"}"), arena, &address, &problems),
                     ST_INVALID);
    ck_assert_int_eq(problems.fields[0].problem, FIELD_EMAIL_INVALID);
    ck_assert_int_eq(form_parse_email(text_of("{\"email\":true}"), arena, &address, &problems),
                     ST_INVALID);
    ck_assert_int_eq(problems.fields[0].problem, FIELD_WRONG_TYPE);
    ck_assert_int_eq(form_parse_email(text_of("[]"), arena, &address, &problems), ST_INVALID);
    ck_assert_int_eq(problems.problem, PROBLEM_INVALID_JSON);
}
END_TEST

/* What a correction has more, in front of the other members. */
static bool make_correction(const char *body, char *out, size_t size) {
    const char *start = strstr(body, "{\"");
    const char *version = strstr(body, "\"text_version\":");
    if (!start || (version && strncmp(version + 15, "null", 4) == 0))
        return false;
    snprintf(out, size, "{\"token\":\"t\",%s%s", version ? "" : "\"text_version\":1,", start + 1);
    return true;
}

START_TEST(each_problem_of_a_signature_is_one_of_a_correction) {
    char body[8192], expected[sizeof said];
    snprintf(expected, sizeof expected, "%s", parse_all(examples[_i].body));
    if (make_correction(examples[_i].body, body, sizeof body))
        ck_assert_str_eq(parse_as(true, text_of(body), &everything), expected);
}
END_TEST

START_TEST(a_correction_has_a_token_and_a_version_and_a_signature_no_token) {
    ck_assert_str_eq(parse_as(true, text_of("{" GOOD "}"), &least),
                     "/text_version required, /token required");
    ck_assert_str_eq(
        parse_as(true, text_of("{" GOOD ",\"token\":1,\"text_version\":null}"), &least),
        "/text_version required, /token wrong_type");
    ck_assert_str_eq(
        parse_as(true, text_of("{" GOOD ",\"token\":\"\",\"text_version\":2}"), &least), "ok");
    ck_assert_uint_eq(form.token.len, 0);
    ck_assert_int_eq(form.text_version, 2);
    ck_assert_str_eq(parse_all("{" GOOD ",\"token\":\"x\"}"), "/token unknown_field");
}
END_TEST

static const struct {
    const char *body, *said, *frequency, *topics;
} settings[] = {
    {"{\"token\":\"x\"}", "ok", NULL, NULL},
    {"{\"token\":\"x\",\"frequency\":\"never\"}", "ok", "never", NULL},
    {"{\"token\":\"x\",\"topics\":null}", "ok", NULL, "null"},
    {"{\"token\":\"x\",\"topics\":[ \"a\\\"\", \"b\" ],\"frequency\":\"every\"}", "ok", "every",
     "[\"a\\\"\",\"b\"]"},
    {"{\"token\":\"x\",\"topics\":[]}", "ok", NULL, "[]"},
    {"{}", "required", NULL, NULL},
    {"{\"token\":null}", "required", NULL, NULL},
    {"{\"token\":1}", "wrong_type", NULL, NULL},
    {"{\"token\":\"x\",\"frequency\":\"Weekly\"}", "invalid_format", NULL, NULL},
    {"{\"token\":\"x\",\"frequency\":null}", "wrong_type", NULL, NULL},
    {"{\"token\":\"x\",\"topics\":[1]}", "wrong_type", NULL, NULL},
    {"{\"token\":\"x\",\"topics\":{}}", "wrong_type", NULL, NULL},
    {"{\"token\":\"x\",\"state\":\"on\"}", "unknown_field", NULL, NULL},
    {"{\"token\":\"x\",\"email\":\"a@example.org\"}", "unknown_field", NULL, NULL},
    {"{\"token\":\"x\",\"wording\":1,\"language\":\"en\",\"email\":\"a@example.org\",\"given_"
     "name\":\"A\"}",
     "ok", NULL, NULL},
    {"{\"token\":\"x\",\"wording\":0,\"language\":\"en\",\"email\":\"a@example.org\",\"given_"
     "name\":\"A\"}",
     "out_of_range", NULL, NULL},
    {"{\"token\":\"x\",\"wording\":null,\"language\":\"en\",\"email\":\"a@example.org\",\"given_"
     "name\":\"A\"}",
     "wrong_type", NULL, NULL},
    {"{\"token\":\"x\",\"wording\":1,\"email\":\"a@example.org\",\"given_name\":\"A\"}", "required",
     NULL, NULL},
    {"{\"token\":\"x\",\"wording\":1,\"language\":\"en\",\"email\":\"a@example.org\"}", "required",
     NULL, NULL},
    {"{\"token\":\"x\",\"wording\":1,\"language\":\"en\",\"email\":\"a@example.org\",\"given_"
     "name\":\"A\","
     "\"comment\":\"B\"}",
     "unknown_field", NULL, NULL},
};

START_TEST(settings_of_news_are_read_strictly) {
    struct settings_form read;
    arena_reset(arena);
    enum status status = form_parse_settings(text_of(settings[_i].body), arena, &read, &problems);
    if (status != ST_OK) {
        ck_assert_uint_eq(problems.count, 1);
        ck_assert_str_eq(field_problem_kind(problems.fields[0].problem)->code, settings[_i].said);
        return;
    }
    ck_assert_str_eq(settings[_i].said, "ok");
    unit_assert_text(read.frequency, settings[_i].frequency);
    unit_assert_text(read.topics_json, settings[_i].topics);
}
END_TEST

START_TEST(a_hundred_topics_are_enough) {
    struct settings_form read;
    char body[1024];
    for (int count = FORM_TOPICS_MAX; count <= FORM_TOPICS_MAX + 1; count++) {
        size_t len = (size_t)snprintf(body, sizeof body, "{\"token\":\"x\",\"topics\":[\"t\"");
        for (int i = 1; i < count; i++)
            len += (size_t)snprintf(body + len, sizeof body - len, ",\"t\"");
        snprintf(body + len, sizeof body - len, "]}");
        arena_reset(arena);
        ck_assert_int_eq(form_parse_settings(text_of(body), arena, &read, &problems),
                         count == FORM_TOPICS_MAX ? ST_OK : ST_INVALID);
    }
    ck_assert_str_eq(field_problem_kind(problems.fields[0].problem)->code, "too_long");
}
END_TEST

/* Knows one link, whose reader has no family name. */
static bool open_link(struct text token, struct form_reader *out, void *context) {
    (*(int *)context)++;
    out->email = text_of("ada@example.org");
    out->given_name = text_of("Ada");
    return text_is(token, "good");
}

static int opened;

static enum status parse_by_letter(const char *body) {
    const struct form_by_letter how = {&least, open_link, &opened};
    opened = 0;
    arena_reset(arena);
    memset(&form, 0x55, sizeof form);
    return form_parse_by_letter(text_of(body), &how, arena, &form, &problems);
}

START_TEST(who_a_letters_link_is_of_stands_in_for_what_is_typed) {
    ck_assert_int_eq(
        parse_by_letter("{\"token\":\"good\",\"email\":\"eve@example.net\",\"given_name\":\"Eve\","
                        "\"family_name\":\"Byron\"}"),
        ST_OK);
    ck_assert_int_eq(opened, 1);
    unit_assert_text(form.token, "good");
    ck_assert_str_eq(form.address.canonical, "ada@example.org");
    unit_assert_text(form.given_name, "Ada");
    unit_assert_text(form.family_name, "Byron");
}
END_TEST

START_TEST(a_letters_link_shows_no_name_and_a_bad_one_is_forbidden) {
    struct sign_form before;
    memset(&before, 0x55, sizeof before);
    ck_assert_int_eq(parse_by_letter("{\"token\":\"good\",\"show_name\":true}"), ST_INVALID);
    ck_assert_uint_eq(problems.count, 1);
    unit_assert_text(problems.fields[0].pointer, "/show_name");
    ck_assert_int_eq(problems.fields[0].problem, FIELD_UNKNOWN);
    ck_assert_int_eq(parse_by_letter("{\"token\":\"bad\"}"), ST_FORBIDDEN);
    ck_assert_int_eq(parse_by_letter("{\"token\":1}"), ST_INVALID);
    ck_assert_int_eq(opened, 0);
    ck_assert_int_eq(parse_by_letter("[]"), ST_INVALID);
    ck_assert_int_eq(problems.problem, PROBLEM_INVALID_JSON);
    ck_assert_mem_eq(&form, &before, sizeof before);
}
END_TEST

START_TEST(the_table_of_fields_is_read_both_ways) {
    for (int i = 0; i < FORM_FIELDS; i++) {
        ck_assert_int_eq(form_field_find(text_of(form_field_name((enum form_field)i))), i);
    }
    ck_assert_int_eq(form_field_find(text_of("Email")), -1);
    ck_assert_int_eq(form_field_find(text_of(NULL)), -1);
}
END_TEST

#define COUNT(array) (int)(sizeof(array) / sizeof(array)[0])

int main(void) {
    Suite *suite = suite_create("form");
    TCase *cases = tcase_create("form");
    json_start();
    arena = arena_new(16384, 8 << 20);
    tcase_add_test(cases, a_whole_form_becomes_a_struct);
    tcase_add_test(cases, what_is_not_sent_is_absent);
    tcase_add_loop_test(
        cases, H12_J1_J3_J4_J5_J6_J7_J9_J11_J16_J17_J18_J21_each_problem_is_told_by_its_field, 0,
        COUNT(examples));
    tcase_add_loop_test(cases, each_problem_of_a_signature_is_one_of_a_correction, 0,
                        COUNT(examples));
    tcase_add_test(cases, a_correction_has_a_token_and_a_version_and_a_signature_no_token);
    tcase_add_test(cases, a_failure_leaves_the_form_untouched);
    tcase_add_test(cases, J5_a_field_that_the_petition_does_not_ask_for_is_unknown);
    tcase_add_test(cases, required_fields_are_the_petitions_choice_beyond_two);
    tcase_add_loop_test(cases, J22_sixteen_kilobytes_are_too_long_everywhere, 0,
                        COUNT(long_fields));
    tcase_add_test(cases, J22_the_longest_that_fits_fits);
    tcase_add_test(cases, J19_thousands_of_unknown_fields_are_told_up_to_a_bound);
    tcase_add_test(cases, J12_J19_the_hungriest_body_needs_less_than_a_megabyte_and_a_half);
    tcase_add_test(cases, J19_a_field_name_of_16_kilobytes_is_cut_at_a_character);
    tcase_add_test(cases, Q13_no_value_is_ever_in_a_problem);
    tcase_add_test(cases, Q1_Q4_Q7_Q8_naughty_words_are_kept_byte_for_byte);
    tcase_add_test(cases, a_token_is_any_string);
    tcase_add_loop_test(cases, a_token_that_is_no_string_is_refused, 0, COUNT(tokens));
    tcase_add_test(cases, a_request_for_a_letter_names_an_address);
    tcase_add_loop_test(cases, settings_of_news_are_read_strictly, 0,
                        (int)(sizeof settings / sizeof settings[0]));
    tcase_add_test(cases, a_hundred_topics_are_enough);
    tcase_add_test(cases, who_a_letters_link_is_of_stands_in_for_what_is_typed);
    tcase_add_test(cases, a_letters_link_shows_no_name_and_a_bad_one_is_forbidden);
    tcase_add_test(cases, the_table_of_fields_is_read_both_ways);
    suite_add_tcase(suite, cases);
    int code = unit_run(suite);
    arena_free(&arena);
    return code;
}

#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/petition_file.h"

static struct arena *arena;
static struct problems problems;
static struct text json;

static enum status check(const char *file) {
    arena_reset(arena);
    json = text_of("untouched");
    return petition_file_check(text_of(file), arena, &json, &problems);
}

#define LEAST "\"slug\":\"a\",\"title\":\"A\",\"language\":\"en\""

START_TEST(what_is_not_said_takes_its_default) {
    ck_assert_int_eq(check("{" LEAST "}"), ST_OK);
    unit_assert_text(
        json,
        "{\"slug\":\"a\",\"title\":\"A\",\"tag_line\":\"\",\"addressee\":\"\",\"salutation\":\"\","
        "\"letter\":\"\","
        "\"asks\":[],\"tags\":[],\"organization\":{\"name\":\"\",\"url\":\"\",\"privacy_url\":\"\","
        "\"public_keys\":[]},\"language\":\"en\",\"closes_at\":null,\"goal\":null,"
        "\"goals\":[],\"count_minimum\":0,\"image\":\"\","
        "\"confirmation\":\"email\",\"fields\":[{\"name\":\"email\",\"required\":true},"
        "{\"name\":\"given_name\",\"required\":true},{\"name\":\"family_name\",\"required\":false}]"
        ","
        "\"translations\":{},\"allowed_origins\":[],"
        "\"comments\":\"after_review\",\"undeliverable\":\"invalidate\",\"erasure\":\"keep_"
        "number\","
        "\"disclosure_threshold\":5}");
}
END_TEST

START_TEST(words_are_trimmed_times_in_utc_and_the_state_is_left_out) {
    ck_assert_int_eq(
        check("{\"slug\":\"a\",\"title\":\"  A \",\"language\":\"en\",\"state\":\"open\","
              "\"closes_at\":\"2027-01-01T00:00:00+01:00\"}"),
        ST_OK);
    ck_assert_ptr_nonnull(memmem(json.data, json.len, "\"title\":\"A\"", 11));
    ck_assert_ptr_nonnull(memmem(json.data, json.len, "\"2026-12-31T23:00:00.000Z\"", 26));
    ck_assert_ptr_null(memmem(json.data, json.len, "state", 5));
}
END_TEST

START_TEST(fields_keep_their_order_and_email_comes_first) {
    ck_assert_int_eq(check("{" LEAST ",\"fields\":[{\"name\":\"comment\"},{\"name\":\"given_name\","
                           "\"required\":true}]}"),
                     ST_OK);
    static const char expected[] = "\"fields\":[{\"name\":\"email\",\"required\":true},"
                                   "{\"name\":\"comment\",\"required\":false},"
                                   "{\"name\":\"given_name\",\"required\":true}]";
    ck_assert_ptr_nonnull(memmem(json.data, json.len, expected, sizeof expected - 1));
}
END_TEST

START_TEST(every_fault_is_told_at_once_and_nothing_is_written) {
    ck_assert_int_eq(check("{\"slug\":\"A\",\"title\":1,\"goal\":0,\"x\":1}"), ST_INVALID);
    ck_assert_int_eq(problems.problem, PROBLEM_INVALID_FIELDS);
    ck_assert_uint_eq(problems.count, 5);
    unit_assert_text(problems.fields[2].pointer, "/language");
    unit_assert_text(json, "untouched");
    ck_assert_int_eq(check(""), ST_INVALID);
    ck_assert_int_eq(problems.problem, PROBLEM_EMPTY_BODY);
    ck_assert_int_eq(check("[]"), ST_INVALID);
    ck_assert_int_eq(problems.problem, PROBLEM_INVALID_JSON);
}
END_TEST

START_TEST(the_letters_html_stands_beside_each_letter) {
    ck_assert_int_eq(check("{" LEAST ",\"letter\":\"Dear *you*,\\n\\n<b>now</b>\",\"translations\":"
                           "{\"es\":{\"title\":\"B\",\"letter\":\"Ya\"}}}"),
                     ST_OK);
    static const char english[] = "\"letter_html\":\"\\u003cp\\u003eDear \\u003cem\\u003eyou";
    static const char excerpt[] = "\"excerpt\":\"Dear you, \\u003cb\\u003enow\\u003c/b\\u003e\"";
    ck_assert_int_eq(petition_file_render(json, arena, &json), ST_OK);
    ck_assert_ptr_nonnull(memmem(json.data, json.len, english, sizeof english - 1));
    ck_assert_ptr_nonnull(memmem(json.data, json.len, excerpt, sizeof excerpt - 1));
    ck_assert_ptr_nonnull(memmem(json.data, json.len, "\"excerpt\":\"Ya\"", 14));
    ck_assert_int_eq(petition_file_render(text_of("["), arena, &json), ST_INVALID);
}
END_TEST

START_TEST(without_fields_it_asks_for_both_names) {
    static const char family[] = "{\"name\":\"family_name\",\"required\":false}";
    ck_assert_int_eq(check("{" LEAST "}"), ST_OK);
    ck_assert_ptr_nonnull(memmem(json.data, json.len, family, sizeof family - 1));
    ck_assert_int_eq(check("{" LEAST ",\"fields\":null}"), ST_OK);
    ck_assert_ptr_nonnull(memmem(json.data, json.len, family, sizeof family - 1));
    ck_assert_int_eq(check("{" LEAST ",\"fields\":[]}"), ST_OK);
    ck_assert_ptr_null(memmem(json.data, json.len, "family_name", 11));
}
END_TEST

START_TEST(the_demo_petition_is_one) {
    struct text demo = unit_read("deploy/dev/demo.json");
    ck_assert_int_eq(petition_file_check(demo, arena, &json, &problems), ST_OK);
    free((void *)(size_t)demo.data);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("petition_file");
    TCase *cases = tcase_create("petition_file");
    json_start();
    arena = arena_new(16384, 16 << 20);
    tcase_add_test(cases, what_is_not_said_takes_its_default);
    tcase_add_test(cases, words_are_trimmed_times_in_utc_and_the_state_is_left_out);
    tcase_add_test(cases, fields_keep_their_order_and_email_comes_first);
    tcase_add_test(cases, every_fault_is_told_at_once_and_nothing_is_written);
    tcase_add_test(cases, the_letters_html_stands_beside_each_letter);
    tcase_add_test(cases, without_fields_it_asks_for_both_names);
    tcase_add_test(cases, the_demo_petition_is_one);
    suite_add_tcase(suite, cases);
    int code = unit_run(suite);
    arena_free(&arena);
    return code;
}

#include "unit.h"

#include <string.h>

#include "core/json.h"
#include "serve/news_json.h"

static struct text tags[] = {{"buses", 5}, {"<b>", 3}, {"draft", 5}};
static struct petition petitions[] = {
    {.state = PETITION_OPEN, .tags = tags, .tags_count = 2},
    {.state = PETITION_CLOSED, .tags = tags, .tags_count = 1},
    {.state = PETITION_WITHDRAWN, .tags = tags, .tags_count = 3},
};
static const struct snapshot snapshot = {.petitions = petitions, .petitions_count = 3};

START_TEST(a_topic_is_the_tag_of_a_petition_that_is_public) {
    ck_assert(news_topic_known(&snapshot, text_of("buses")));
    ck_assert(news_topic_known(&snapshot, text_of("<b>")));
    ck_assert(!news_topic_known(&snapshot, text_of("draft")));
    ck_assert(!news_topic_known(&snapshot, text_of("bus")));
    ck_assert(!news_topic_known(&snapshot, text_of("")));
}
END_TEST

START_TEST(choices_stand_once_and_only_those_that_are_public) {
    json_t *value = news_json(&snapshot, "{\"state\":\"on\",\"topics\":null}");
    ck_assert_str_eq(json_string_value(json_object_get(value, "state")), "on");
    ck_assert(json_is_null(json_object_get(value, "topics")));
    const json_t *choices = json_object_get(value, "choices");
    ck_assert_uint_eq(json_array_size(choices), 2);
    ck_assert_str_eq(json_string_value(json_array_get(choices, 1)), "<b>");
    json_decref(value);
    ck_assert_ptr_null(news_json(&snapshot, "no JSON"));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("news_json");
    TCase *cases = tcase_create("news_json");
    json_start();
    tcase_add_test(cases, a_topic_is_the_tag_of_a_petition_that_is_public);
    tcase_add_test(cases, choices_stand_once_and_only_those_that_are_public);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

#include "ctl/mailing_audience.h"

#include "base/text.h"
#include "core/place.h"
#include "store/subscriptions.h"

/* `who=unsigned topic=buses topic=trees country=DE region=DE-BE`: what stands twice is a choice. */
static const struct {
    const char *word, *member;
} audience_words[] = {{"topic", "topics"}, {"country", "countries"}, {"region", "regions"}};

static const char *find_list(struct text word) {
    for (size_t i = 0; i < sizeof audience_words / sizeof audience_words[0]; i++) {
        if (text_is(word, audience_words[i].word)) {
            return audience_words[i].member;
        }
    }
    return NULL;
}

static bool add_to_list(json_t *audience, const char *member, struct text value) {
    json_t *list = json_object_get(audience, member);
    if (list == NULL) {
        list = json_array();
        json_object_set_new(audience, member, list);
    }
    return json_array_append_new(list, json_stringn(value.data, value.len)) == 0;
}

/* Nobody lives in a place that is none: the letter would go to nobody, and be over. */
static bool is_place(struct text word, struct text value) {
    struct text rest = value, country = text_cut(&rest, '-');
    return text_is(word, "country")  ? place_country_known(value)
           : text_is(word, "region") ? place_region_known(country, value)
                                     : true;
}

static bool add_choice(json_t *audience, struct text word, struct text value) {
    const char *member = find_list(word);
    if (member != NULL) {
        return add_to_list(audience, member, value);
    }
    bool known = json_object_get(audience, "who") == NULL;
    known =
        known && (text_is(value, "unsigned") || text_is(value, "signed") || text_is(value, "all"));
    return text_is(word, "who") && known &&
           json_object_set_new(audience, "who", json_stringn(value.data, value.len)) == 0;
}

/* What is wrong with one; NULL: nothing. */
static const char *read_choice(json_t *audience, struct text choice) {
    struct text value = choice, word = text_cut(&value, '=');
    if (choice.len == 0) {
        return NULL;
    }
    if (value.len > 0 && !is_place(word, value)) {
        return "--audience: a country is DE, a region DE-BE, as of ISO 3166";
    }
    return value.len > 0 && add_choice(audience, word, value)
               ? NULL
               : "--audience is `who=unsigned|signed|all`, `topic=...`, `country=DE`, "
                 "`region=DE-BE`, with semicolons between; but for who a word may come again";
}

json_t *mailing_audience_read(const char *words) {
    json_t *audience = json_object();
    struct text rest = text_of(words);
    const char *wrong = NULL;
    while (rest.data != NULL && wrong == NULL) {
        wrong = read_choice(audience, text_trim(text_cut(&rest, ';')));
    }
    if (words != NULL && wrong == NULL && json_object_size(audience) == 0) {
        wrong = "--audience is empty: without it everybody is written to who has not signed";
    }
    if (wrong != NULL) {
        context_say("%s", wrong);
        json_decref(audience);
        return NULL;
    }
    return audience;
}

/* --- topics --- */

static bool has_tag(const struct petition *petition, const char *topic) {
    for (size_t i = 0; i < petition->tags_count; i++) {
        if (text_is(petition->tags[i], topic)) {
            return true;
        }
    }
    return false;
}

static bool is_tag(const struct catalog *catalog, const char *topic) {
    for (size_t i = 0; i < catalog->count; i++) {
        if (has_tag(&catalog->petitions[i], topic)) {
            return true;
        }
    }
    return false;
}

struct search {
    const char *topic;
    bool found;
};

static void compare(const struct subscription_count *count, void *context) {
    struct search *search = context;
    search->found = search->found || (count->topic.data && text_is(count->topic, search->topic));
}

/* Counting reads the whole list, so only what is no tag is looked for there. */
enum outcome mailing_audience_check(struct context *context, const struct catalog *catalog,
                                    const json_t *audience) {
    size_t i;
    json_t *topic;
    json_array_foreach(json_object_get(audience, "topics"), i, topic) {
        struct search search = {json_string_value(topic),
                                is_tag(catalog, json_string_value(topic))};
        if (search.found) {
            continue;
        }
        enum status status = subscriptions_count(context->pg, context_soon(), compare, &search);
        if (status != ST_OK) {
            return context_database_failed(context, status);
        }
        if (!search.found) {
            context_say("--audience: no petition and no subscriber has the topic %.64s; "
                        "`countersign subscribers count` lists those of subscribers",
                        search.topic);
            return OUTCOME_WRONG;
        }
    }
    return OUTCOME_DONE;
}

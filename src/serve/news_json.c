#include "serve/news_json.h"

static bool is_public(const struct petition *petition) {
    return petition->state == PETITION_OPEN || petition->state == PETITION_CLOSED;
}

static bool has_tag(const struct petition *petition, struct text topic) {
    for (size_t i = 0; i < petition->tags_count; i++)
        if (text_equal(petition->tags[i], topic))
            return true;
    return false;
}

bool news_topic_known(const struct snapshot *snapshot, struct text topic) {
    for (size_t i = 0; i < snapshot->petitions_count; i++)
        if (is_public(&snapshot->petitions[i]) && has_tag(&snapshot->petitions[i], topic))
            return true;
    return false;
}

/* `seen` keeps each tag once. */
static void add_tags(const struct petition *petition, json_t *seen, json_t *list) {
    for (size_t i = 0; i < petition->tags_count; i++) {
        json_t *tag = json_stringn(petition->tags[i].data, petition->tags[i].len);
        const char *name = json_string_value(tag);
        if (name && !json_object_get(seen, name) && json_array_size(list) < NEWS_CHOICES_MAX) {
            json_object_set_new(seen, name, json_true());
            json_array_append(list, tag);
        }
        json_decref(tag);
    }
}

static json_t *choices(const struct snapshot *snapshot) {
    json_t *seen = json_object(), *list = json_array();
    for (size_t i = 0; seen && list && i < snapshot->petitions_count; i++)
        if (is_public(&snapshot->petitions[i]))
            add_tags(&snapshot->petitions[i], seen, list);
    json_decref(seen);
    return list;
}

json_t *news_json(const struct snapshot *snapshot, const char *news) {
    json_t *value = json_loads(news, 0, NULL);
    if (value)
        json_object_set_new(value, "choices", choices(snapshot));
    return value;
}

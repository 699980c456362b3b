#include "serve/petition_json.h"

#include "core/wording.h"
#include "serve/worker.h"

json_t *petition_json_text(struct text text) {
    return text.data ? json_stringn(text.data, text.len) : json_null();
}

static json_t *texts_json(const struct text *texts, size_t count) {
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, petition_json_text(texts[i]));
    return list;
}

static json_t *languages_json(const struct petition *petition) {
    json_t *list = json_array();
    for (size_t i = 0; i < petition->texts_count; i++)
        json_array_append_new(list, petition_json_text(petition->texts[i].language));
    return list;
}

static json_t *fields_json(const struct form_fields *fields) {
    json_t *list = json_array();
    for (int field = 0; field < FORM_ASKABLE; field++)
        if (fields->asked & (1u << field))
            json_array_append_new(list, json_pack("{s:s,s:b}", "name",
                                                  form_field_name((enum form_field)field),
                                                  "required", (fields->required >> field) & 1));
    return list;
}

static json_t *organization_json(const struct petition *petition) {
    return json_pack("{s:o,s:o,s:o}", "name", petition_json_text(petition->organization_name),
                     "url", petition_json_text(petition->organization_url), "privacy_url",
                     petition_json_text(petition->organization_privacy_url));
}

static void set_words(json_t *value, const struct petition *petition,
                      const struct petition_text *text) {
    json_object_set_new(value, "slug", petition_json_text(petition->slug));
    json_object_set_new(value, "title", petition_json_text(text->title));
    json_object_set_new(value, "addressee", petition_json_text(text->addressee));
    json_object_set_new(value, "salutation", petition_json_text(text->salutation));
    json_object_set_new(value, "letter", petition_json_text(text->letter));
    json_object_set_new(value, "asks", texts_json(text->asks, text->asks_count));
    json_object_set_new(value, "tags", texts_json(petition->tags, petition->tags_count));
    json_object_set_new(value, "organization", organization_json(petition));
    json_object_set_new(value, "language", petition_json_text(text->language));
    json_object_set_new(value, "languages", languages_json(petition));
}

static json_t *goals_json(const struct petition *petition) {
    json_t *list = json_array();
    for (size_t i = 0; i < petition->goals_count; i++)
        json_array_append_new(list, json_integer(petition->goals[i]));
    return list;
}

static void set_facts(json_t *value, const struct request *request,
                      const struct petition *petition) {
    enum petition_state state = snapshot_state(request->snapshot, petition);
    struct board_value number = {0, 0, false};
    board_get(request->worker->board, petition->id, &number);
    json_object_set_new(value, "state", json_string(petition_state_name(state)));
    json_object_set_new(value, "opened_at", petition_json_text(petition->opened_at));
    json_object_set_new(value, "closes_at", petition_json_text(petition->closes_at));
    json_object_set_new(value, "goal",
                        petition->has_goal ? json_integer(petition->goal) : json_null());
    json_object_set_new(value, "count", json_integer(number.n));
    json_object_set_new(value, "confirmation",
                        json_string(petition->confirms_by_email ? "email" : "none"));
    json_object_set_new(value, "text_version", json_integer(petition->text_version));
    json_object_set_new(value, "fields", fields_json(&petition->fields));
}

/* What the page wants, only where the organiser has set it: who reads the rest need not know it. */
static void set_looks(json_t *value, const struct petition *petition,
                      const struct petition_text *text) {
    if (text->tag_line.len)
        json_object_set_new(value, "tag_line", petition_json_text(text->tag_line));
    if (petition->goals_count)
        json_object_set_new(value, "goals", goals_json(petition));
    if (petition->count_minimum > 0)
        json_object_set_new(value, "count_minimum", json_integer(petition->count_minimum));
    if (petition->image.len)
        json_object_set_new(value, "image", petition_json_text(petition->image));
}

json_t *petition_json(struct request *request, const struct petition *petition, struct text lang) {
    json_t *value = json_object();
    struct text accept = request_param(request, "HTTP_ACCEPT_LANGUAGE");
    if (value) {
        const struct petition_text *text = petition_text_choose(petition, lang, accept);
        set_words(value, petition, text);
        set_facts(value, request, petition);
        set_looks(value, petition, text);
    }
    return value;
}

json_t *petition_json_wording(struct request *request, const struct petition *petition,
                              struct text lang) {
    enum { WORDS_MAX = 16384 };
    struct text accept = request_param(request, "HTTP_ACCEPT_LANGUAGE");
    const struct wording *wording =
        wording_find(WORDING_VERSION, petition_text_choose(petition, lang, accept)->language);
    struct buffer words;
    buffer_init(&words, WORDS_MAX);
    wording_add(&words, wording, petition->organization_name);
    json_t *value = words.failed ? NULL
                                 : json_pack("{s:i,s:s,s:o}", "version", wording->version,
                                             "language", wording->language, "text",
                                             petition_json_text(buffer_text(&words)));
    buffer_done(&words);
    return value;
}

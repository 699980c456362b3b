/* What somebody sets for their letters: a part of form.h. */
#include <string.h>

#include "core/form.h"
#include "form_object.h"

enum {
    NEEDED_TO_OPT_IN = 1u << FORM_EMAIL | 1u << FORM_GIVEN_NAME,
    OF_OPT_IN = NEEDED_TO_OPT_IN | 1u << FORM_FAMILY_NAME | 1u << FORM_COUNTRY | 1u << FORM_REGION |
                1u << FORM_LOCALE
};

static void read_frequency(struct form_object *object, const json_t *value,
                           struct settings_form *form) {
    static const char *const words[] = {"every", "weekly", "monthly", "never"};
    struct text typed = form_object_string(value);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (json_is_string(value) && text_is(typed, words[i]))
            form->frequency = typed;
    if (!form->frequency.data)
        form_object_refuse(object, "frequency",
                           json_is_string(value) ? FIELD_FORMAT : FIELD_WRONG_TYPE);
}

static void read_topics(struct form_object *object, const json_t *value,
                        struct settings_form *form) {
    bool good = json_is_null(value) || json_is_array(value);
    size_t count = json_array_size(value);
    for (size_t i = 0; i < count && i < FORM_TOPICS_MAX; i++) {
        const json_t *topic = json_array_get(value, i);
        good = good && json_is_string(topic);
        form->topics[form->topics_count++] = form_object_string(topic);
    }
    if (!good || count > FORM_TOPICS_MAX) {
        form_object_refuse(object, "topics", good ? FIELD_TOO_LONG : FIELD_WRONG_TYPE);
        return;
    }
    char *json = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    object->broken = object->broken || !json;
    form->topics_json = text_of(json);
}

/* Whose news begin is sealed to the mailers, so it has to be here. */
static void read_opt_in(struct form_object *object, struct settings_form *form) {
    const json_t *wording = json_object_get(object->root, "wording");
    if (json_is_integer(wording))
        form_object_version(object, "wording", json_integer_value(wording), &form->wording);
    else
        form_object_refuse(object, "wording", FIELD_WRONG_TYPE);
    form_object_require(object, "language", &form->language);
    form_object_find(object);
    form_object_read(object, OF_OPT_IN, NEEDED_TO_OPT_IN, &form->who);
}

static bool is_of_opt_in(const char *name) {
    int field = form_field_find(text_of(name));
    return strcmp(name, "wording") == 0 || strcmp(name, "language") == 0 ||
           (field >= 0 && (OF_OPT_IN & 1u << field) != 0);
}

static void read_settings(struct form_object *object, struct settings_form *form) {
    const char *name;
    json_t *value;
    bool agrees = json_object_get(object->root, "wording");
    form_object_require(object, "token", &form->token);
    if (agrees)
        read_opt_in(object, form);
    json_object_foreach(object->root, name, value) {
        if (strcmp(name, "frequency") == 0)
            read_frequency(object, value, form);
        else if (strcmp(name, "topics") == 0)
            read_topics(object, value, form);
        else if (strcmp(name, "token") != 0 && !(agrees && is_of_opt_in(name)))
            form_object_refuse(object, name, FIELD_UNKNOWN);
    }
}

enum status form_parse_settings(struct text body, struct arena *arena, struct settings_form *out,
                                struct problems *problems) {
    struct form_object object = {.arena = arena, .problems = problems};
    struct settings_form form = {.topics_count = 0};
    enum status status = form_object_begin(body, arena, problems, &object);
    if (status == ST_OK)
        read_settings(&object, &form);
    status = form_object_end(&object, status);
    if (status == ST_OK)
        *out = form;
    return status;
}

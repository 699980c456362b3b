#include "core/form.h"

#include "form_object.h"

enum {
    ALWAYS_REQUIRED = 1u << FORM_EMAIL | 1u << FORM_GIVEN_NAME,
    ALWAYS_WELCOME = (1u << FORM_SIGNING) - (1u << FORM_ASKABLE),
    OF_CORRECTION = 1u << FORM_TOKEN | 1u << FORM_TEXT_VERSION
};

/* An object of one string. */
static bool read_only_string(struct form_object *object, const char *wanted, struct text *out) {
    bool is_there = form_object_require(object, wanted, out);
    form_object_refuse_all_but(object, wanted, wanted);
    return is_there;
}

enum status form_parse_sign(struct text body, const struct form_fields *fields, struct arena *arena,
                            struct sign_form *out, struct problems *problems) {
    struct form_object object = {.arena = arena, .problems = problems};
    struct sign_form form = {.show_name = false};
    unsigned required = fields->required | ALWAYS_REQUIRED;
    unsigned welcome = fields->asked | required | ALWAYS_WELCOME;
    enum status status = form_object_begin(body, arena, problems, &object);
    if (status == ST_OK) {
        form_object_find(&object);
        form_object_read(&object, welcome, required, &form);
        form_object_refuse_others(&object, welcome);
    }
    status = form_object_end(&object, status);
    if (status == ST_OK) {
        *out = form;
    }
    return status;
}

enum status form_parse_correction(struct text body, const struct form_fields *fields,
                                  struct arena *arena, struct sign_form *out,
                                  struct problems *problems) {
    const struct form_fields more = {fields->asked, fields->required | OF_CORRECTION};
    return form_parse_sign(body, &more, arena, out, problems);
}

/* What is known of the reader stands in for what is typed: nobody signs as another by their link.
 */
static void put_reader(struct form_object *object, const struct form_reader *reader) {
    const struct {
        const char *name;
        struct text text;
    } known[] = {{"email", reader->email},
                 {"given_name", reader->given_name},
                 {"family_name", reader->family_name}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i].text.len > 0) {
            json_t *value = json_stringn(known[i].text.data, known[i].text.len);
            object->broken =
                object->broken || json_object_set_new(object->root, known[i].name, value) != 0;
        }
    }
}

enum status form_parse_by_letter(struct text body, const struct form_by_letter *how,
                                 struct arena *arena, struct sign_form *out,
                                 struct problems *problems) {
    struct form_object object = {.arena = arena, .problems = problems};
    struct sign_form form = {.show_name = false};
    struct form_reader reader = {.email = {NULL, 0}};
    unsigned required = how->fields->required | ALWAYS_REQUIRED | 1u << FORM_TOKEN;
    /* Whoever holds the letter must not publish the name of whom it went to. */
    unsigned welcome = (how->fields->asked | required | ALWAYS_WELCOME | 1u << FORM_FAMILY_NAME) &
                       ~(1u << FORM_SHOW_NAME);
    bool refused = false;
    enum status status = form_object_begin(body, arena, problems, &object);
    if (status == ST_OK) {
        const json_t *token = json_object_get(object.root, "token");
        refused =
            json_is_string(token) && !how->open(form_object_string(token), &reader, how->context);
        put_reader(&object, &reader);
        form_object_find(&object);
        form_object_read(&object, welcome, required, &form);
        form_object_refuse_others(&object, welcome);
    }
    status = form_object_end(&object, status);
    if (status == ST_OK && !refused) {
        *out = form;
    }
    return refused ? ST_FORBIDDEN : status;
}

enum status form_parse_token(struct text body, struct arena *arena, struct text *token,
                             struct problems *problems) {
    struct form_object object = {.arena = arena, .problems = problems};
    struct text text;
    enum status status = form_object_begin(body, arena, problems, &object);
    if (status == ST_OK) {
        read_only_string(&object, "token", &text);
    }
    status = form_object_end(&object, status);
    if (status == ST_OK) {
        *token = text;
    }
    return status;
}

enum status form_parse_email(struct text body, struct arena *arena, struct address *out,
                             struct problems *problems) {
    struct form_object object = {.arena = arena, .problems = problems};
    struct address address;
    struct text typed;
    enum status status = form_object_begin(body, arena, problems, &object);
    if (status == ST_OK && read_only_string(&object, "email", &typed)) {
        form_object_email(&object, typed, &address);
    }
    status = form_object_end(&object, status);
    if (status == ST_OK) {
        *out = address;
    }
    return status;
}

enum status form_parse_opened(struct text body, struct arena *arena, struct form_opened *out,
                              struct problems *problems) {
    struct form_object object = {.arena = arena, .problems = problems};
    struct form_opened form;
    enum status status = form_object_begin(body, arena, problems, &object);
    if (status == ST_OK) {
        form_object_require(&object, "letter", &form.letter);
        form_object_require(&object, "link", &form.link);
        form_object_refuse_all_but(&object, "letter", "link");
    }
    status = form_object_end(&object, status);
    if (status == ST_OK)
        *out = form;
    return status;
}

#include "core/form.h"

#include <string.h>

#include "core/json.h"
#include "form_field.h"

enum {
    ALWAYS_REQUIRED = 1u << FORM_EMAIL | 1u << FORM_GIVEN_NAME,
    ALWAYS_WELCOME = (1u << FORM_SIGNING) - (1u << FORM_ASKABLE),
    OF_CORRECTION = 1u << FORM_TOKEN | 1u << FORM_TEXT_VERSION,
    OF_OPT_IN = ALWAYS_REQUIRED | 1u << FORM_FAMILY_NAME | 1u << FORM_COUNTRY | 1u << FORM_REGION |
                1u << FORM_LOCALE
};

/* One body being read. */
struct parse {
    json_t *root;
    const json_t *values[FORM_FIELDS]; /* of the members that are fields */
    struct arena *arena;
    struct problems *problems;
    bool broken; /* out of memory */
};

static void refuse(struct parse *parse, const char *name, enum field_problem problem) {
    problems_add(parse->problems, parse->arena, text_of(name), problem);
}

static struct text string_of(const json_t *value) {
    return text_span(json_string_value(value), json_string_length(value));
}

/* --- values --- */

static void read_email(struct parse *parse, struct text typed, struct address *out) {
    if (typed.len == 0 || typed.len > ADDRESS_MAX) {
        refuse(parse, "email", typed.len == 0 ? FIELD_EMPTY : FIELD_TOO_LONG);
        return;
    }
    enum status status = address_parse(typed, out);
    if (status == ST_INVALID) {
        refuse(parse, "email", FIELD_EMAIL_INVALID);
    } else if (status != ST_OK) {
        parse->broken = true;
    }
}

static void read_string(struct parse *parse, const struct form_field_rule *rule, struct text typed,
                        struct sign_form *form) {
    struct text good;
    enum field_problem problem;
    if (rule->kind == FORM_KIND_EMAIL) {
        read_email(parse, typed, &form->address);
        return;
    }
    struct text country = string_of(parse->values[FORM_COUNTRY]);
    if (form_field_check(rule, typed, country, &good, &problem)) {
        memcpy((char *)form + rule->offset, &good, sizeof good);
    } else {
        refuse(parse, rule->name, problem);
    }
}

static void read_version(struct parse *parse, const char *name, json_int_t version, int64_t *out) {
    if (version < 1 || version > INT32_MAX) {
        refuse(parse, name, FIELD_RANGE);
    } else {
        *out = version;
    }
}

static void read_value(struct parse *parse, const struct form_field_rule *rule, const json_t *value,
                       struct sign_form *form) {
    if (rule->kind == FORM_KIND_BOOLEAN && json_is_boolean(value)) {
        bool set = json_is_true(value);
        memcpy((char *)form + rule->offset, &set, sizeof set);
    } else if (rule->kind == FORM_KIND_VERSION && json_is_integer(value)) {
        read_version(parse, rule->name, json_integer_value(value), &form->text_version);
    } else if (rule->kind < FORM_KIND_BOOLEAN && json_is_string(value)) {
        read_string(parse, rule, string_of(value), form);
    } else {
        refuse(parse, rule->name, FIELD_WRONG_TYPE);
    }
}

/* --- objects --- */

/* A null where something is required is nothing; anywhere else it is a value of the wrong type. */
static bool is_missing(const json_t *value) {
    return !value || json_is_null(value);
}

static void find_values(struct parse *parse) {
    const char *name;
    json_t *value;
    json_object_foreach(parse->root, name, value) {
        int field = form_field_find(text_of(name));
        if (field >= 0) {
            parse->values[field] = value;
        }
    }
}

static void read_fields(struct parse *parse, unsigned welcome, unsigned required,
                        struct sign_form *form) {
    for (size_t i = 0; i < FORM_FIELDS; i++) {
        const struct form_field_rule *rule = &form_field_rules[i];
        const json_t *value = parse->values[i];
        unsigned bit = 1u << i;
        if ((required & bit) != 0 && is_missing(value)) {
            refuse(parse, rule->name, FIELD_REQUIRED);
        } else if ((welcome & bit) != 0 && value) {
            read_value(parse, rule, value, form);
        }
    }
}

static size_t count_welcome(const struct parse *parse, unsigned welcome) {
    size_t count = 0;
    for (size_t i = 0; i < FORM_FIELDS; i++) {
        count += parse->values[i] && (welcome & 1u << i) != 0 ? 1 : 0;
    }
    return count;
}

static void refuse_unwelcome(struct parse *parse, unsigned welcome) {
    const char *name;
    json_t *value;
    if (count_welcome(parse, welcome) == json_object_size(parse->root)) {
        return;
    }
    json_object_foreach(parse->root, name, value) {
        int field = form_field_find(text_of(name));
        if (field < 0 || (welcome & 1u << field) == 0) {
            refuse(parse, name, FIELD_UNKNOWN);
        }
    }
}

static bool require_string(struct parse *parse, const char *name, struct text *out) {
    const json_t *value = json_object_get(parse->root, name);
    *out = string_of(value);
    if (is_missing(value) || !json_is_string(value)) {
        refuse(parse, name, is_missing(value) ? FIELD_REQUIRED : FIELD_WRONG_TYPE);
    }
    return json_is_string(value);
}

static void refuse_all_but(struct parse *parse, const char *one, const char *other) {
    const char *name;
    json_t *value;
    json_object_foreach(parse->root, name, value) {
        if (strcmp(name, one) != 0 && strcmp(name, other) != 0) {
            refuse(parse, name, FIELD_UNKNOWN);
        }
    }
}

/* An object of one string. */
static bool read_only_string(struct parse *parse, const char *wanted, struct text *out) {
    bool is_there = require_string(parse, wanted, out);
    refuse_all_but(parse, wanted, wanted);
    return is_there;
}

/* --- bodies --- */

/* From here to `finish` jansson works in the arena. */
static enum status start(struct text body, struct arena *arena, struct problems *problems,
                         struct parse *out) {
    problems->problem = PROBLEM_NONE;
    problems->count = 0;
    json_scope_enter(arena);
    if (text_trim(body).len == 0) {
        problems->problem = PROBLEM_EMPTY_BODY;
        return ST_INVALID;
    }
    *out = (struct parse){.arena = arena, .problems = problems};
    out->root = json_read_object(body);
    if (!out->root && arena_failed(arena)) {
        return ST_FAULT;
    }
    if (!out->root) {
        problems->problem = PROBLEM_INVALID_JSON;
        return ST_INVALID;
    }
    return ST_OK;
}

/* `so_far`, or what reading has found. */
static enum status finish(const struct parse *parse, enum status so_far) {
    json_scope_leave();
    if (so_far != ST_OK) {
        return so_far;
    }
    if (parse->broken || arena_failed(parse->arena)) {
        return ST_FAULT;
    }
    return parse->problems->problem == PROBLEM_NONE ? ST_OK : ST_INVALID;
}

enum status form_parse_sign(struct text body, const struct form_fields *fields, struct arena *arena,
                            struct sign_form *out, struct problems *problems) {
    struct parse parse = {.arena = arena, .problems = problems};
    struct sign_form form = {.show_name = false};
    unsigned required = fields->required | ALWAYS_REQUIRED;
    unsigned welcome = fields->asked | required | ALWAYS_WELCOME;
    enum status status = start(body, arena, problems, &parse);
    if (status == ST_OK) {
        find_values(&parse);
        read_fields(&parse, welcome, required, &form);
        refuse_unwelcome(&parse, welcome);
    }
    status = finish(&parse, status);
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
static void put_reader(struct parse *parse, const struct form_reader *reader) {
    const struct {
        const char *name;
        struct text text;
    } known[] = {{"email", reader->email},
                 {"given_name", reader->given_name},
                 {"family_name", reader->family_name}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i].text.len > 0) {
            json_t *value = json_stringn(known[i].text.data, known[i].text.len);
            parse->broken =
                parse->broken || json_object_set_new(parse->root, known[i].name, value) != 0;
        }
    }
}

enum status form_parse_by_letter(struct text body, const struct form_by_letter *how,
                                 struct arena *arena, struct sign_form *out,
                                 struct problems *problems) {
    struct parse parse = {.arena = arena, .problems = problems};
    struct sign_form form = {.show_name = false};
    struct form_reader reader = {.email = {NULL, 0}};
    unsigned required = how->fields->required | ALWAYS_REQUIRED | 1u << FORM_TOKEN;
    /* Whoever holds the letter must not publish the name of whom it went to. */
    unsigned welcome = (how->fields->asked | required | ALWAYS_WELCOME | 1u << FORM_FAMILY_NAME) &
                       ~(1u << FORM_SHOW_NAME);
    bool refused = false;
    enum status status = start(body, arena, problems, &parse);
    if (status == ST_OK) {
        const json_t *token = json_object_get(parse.root, "token");
        refused = json_is_string(token) && !how->open(string_of(token), &reader, how->context);
        put_reader(&parse, &reader);
        find_values(&parse);
        read_fields(&parse, welcome, required, &form);
        refuse_unwelcome(&parse, welcome);
    }
    status = finish(&parse, status);
    if (status == ST_OK && !refused) {
        *out = form;
    }
    return refused ? ST_FORBIDDEN : status;
}

enum status form_parse_token(struct text body, struct arena *arena, struct text *token,
                             struct problems *problems) {
    struct parse parse = {.arena = arena, .problems = problems};
    struct text text;
    enum status status = start(body, arena, problems, &parse);
    if (status == ST_OK) {
        read_only_string(&parse, "token", &text);
    }
    status = finish(&parse, status);
    if (status == ST_OK) {
        *token = text;
    }
    return status;
}

enum status form_parse_email(struct text body, struct arena *arena, struct address *out,
                             struct problems *problems) {
    struct parse parse = {.arena = arena, .problems = problems};
    struct address address;
    struct text typed;
    enum status status = start(body, arena, problems, &parse);
    if (status == ST_OK && read_only_string(&parse, "email", &typed)) {
        read_email(&parse, typed, &address);
    }
    status = finish(&parse, status);
    if (status == ST_OK) {
        *out = address;
    }
    return status;
}

/* --- settings --- */

static void read_frequency(struct parse *parse, const json_t *value, struct settings_form *form) {
    static const char *const words[] = {"every", "weekly", "monthly", "never"};
    struct text typed = string_of(value);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (json_is_string(value) && text_is(typed, words[i]))
            form->frequency = typed;
    if (!form->frequency.data)
        refuse(parse, "frequency", json_is_string(value) ? FIELD_FORMAT : FIELD_WRONG_TYPE);
}

static void read_topics(struct parse *parse, const json_t *value, struct settings_form *form) {
    bool good = json_is_null(value) || json_is_array(value);
    size_t count = json_array_size(value);
    for (size_t i = 0; i < count && i < FORM_TOPICS_MAX; i++) {
        const json_t *topic = json_array_get(value, i);
        good = good && json_is_string(topic);
        form->topics[form->topics_count++] = string_of(topic);
    }
    if (!good || count > FORM_TOPICS_MAX) {
        refuse(parse, "topics", good ? FIELD_TOO_LONG : FIELD_WRONG_TYPE);
        return;
    }
    char *json = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    parse->broken = parse->broken || !json;
    form->topics_json = text_of(json);
}

/* Whose news begin is sealed to the mailers, so it has to be here. */
static void read_opt_in(struct parse *parse, struct settings_form *form) {
    const json_t *wording = json_object_get(parse->root, "wording");
    if (json_is_integer(wording))
        read_version(parse, "wording", json_integer_value(wording), &form->wording);
    else
        refuse(parse, "wording", FIELD_WRONG_TYPE);
    require_string(parse, "language", &form->language);
    find_values(parse);
    read_fields(parse, OF_OPT_IN, ALWAYS_REQUIRED, &form->who);
}

static bool is_of_opt_in(const char *name) {
    int field = form_field_find(text_of(name));
    return strcmp(name, "wording") == 0 || strcmp(name, "language") == 0 ||
           (field >= 0 && (OF_OPT_IN & 1u << field) != 0);
}

static void read_settings(struct parse *parse, struct settings_form *form) {
    const char *name;
    json_t *value;
    bool agrees = json_object_get(parse->root, "wording");
    require_string(parse, "token", &form->token);
    if (agrees)
        read_opt_in(parse, form);
    json_object_foreach(parse->root, name, value) {
        if (strcmp(name, "frequency") == 0)
            read_frequency(parse, value, form);
        else if (strcmp(name, "topics") == 0)
            read_topics(parse, value, form);
        else if (strcmp(name, "token") != 0 && !(agrees && is_of_opt_in(name)))
            refuse(parse, name, FIELD_UNKNOWN);
    }
}

enum status form_parse_settings(struct text body, struct arena *arena, struct settings_form *out,
                                struct problems *problems) {
    struct parse parse = {.arena = arena, .problems = problems};
    struct settings_form form = {.topics_count = 0};
    enum status status = start(body, arena, problems, &parse);
    if (status == ST_OK)
        read_settings(&parse, &form);
    status = finish(&parse, status);
    if (status == ST_OK)
        *out = form;
    return status;
}

enum status form_parse_opened(struct text body, struct arena *arena, struct form_opened *out,
                              struct problems *problems) {
    struct parse parse = {.arena = arena, .problems = problems};
    struct form_opened form;
    enum status status = start(body, arena, problems, &parse);
    if (status == ST_OK) {
        require_string(&parse, "letter", &form.letter);
        require_string(&parse, "link", &form.link);
        refuse_all_but(&parse, "letter", "link");
    }
    status = finish(&parse, status);
    if (status == ST_OK)
        *out = form;
    return status;
}

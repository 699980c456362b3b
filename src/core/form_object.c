#include "form_object.h"

#include <string.h>

#include "form_field.h"

void form_object_refuse(struct form_object *object, const char *name, enum field_problem problem) {
    problems_add(object->problems, object->arena, text_of(name), problem);
}

struct text form_object_string(const json_t *value) {
    return text_span(json_string_value(value), json_string_length(value));
}

/* --- values --- */

void form_object_email(struct form_object *object, struct text typed, struct address *out) {
    if (typed.len == 0 || typed.len > ADDRESS_MAX) {
        form_object_refuse(object, "email", typed.len == 0 ? FIELD_EMPTY : FIELD_TOO_LONG);
        return;
    }
    enum status status = address_parse(typed, out);
    if (status == ST_INVALID) {
        form_object_refuse(object, "email", FIELD_EMAIL_INVALID);
    } else if (status != ST_OK) {
        object->broken = true;
    }
}

static void read_string(struct form_object *object, const struct form_field_rule *rule,
                        struct text typed, struct sign_form *form) {
    struct text good;
    enum field_problem problem;
    if (rule->kind == FORM_KIND_EMAIL) {
        form_object_email(object, typed, &form->address);
        return;
    }
    struct text country = form_object_string(object->values[FORM_COUNTRY]);
    if (form_field_check(rule, typed, country, &good, &problem)) {
        memcpy((char *)form + rule->offset, &good, sizeof good);
    } else {
        form_object_refuse(object, rule->name, problem);
    }
}

void form_object_version(struct form_object *object, const char *name, json_int_t version,
                         int64_t *out) {
    if (version < 1 || version > INT32_MAX) {
        form_object_refuse(object, name, FIELD_RANGE);
    } else {
        *out = version;
    }
}

static void read_value(struct form_object *object, const struct form_field_rule *rule,
                       const json_t *value, struct sign_form *form) {
    if (rule->kind == FORM_KIND_BOOLEAN && json_is_boolean(value)) {
        bool set = json_is_true(value);
        memcpy((char *)form + rule->offset, &set, sizeof set);
    } else if (rule->kind == FORM_KIND_VERSION && json_is_integer(value)) {
        form_object_version(object, rule->name, json_integer_value(value), &form->text_version);
    } else if (rule->kind < FORM_KIND_BOOLEAN && json_is_string(value)) {
        read_string(object, rule, form_object_string(value), form);
    } else {
        form_object_refuse(object, rule->name, FIELD_WRONG_TYPE);
    }
}

/* --- objects --- */

/* A null where something is required is nothing; anywhere else it is a value of the wrong type. */
static bool is_missing(const json_t *value) {
    return !value || json_is_null(value);
}

void form_object_find(struct form_object *object) {
    const char *name;
    json_t *value;
    json_object_foreach(object->root, name, value) {
        int field = form_field_find(text_of(name));
        if (field >= 0) {
            object->values[field] = value;
        }
    }
}

void form_object_read(struct form_object *object, unsigned welcome, unsigned required,
                      struct sign_form *form) {
    for (size_t i = 0; i < FORM_FIELDS; i++) {
        const struct form_field_rule *rule = &form_field_rules[i];
        const json_t *value = object->values[i];
        unsigned bit = 1u << i;
        if ((required & bit) != 0 && is_missing(value)) {
            form_object_refuse(object, rule->name, FIELD_REQUIRED);
        } else if ((welcome & bit) != 0 && value) {
            read_value(object, rule, value, form);
        }
    }
}

static size_t count_welcome(const struct form_object *object, unsigned welcome) {
    size_t count = 0;
    for (size_t i = 0; i < FORM_FIELDS; i++) {
        count += object->values[i] && (welcome & 1u << i) != 0 ? 1 : 0;
    }
    return count;
}

void form_object_refuse_others(struct form_object *object, unsigned welcome) {
    const char *name;
    json_t *value;
    if (count_welcome(object, welcome) == json_object_size(object->root)) {
        return;
    }
    json_object_foreach(object->root, name, value) {
        int field = form_field_find(text_of(name));
        if (field < 0 || (welcome & 1u << field) == 0) {
            form_object_refuse(object, name, FIELD_UNKNOWN);
        }
    }
}

bool form_object_require(struct form_object *object, const char *name, struct text *out) {
    const json_t *value = json_object_get(object->root, name);
    *out = form_object_string(value);
    if (is_missing(value) || !json_is_string(value)) {
        form_object_refuse(object, name, is_missing(value) ? FIELD_REQUIRED : FIELD_WRONG_TYPE);
    }
    return json_is_string(value);
}

void form_object_refuse_all_but(struct form_object *object, const char *one, const char *other) {
    const char *name;
    json_t *value;
    json_object_foreach(object->root, name, value) {
        if (strcmp(name, one) != 0 && strcmp(name, other) != 0) {
            form_object_refuse(object, name, FIELD_UNKNOWN);
        }
    }
}

/* --- the whole --- */

enum status form_object_begin(struct text body, struct arena *arena, struct problems *problems,
                              struct form_object *out) {
    problems->problem = PROBLEM_NONE;
    problems->count = 0;
    json_scope_enter(arena);
    if (text_trim(body).len == 0) {
        problems->problem = PROBLEM_EMPTY_BODY;
        return ST_INVALID;
    }
    *out = (struct form_object){.arena = arena, .problems = problems};
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

enum status form_object_end(const struct form_object *object, enum status so_far) {
    json_scope_leave();
    if (so_far != ST_OK) {
        return so_far;
    }
    if (object->broken || arena_failed(object->arena)) {
        return ST_FAULT;
    }
    return object->problems->problem == PROBLEM_NONE ? ST_OK : ST_INVALID;
}

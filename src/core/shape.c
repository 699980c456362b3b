#include "shape.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "core/words.h"

struct text shape_string(const json_t *value) {
    return text_span(json_string_value(value), json_string_length(value));
}

static json_t *refuse(struct shape_check *check, struct text pointer, enum field_problem problem) {
    problems_add_at(check->problems, check->arena, pointer, problem);
    return NULL;
}

static bool right_type(const struct shape *shape, const json_t *value) {
    switch (shape->kind) {
    case SHAPE_INTEGER:
        return json_is_integer(value);
    case SHAPE_BOOLEAN:
        return json_is_boolean(value);
    case SHAPE_LIST:
        return json_is_array(value);
    case SHAPE_OBJECT:
    case SHAPE_MAP:
        return json_is_object(value);
    case SHAPE_LINE:
    case SHAPE_LINES:
    case SHAPE_FORMAT:
    case SHAPE_WORD:
    case SHAPE_TIME:
        break;
    }
    return json_is_string(value);
}

/* --- strings and numbers --- */

static json_t *check_words(struct shape_check *check, const struct shape *shape, struct text text,
                           struct text pointer) {
    const struct words_rule rule = {shape->max, shape->kind == SHAPE_LINES, true};
    enum field_problem problem;
    if (!words_check(text, &rule, &text, &problem)) {
        return refuse(check, pointer, problem);
    }
    return json_stringn(text.data, text.len);
}

static bool is_one_of(struct text text, const char *const *words) {
    for (; *words; words++) {
        if (text_is(text, *words)) {
            return true;
        }
    }
    return false;
}

static json_t *check_time(struct shape_check *check, struct text text, struct text pointer) {
    int64_t unix_ms;
    char utc[CLOCK_TEXT_SIZE];
    if (!clock_parse(text, &unix_ms)) {
        return refuse(check, pointer, FIELD_FORMAT);
    }
    clock_format(utc, unix_ms);
    return json_string(utc);
}

static json_t *check_string(struct shape_check *check, const struct shape *shape, json_t *value,
                            struct text pointer) {
    struct text text = shape_string(value);
    if (shape->kind == SHAPE_LINE || shape->kind == SHAPE_LINES) {
        return check_words(check, shape, text, pointer);
    }
    if (shape->kind == SHAPE_TIME) {
        return check_time(check, text, pointer);
    }
    if (shape->kind == SHAPE_FORMAT && text.len > shape->max) {
        return refuse(check, pointer, FIELD_TOO_LONG);
    }
    bool good = shape->kind == SHAPE_WORD ? is_one_of(text, shape->words) : shape->format(text);
    return good ? json_incref(value) : refuse(check, pointer, FIELD_FORMAT);
}

static json_t *check_integer(struct shape_check *check, const struct shape *shape, json_t *value,
                             struct text pointer) {
    json_int_t number = json_integer_value(value);
    bool good = number >= shape->least && number <= shape->most;
    return good ? json_incref(value) : refuse(check, pointer, FIELD_RANGE);
}

/* --- lists and objects --- */

/* Strings alone: what makes two objects the same is for their owner to say. */
static bool holds(const json_t *list, const json_t *item) {
    for (size_t i = 0; json_is_string(item) && i < json_array_size(list); i++) {
        if (json_equal(json_array_get(list, i), item)) {
            return true;
        }
    }
    return false;
}

static struct text index_pointer(struct shape_check *check, struct text parent, size_t index) {
    char number[24];
    snprintf(number, sizeof number, "%zu", index);
    return problem_pointer(check->arena, parent, text_of(number));
}

static json_t *check_list(struct shape_check *check, const struct shape *shape, json_t *value,
                          struct text pointer) {
    if (json_array_size(value) > shape->max) {
        return refuse(check, pointer, FIELD_TOO_LONG);
    }
    json_t *list = json_array();
    for (size_t i = 0; i < json_array_size(value); i++) {
        struct text at = index_pointer(check, pointer, i);
        json_t *item = shape_check(check, shape->item, json_array_get(value, i), at);
        if (item && holds(list, item)) {
            refuse(check, at, FIELD_DUPLICATE);
        }
        /* What is wrong leaves a gap, so that pointers to the rest stay right. */
        json_array_append_new(list, item ? item : json_null());
    }
    return list;
}

static bool is_member(const struct shape *shape, const char *name) {
    for (size_t i = 0; i < shape->count; i++) {
        if (strcmp(shape->members[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void refuse_unknown(struct shape_check *check, const struct shape *shape, json_t *value,
                           struct text pointer) {
    const char *name;
    json_t *member;
    json_object_foreach(value, name, member) {
        if (!is_member(shape, name)) {
            refuse(check, problem_pointer(check->arena, pointer, text_of(name)), FIELD_UNKNOWN);
        }
    }
}

static bool is_nothing(const json_t *value) {
    return !value || json_is_null(value) || (json_is_string(value) && shape_string(value).len == 0);
}

static json_t *fallback(const struct shape_member *member) {
    return member->fallback ? json_loads(member->fallback, JSON_DECODE_ANY, NULL) : json_null();
}

static json_t *check_member(struct shape_check *check, const struct shape_member *member,
                            json_t *value, struct text pointer) {
    if (!is_nothing(value)) {
        return shape_check(check, member->shape, value, pointer);
    }
    if (!member->required) {
        return fallback(member);
    }
    return refuse(check, pointer, json_is_string(value) ? FIELD_EMPTY : FIELD_REQUIRED);
}

static json_t *check_object(struct shape_check *check, const struct shape *shape, json_t *value,
                            struct text pointer) {
    json_t *object = json_object();
    for (size_t i = 0; i < shape->count; i++) {
        const struct shape_member *member = &shape->members[i];
        struct text at = problem_pointer(check->arena, pointer, text_of(member->name));
        json_t *good = check_member(check, member, json_object_get(value, member->name), at);
        if (good && !member->dropped) {
            json_object_set_new(object, member->name, good);
        }
    }
    refuse_unknown(check, shape, value, pointer);
    return object;
}

static json_t *check_map(struct shape_check *check, const struct shape *shape, json_t *value,
                         struct text pointer) {
    if (json_object_size(value) > shape->max) {
        return refuse(check, pointer, FIELD_TOO_LONG);
    }
    json_t *object = json_object();
    const char *name;
    json_t *item;
    json_object_foreach(value, name, item) {
        struct text at = problem_pointer(check->arena, pointer, text_of(name));
        if (!shape->format(text_of(name))) {
            refuse(check, at, FIELD_FORMAT);
            continue;
        }
        json_object_set_new(object, name, shape_check(check, shape->item, item, at));
    }
    return object;
}

json_t *shape_check(struct shape_check *check, const struct shape *shape, json_t *value,
                    struct text pointer) {
    if (!right_type(shape, value)) {
        return refuse(check, pointer, FIELD_WRONG_TYPE);
    }
    switch (shape->kind) {
    case SHAPE_INTEGER:
        return check_integer(check, shape, value, pointer);
    case SHAPE_BOOLEAN:
        return json_incref(value);
    case SHAPE_LIST:
        return check_list(check, shape, value, pointer);
    case SHAPE_OBJECT:
        return check_object(check, shape, value, pointer);
    case SHAPE_MAP:
        return check_map(check, shape, value, pointer);
    case SHAPE_LINE:
    case SHAPE_LINES:
    case SHAPE_FORMAT:
    case SHAPE_WORD:
    case SHAPE_TIME:
        break;
    }
    return check_string(check, shape, value, pointer);
}

/* Tags are told apart without regard to case, and JSON's names are not. */
static bool stands_before(json_t *translations, const char *name) {
    const char *other;
    json_t *value;
    json_object_foreach(translations, other, value) {
        if (strcmp(other, name) == 0) {
            return false;
        }
        if (text_is_ignoring_case(text_of(other), name)) {
            return true;
        }
    }
    return false;
}

void shape_check_translations(struct shape_check *check, const json_t *object) {
    struct text main_language = shape_string(json_object_get(object, "language"));
    json_t *translations = json_object_get(object, "translations");
    const char *name;
    json_t *value;
    json_object_foreach(translations, name, value) {
        if (text_is_ignoring_case(main_language, name) || stands_before(translations, name)) {
            struct text pointer =
                problem_pointer(check->arena, text_of("/translations"), text_of(name));
            problems_add_at(check->problems, check->arena, pointer, FIELD_DUPLICATE);
        }
    }
}

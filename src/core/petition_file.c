#include "core/petition_file.h"

#include <stdio.h>

#include "base/encode.h"
#include "core/form.h"
#include "core/json.h"
#include "core/language.h"
#include "core/petition.h"
#include "core/seal.h"
#include "core/slug.h"
#include "core/weburl.h"
#include "shape.h"

enum {
    JSON_MAX = 32 * 1024 * 1024,
    HTML_MAX = 1024 * 1024,
    IMAGE_PATH = 255,
    KEY_TEXT = 44,
    FIELD_NAME = 16,
    ORIGIN = 255
};

static bool is_public_key(struct text text) {
    uint8_t key[SEAL_PUBLIC_KEY];
    return decode_base64(text, key, sizeof key) && recipients_key_usable(key);
}

static bool is_askable(struct text name) {
    int field = form_field_find(name);
    return field >= 0 && field < FORM_ASKABLE;
}

/* A path of this host, so that the page needs nobody else's. */
static bool is_image_path(struct text text) {
    if (!text_starts(text, "/") || text_starts(text, "//")) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (c <= ' ' || c > '~' || c == '"' || c == '\'' || c == '<' || c == '>' || c == '\\') {
            return false;
        }
    }
    return true;
}

/* --- the shape of a petition --- */

static const char *const state_words[] = {"draft", "open", "closed", "withdrawn", NULL};
static const char *const confirmation_words[] = {"email", "none", NULL};
static const char *const undeliverable_words[] = {"invalidate", "keep", NULL};
static const char *const erasure_words[] = {"keep_number", "lower_number", NULL};
static const char *const comments_words[] = {"after_review", "off", "shown", NULL};

static const struct shape slug = {SHAPE_FORMAT, .max = SLUG_MAX, .format = slug_valid};
static const struct shape language = {SHAPE_FORMAT, .max = LANGUAGE_MAX,
                                      .format = language_tag_valid};
static const struct shape heading = {SHAPE_LINE, .max = 200};
static const struct shape letter = {SHAPE_LINES, .max = 50000};
static const struct shape ask = {SHAPE_LINES, .max = 1000};
static const struct shape asks = {SHAPE_LIST, .max = 50, .item = &ask};
static const struct shape tag = {SHAPE_LINE, .max = 50};
static const struct shape tags = {SHAPE_LIST, .max = 20, .item = &tag};
static const struct shape page = {SHAPE_FORMAT, .max = WEBURL_MAX, .format = weburl_is_page};
static const struct shape origin = {SHAPE_FORMAT, .max = ORIGIN, .format = weburl_is_origin};
static const struct shape origins = {SHAPE_LIST, .max = 50, .item = &origin};
static const struct shape state = {SHAPE_WORD, .words = state_words};
static const struct shape confirmation = {SHAPE_WORD, .words = confirmation_words};
static const struct shape undeliverable = {SHAPE_WORD, .words = undeliverable_words};
static const struct shape erasure = {SHAPE_WORD, .words = erasure_words};
static const struct shape comments = {SHAPE_WORD, .words = comments_words};
static const struct shape time_of_day = {.kind = SHAPE_TIME};
static const struct shape goal = {SHAPE_INTEGER, .least = 1, .most = INT64_C(1) << 53};
static const struct shape goals = {SHAPE_LIST, .max = PETITION_GOALS_MAX, .item = &goal};
static const struct shape count_minimum = {SHAPE_INTEGER, .least = 0, .most = INT64_C(1) << 53};
static const struct shape image = {SHAPE_FORMAT, .max = IMAGE_PATH, .format = is_image_path};
static const struct shape threshold = {SHAPE_INTEGER, .least = 0, .most = 1000000};
static const struct shape yes_or_no = {.kind = SHAPE_BOOLEAN};
static const struct shape public_key = {SHAPE_FORMAT, .max = KEY_TEXT, .format = is_public_key};
static const struct shape public_keys = {SHAPE_LIST, .max = SEAL_RECIPIENTS_MAX,
                                         .item = &public_key};
static const struct shape field_name = {SHAPE_FORMAT, .max = FIELD_NAME, .format = is_askable};

#define MEMBERS(table) .members = (table), .count = sizeof(table) / sizeof(table)[0]

static const struct shape_member organization_members[] = {
    {"name", &heading, false, false, "\"\""},
    {"url", &page, false, false, "\"\""},
    {"privacy_url", &page, false, false, "\"\""},
    {"public_keys", &public_keys, false, false, "[]"},
};
static const struct shape organization = {SHAPE_OBJECT, MEMBERS(organization_members)};

static const struct shape_member field_members[] = {
    {"name", &field_name, true, false, NULL},
    {"required", &yes_or_no, false, false, "false"},
};
static const struct shape field = {SHAPE_OBJECT, MEMBERS(field_members)};
static const struct shape fields = {SHAPE_LIST, .max = FORM_ASKABLE, .item = &field};

static const struct shape_member translation_members[] = {
    {"title", &heading, true, false, NULL},        {"tag_line", &heading, false, false, "\"\""},
    {"addressee", &heading, false, false, "\"\""}, {"salutation", &heading, false, false, "\"\""},
    {"letter", &letter, false, false, "\"\""},     {"asks", &asks, false, false, "[]"},
};
static const struct shape translation = {SHAPE_OBJECT, MEMBERS(translation_members)};
static const struct shape translations = {SHAPE_MAP, .max = 50, .format = language_tag_valid,
                                          .item = &translation};

static const struct shape_member petition_members[] = {
    {"slug", &slug, true, false, NULL},
    {"title", &heading, true, false, NULL},
    {"tag_line", &heading, false, false, "\"\""},
    {"addressee", &heading, false, false, "\"\""},
    {"salutation", &heading, false, false, "\"\""},
    {"letter", &letter, false, false, "\"\""},
    {"asks", &asks, false, false, "[]"},
    {"tags", &tags, false, false, "[]"},
    {"organization", &organization, false, false,
     "{\"name\":\"\",\"url\":\"\",\"privacy_url\":\"\",\"public_keys\":[]}"},
    {"language", &language, true, false, NULL},
    {"state", &state, false, true, NULL},
    {"closes_at", &time_of_day, false, false, NULL},
    {"goal", &goal, false, false, NULL},
    {"goals", &goals, false, false, "[]"},
    {"count_minimum", &count_minimum, false, false, "0"},
    {"image", &image, false, false, "\"\""},
    {"confirmation", &confirmation, false, false, "\"email\""},
    {"fields", &fields, false, false,
     "[{\"name\":\"email\",\"required\":true},{\"name\":\"given_name\",\"required\":true},"
     "{\"name\":\"family_name\",\"required\":false}]"},
    {"translations", &translations, false, false, "{}"},
    {"allowed_origins", &origins, false, false, "[]"},
    {"comments", &comments, false, false, "\"after_review\""},
    {"undeliverable", &undeliverable, false, false, "\"invalidate\""},
    {"erasure", &erasure, false, false, "\"keep_number\""},
    {"disclosure_threshold", &threshold, false, false, "5"},
};
static const struct shape petition = {SHAPE_OBJECT, MEMBERS(petition_members)};

/* --- what must fit together --- */

static json_t *find_field(const json_t *list, enum form_field wanted, size_t *index) {
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *entry = json_array_get(list, i);
        if (text_is(shape_string(json_object_get(entry, "name")), form_field_name(wanted))) {
            *index = i;
            return entry;
        }
    }
    return NULL;
}

static bool is_required(const json_t *entry) {
    return json_is_true(json_object_get(entry, "required"));
}

static void refuse_field(struct shape_check *check, size_t index, const char *member,
                         enum field_problem problem) {
    char pointer[64];
    snprintf(pointer, sizeof pointer, "/fields/%zu/%s", index, member);
    problems_add_at(check->problems, check->arena, text_of(pointer), problem);
}

/* Nobody signs without these two, whether the file says so or not. */
static void check_always(struct shape_check *check, const json_t *list, enum form_field wanted) {
    size_t index = 0;
    const json_t *entry = find_field(list, wanted, &index);
    if (entry && !is_required(entry)) {
        refuse_field(check, index, "required", FIELD_FORMAT);
    }
}

static void add_always(json_t *list, enum form_field wanted) {
    size_t index = (size_t)wanted;
    if (!find_field(list, wanted, &index)) {
        const char *name = form_field_name(wanted);
        json_array_insert_new(list, index, json_pack("{s:s, s:b}", "name", name, "required", 1));
    }
}

/* A region says nothing without its country. */
static void check_region(struct shape_check *check, const json_t *list) {
    size_t region_at = 0, country_at = 0;
    const json_t *region = find_field(list, FORM_REGION, &region_at);
    const json_t *country = find_field(list, FORM_COUNTRY, &country_at);
    if (region && !country) {
        refuse_field(check, region_at, "name", FIELD_FORMAT);
    } else if (region && is_required(region) && !is_required(country)) {
        refuse_field(check, region_at, "required", FIELD_FORMAT);
    }
}

/* Two entries of one name differ as values when one is required. */
static void check_twice(struct shape_check *check, const json_t *list) {
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct text name = shape_string(json_object_get(json_array_get(list, i), "name"));
        int found = form_field_find(name);
        size_t first = i;
        if (found >= 0) {
            find_field(list, (enum form_field)found, &first);
        }
        if (first != i) {
            refuse_field(check, i, "name", FIELD_DUPLICATE);
        }
    }
}

/* The page looks for the next one, so they go up. */
static void check_goals(struct shape_check *check, const json_t *list) {
    for (size_t i = 1; i < json_array_size(list); i++) {
        json_int_t before = json_integer_value(json_array_get(list, i - 1));
        const json_t *at = json_array_get(list, i);
        if (json_is_integer(at) && json_integer_value(at) <= before) {
            char pointer[32];
            snprintf(pointer, sizeof pointer, "/goals/%zu", i);
            problems_add_at(check->problems, check->arena, text_of(pointer), FIELD_RANGE);
        }
    }
}

static void check_together(struct shape_check *check, json_t *object) {
    json_t *list = json_object_get(object, "fields");
    check_twice(check, list);
    check_region(check, list);
    check_always(check, list, FORM_EMAIL);
    check_always(check, list, FORM_GIVEN_NAME);
    add_always(list, FORM_EMAIL);
    add_always(list, FORM_GIVEN_NAME);
    shape_check_translations(check, object);
    check_goals(check, json_object_get(object, "goals"));
}

/* --- the file --- */

static enum status check_file(struct text file, struct shape_check *check, struct text *json) {
    json_t *root = json_read_object(file);
    if (!root && !arena_failed(check->arena)) {
        check->problems->problem =
            text_trim(file).len == 0 ? PROBLEM_EMPTY_BODY : PROBLEM_INVALID_JSON;
        return ST_INVALID;
    }
    json_t *object = root ? shape_check(check, &petition, root, text_of("")) : NULL;
    if (object) {
        check_together(check, object);
    }
    if (!object || arena_failed(check->arena)) {
        return ST_FAULT;
    }
    return check->problems->problem == PROBLEM_NONE
               ? json_store(object, JSON_MAX, check->arena, json)
               : ST_INVALID;
}

enum status petition_file_check(struct text file, struct arena *arena, struct text *json,
                                struct problems *problems) {
    struct shape_check check = {arena, problems};
    problems->problem = PROBLEM_NONE;
    problems->count = 0;
    json_scope_enter(arena);
    enum status status = check_file(file, &check, json);
    json_scope_leave();
    return status;
}

#include "core/mailing_file.h"

#include "core/json.h"
#include "core/language.h"
#include "core/slug.h"
#include "core/weburl.h"
#include "shape.h"

enum { JSON_MAX = 4 * 1024 * 1024, LETTER_MAX = 30000 };

/* --- the shape of its head --- */

/* `letter preview` takes either. */
static bool is_name(struct text text) {
    return slug_valid(text) && letter_kind_find(text) == (enum letter_kind)0;
}

static const struct shape name = {SHAPE_FORMAT, .max = SLUG_MAX, .format = is_name};
static const struct shape slug = {SHAPE_FORMAT, .max = SLUG_MAX, .format = slug_valid};
static const struct shape language = {SHAPE_FORMAT, .max = LANGUAGE_MAX,
                                      .format = language_tag_valid};
static const struct shape line = {SHAPE_LINE, .max = 200};
static const struct shape word = {SHAPE_LINE, .max = 50};
static const struct shape lines = {SHAPE_LINES, .max = 1000};
static const struct shape letter = {SHAPE_LINES, .max = LETTER_MAX};
static const struct shape others = {SHAPE_LIST, .max = MAILING_SUBJECTS - 1, .item = &line};
static const struct shape page = {SHAPE_FORMAT, .max = WEBURL_MAX, .format = weburl_is_page};

#define MEMBERS(table) .members = (table), .count = sizeof(table) / sizeof(table)[0]
#define WORDS                                                                                      \
    {"subject", &line, true, false, NULL}, {"other_subjects", &others, false, false, "[]"},        \
        {"preview", &line, false, false, "\"\""}, {"tag_line", &line, false, false, "\"\""},       \
        {"headline", &line, false, false, "\"\""}, {"friend", &word, false, false, "\"\""},        \
        {"letter", &letter, true, false, NULL}, {                                                  \
        "signature", &lines, false, false, "\"\""                                                  \
    }

static const struct shape_member translation_members[] = {WORDS};
static const struct shape translation = {SHAPE_OBJECT, MEMBERS(translation_members)};
static const struct shape translations = {SHAPE_MAP, .max = 50, .format = language_tag_valid,
                                          .item = &translation};

static const struct shape_member mailing_members[] = {
    {"name", &name, true, false, NULL},
    {"petition", &slug, true, false, NULL},
    {"language", &language, true, false, NULL},
    {"sender", &line, false, false, "\"\""},
    {"office", &lines, false, false, "\"\""},
    {"facebook_url", &page, false, false, "\"\""},
    {"twitter_url", &page, false, false, "\"\""},
    WORDS,
    {"translations", &translations, false, false, "{}"},
};
static const struct shape mailing = {SHAPE_OBJECT, MEMBERS(mailing_members)};

/* --- head and body --- */

/* Where the object ends that begins here: its last bracket and one. 0: nowhere. */
static size_t head_length(struct text file) {
    size_t depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < file.len; i++) {
        char c = file.data[i];
        if (quoted) {
            quoted = c != '"';
            i += c == '\\';
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if ((c == '}' || c == ']') && --depth == 0) {
            return i + 1;
        } else if (depth == 0) {
            return 0;
        }
    }
    return 0;
}

/* What stands behind the head is the member `letter`; one that stands in it too is told. */
static void add_body(struct shape_check *check, json_t *root, struct text body) {
    if (body.len == 0) {
        return;
    }
    if (json_object_get(root, "letter")) {
        problems_add_at(check->problems, check->arena, text_of("/letter"), FIELD_DUPLICATE);
    }
    json_t *value = json_stringn(body.data, body.len);
    if (value) {
        json_object_set_new(root, "letter", value);
    } else {
        problems_add_at(check->problems, check->arena, text_of("/letter"), FIELD_FORMAT);
    }
}

static enum status check_file(struct text file, struct shape_check *check, struct text *json) {
    file = text_trim(file);
    size_t len = head_length(file);
    json_t *root = json_read_object(text_span(file.data, len));
    if (!root && !arena_failed(check->arena)) {
        check->problems->problem = file.len == 0 ? PROBLEM_EMPTY_BODY : PROBLEM_INVALID_JSON;
        return ST_INVALID;
    }
    if (root) {
        add_body(check, root, text_trim(text_span(file.data + len, file.len - len)));
    }
    json_t *object = root ? shape_check(check, &mailing, root, text_of("")) : NULL;
    if (object) {
        shape_check_translations(check, object);
    }
    if (arena_failed(check->arena)) {
        return ST_FAULT;
    }
    return object && check->problems->problem == PROBLEM_NONE
               ? json_store(object, JSON_MAX, check->arena, json)
               : ST_INVALID;
}

enum status mailing_file_check(struct text file, struct arena *arena, struct text *json,
                               struct problems *problems) {
    struct shape_check check = {arena, problems};
    problems->problem = PROBLEM_NONE;
    problems->count = 0;
    json_scope_enter(arena);
    enum status status = check_file(file, &check, json);
    json_scope_leave();
    return status;
}

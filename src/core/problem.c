#include "core/problem.h"

#include <string.h>

#include "base/utf8.h"

static const struct problem_kind kinds[PROBLEM_COUNT] = {
    [PROBLEM_NONE] = {NULL, NULL, 0},
    [PROBLEM_BAD_REQUEST] = {"bad_request", "The request makes no sense.", 400},
    [PROBLEM_EMPTY_BODY] = {"empty_body", "The request has no body.", 400},
    [PROBLEM_TRUNCATED] = {"truncated", "The body is not as long as announced.", 400},
    [PROBLEM_INVALID_JSON] = {"invalid_json", "The body is not one valid JSON object.", 400},
    [PROBLEM_BAD_QUERY] = {"bad_query", "A query parameter is unknown or wrong.", 400},
    [PROBLEM_ORIGIN] = {"origin_not_allowed", "This site may not sign this petition.", 403},
    [PROBLEM_NOT_FOUND] = {"not_found", "There is no such thing.", 404},
    [PROBLEM_INVALID_TOKEN] = {"invalid_token", "This link does not work, or no longer.", 404},
    [PROBLEM_METHOD] = {"method_not_allowed", "The method is not allowed here.", 405},
    [PROBLEM_PETITION_CHANGED] = {"petition_changed", "The text of the petition has changed.", 409},
    [PROBLEM_PETITION_CLOSED] = {"petition_closed", "The petition is closed.", 410},
    [PROBLEM_PETITION_WITHDRAWN] = {"petition_withdrawn", "The petition was withdrawn.", 410},
    [PROBLEM_BODY_TOO_LARGE] = {"body_too_large", "The body is too large.", 413},
    [PROBLEM_MEDIA_TYPE] = {"unsupported_media_type", "The body must be JSON in UTF-8.", 415},
    [PROBLEM_INVALID_FIELDS] = {"invalid_fields", "Some fields are not right.", 422},
    [PROBLEM_TOO_MANY_REQUESTS] = {"too_many_requests", "Too many requests. Try later.", 429},
    [PROBLEM_INTERNAL] = {"internal_error", "Something is wrong on our side.", 500},
    [PROBLEM_UNAVAILABLE] = {"unavailable", "The service is away. Try again soon.", 503},
};

static const struct field_problem_kind field_kinds[FIELD_PROBLEM_COUNT] = {
    [FIELD_REQUIRED] = {"required", "This field is required."},
    [FIELD_WRONG_TYPE] = {"wrong_type", "This field is of the wrong type."},
    [FIELD_EMPTY] = {"empty", "There is nothing in this field."},
    [FIELD_TOO_LONG] = {"too_long", "This field is too long."},
    [FIELD_CHARACTERS] = {"invalid_characters", "There is a character that cannot be taken."},
    [FIELD_URL] = {"contains_url", "A web address does not belong here."},
    [FIELD_EMAIL_INVALID] = {"invalid_email", "This is not an e-mail address that can be used."},
    [FIELD_COUNTRY] = {"unknown_country", "This is not an ISO 3166-1 country code."},
    [FIELD_REGION] = {"unknown_region", "This is not an ISO 3166-2 code of the country."},
    [FIELD_FORMAT] = {"invalid_format", "This field does not have the right form."},
    [FIELD_RANGE] = {"out_of_range", "This number is out of range."},
    [FIELD_UNKNOWN] = {"unknown_field", "This field is not asked for."},
    [FIELD_DUPLICATE] = {"duplicate", "This stands here for the second time."},
};

const struct problem_kind *problem_kind(enum problem problem) {
    size_t index = (size_t)problem;
    return &kinds[index < PROBLEM_COUNT ? index : PROBLEM_INTERNAL];
}

const struct field_problem_kind *field_problem_kind(enum field_problem problem) {
    size_t index = (size_t)problem;
    return &field_kinds[index < FIELD_PROBLEM_COUNT ? index : FIELD_FORMAT];
}

/* "~" and "/" take two bytes (RFC 6901). */
static size_t escape(char *out, struct text name) {
    size_t len = 0;
    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] == '~' || name.data[i] == '/') {
            out[len++] = '~';
            out[len++] = name.data[i] == '~' ? '0' : '1';
        } else {
            out[len++] = name.data[i];
        }
    }
    return len;
}

struct text problem_pointer(struct arena *arena, struct text parent, struct text name) {
    struct text kept = utf8_cut(name, PROBLEM_NAME_MAX);
    char *data = arena_alloc(arena, parent.len + 2 * kept.len + 2);
    if (!data) {
        return text_of("");
    }
    memcpy(data, parent.len > 0 ? parent.data : "", parent.len);
    data[parent.len] = '/';
    return text_span(data, parent.len + 1 + escape(data + parent.len + 1, kept));
}

static void add(struct problems *problems, struct text pointer, enum field_problem problem) {
    problems->problem = PROBLEM_INVALID_FIELDS;
    if (problems->count < PROBLEM_FIELDS_MAX) {
        problems->fields[problems->count++] = (struct problem_field){pointer, problem};
    }
}

void problems_add(struct problems *problems, struct arena *arena, struct text name,
                  enum field_problem problem) {
    bool kept = problems->count < PROBLEM_FIELDS_MAX;
    add(problems, kept ? problem_pointer(arena, text_of(""), name) : text_of(""), problem);
}

void problems_add_at(struct problems *problems, struct arena *arena, struct text pointer,
                     enum field_problem problem) {
    struct text copy = arena_copy(arena, pointer);
    add(problems, copy.data ? copy : text_of(""), problem);
}

#include "serve/body.h"

#include "serve/origin.h"

/* Only application/json, with no parameter but charset=utf-8: so a form of another site cannot send
 * it without asking first (CORS). A `;` may have nothing behind it (RFC 9110, 5.6.6). */
static bool is_json(struct text type) {
    struct text media = text_trim(text_cut(&type, ';'));
    if (!text_is_ignoring_case(media, "application/json"))
        return false;
    while (type.data) {
        struct text parameter = text_trim(text_cut(&type, ';'));
        if (parameter.len > 0 && !text_is_ignoring_case(parameter, "charset=utf-8") &&
            !text_is_ignoring_case(parameter, "charset=\"utf-8\""))
            return false;
    }
    return true;
}

static bool is_encoded(const struct request *request) {
    struct text encoding = request_param(request, "HTTP_CONTENT_ENCODING");
    return encoding.data && !text_is_ignoring_case(encoding, "identity");
}

enum problem body_read(struct request *request, struct text *body) {
    struct text length = request_param(request, "CONTENT_LENGTH");
    bool empty = !length.data || text_is(length, "0");
    /* Nothing is of no type. A form of another site is refused as a form, before its origin is. */
    if (!empty && (!is_json(request_param(request, "CONTENT_TYPE")) || is_encoded(request)))
        return PROBLEM_MEDIA_TYPE;
    if (!origin_may_write(request))
        return PROBLEM_ORIGIN;
    /* What is written takes no query: a parameter here is unknown, whatever it is. */
    if (request_param(request, "QUERY_STRING").data)
        return PROBLEM_BAD_QUERY;
    if (empty)
        return PROBLEM_EMPTY_BODY;
    enum status status = fcgi_body(request->fcgi, body);
    if (status == ST_LIMITED)
        return PROBLEM_BODY_TOO_LARGE;
    if (status == ST_INVALID)
        return PROBLEM_TRUNCATED;
    return status == ST_OK ? PROBLEM_NONE : PROBLEM_INTERNAL;
}

enum problem body_verdict(const struct request *request, enum status parsed) {
    if (parsed == ST_INVALID)
        return request->problems.problem;
    return parsed == ST_OK ? PROBLEM_NONE : PROBLEM_INTERNAL;
}

enum problem body_refuse(struct request *request, const char *field) {
    problems_add(&request->problems, fcgi_arena(request->fcgi), text_of(field), FIELD_FORMAT);
    return PROBLEM_INVALID_FIELDS;
}

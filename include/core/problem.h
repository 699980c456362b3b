/* problem: everything that can be wrong with a request, as one table each.
 *
 * A problem is the caller's fault and becomes an RFC 9457 answer; a field problem is one entry of
 * its `errors`. A value that somebody sent is never kept here: only codes, and names of fields. */
#ifndef CORE_PROBLEM_H
#define CORE_PROBLEM_H

#include "base/arena.h"
#include "base/text.h"

enum problem {
    PROBLEM_NONE,
    PROBLEM_BAD_REQUEST,   /* 400 bad_request: the request line or parameters make no sense */
    PROBLEM_EMPTY_BODY,    /* 400 empty_body */
    PROBLEM_TRUNCATED,     /* 400 truncated: body and CONTENT_LENGTH differ */
    PROBLEM_INVALID_JSON,  /* 400 invalid_json: syntax, UTF-8, duplicate keys, NUL, not an object */
    PROBLEM_BAD_QUERY,     /* 400 bad_query */
    PROBLEM_ORIGIN,        /* 403 origin_not_allowed */
    PROBLEM_NOT_FOUND,     /* 404 not_found */
    PROBLEM_INVALID_TOKEN, /* 404 invalid_token */
    PROBLEM_METHOD,        /* 405 method_not_allowed */
    PROBLEM_PETITION_CHANGED,   /* 409 petition_changed */
    PROBLEM_PETITION_CLOSED,    /* 410 petition_closed */
    PROBLEM_PETITION_WITHDRAWN, /* 410 petition_withdrawn */
    PROBLEM_BODY_TOO_LARGE,     /* 413 body_too_large */
    PROBLEM_MEDIA_TYPE,         /* 415 unsupported_media_type */
    PROBLEM_INVALID_FIELDS,     /* 422 invalid_fields */
    PROBLEM_TOO_MANY_REQUESTS,  /* 429 too_many_requests */
    PROBLEM_INTERNAL,           /* 500 internal_error */
    PROBLEM_UNAVAILABLE,        /* 503 unavailable */
    PROBLEM_COUNT
};

struct problem_kind {
    const char *code;  /* "invalid_fields" */
    const char *title; /* one short sentence for people */
    int status;        /* HTTP */
};

/* Static storage; PROBLEM_NONE gives a row of NULLs. */
const struct problem_kind *problem_kind(enum problem problem);

enum field_problem {
    FIELD_REQUIRED,      /* required */
    FIELD_WRONG_TYPE,    /* wrong_type */
    FIELD_EMPTY,         /* empty: nothing visible in it */
    FIELD_TOO_LONG,      /* too_long */
    FIELD_CHARACTERS,    /* invalid_characters: controls, bidi overrides, noncharacters ... */
    FIELD_URL,           /* contains_url */
    FIELD_EMAIL_INVALID, /* invalid_email */
    FIELD_COUNTRY,       /* unknown_country */
    FIELD_REGION,        /* unknown_region: not of that country, or without a country */
    FIELD_FORMAT,        /* invalid_format: source, referrer, locale, urls ... */
    FIELD_RANGE,         /* out_of_range */
    FIELD_UNKNOWN,       /* unknown_field: unknown, or not asked for */
    FIELD_DUPLICATE,     /* duplicate: in a list whose entries must differ */
    FIELD_PROBLEM_COUNT
};

struct field_problem_kind {
    const char *code;
    const char *detail; /* a sentence for people that repeats no value */
};

const struct field_problem_kind *field_problem_kind(enum field_problem problem);

enum { PROBLEM_FIELDS_MAX = 48 };

struct problem_field {
    struct text pointer; /* RFC 6901, "/email"; in the arena or static */
    enum field_problem problem;
};

/* What is wrong with one request: `problem`, and for INVALID_FIELDS every field's problem. */
struct problems {
    enum problem problem;
    size_t count; /* fields kept; further ones are dropped silently */
    struct problem_field fields[PROBLEM_FIELDS_MAX];
};

/* `parent` and one more token, for problems_add_at: ~ and / in the name are escaped, a name over 64
 * bytes is cut at a character. In the arena; "" (the whole document) when that is full. */
enum { PROBLEM_NAME_MAX = 64 };
struct text problem_pointer(struct arena *arena, struct text parent, struct text name);
/* Sets problem to INVALID_FIELDS and adds an entry for `/name`. `arena` holds the pointer. */
void problems_add(struct problems *problems, struct arena *arena, struct text name,
                  enum field_problem problem);
/* The same with a whole pointer, "/translations/es/title", which is copied. */
void problems_add_at(struct problems *problems, struct arena *arena, struct text pointer,
                     enum field_problem problem);

#endif

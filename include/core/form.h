/* form: the JSON of a caller becomes a struct, or every field's problem at once. */
#ifndef CORE_FORM_H
#define CORE_FORM_H

#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "core/address.h"
#include "core/problem.h"

/* Bits of a petition's `asked` and `required`; the order is that of the table of fields. */
enum form_field {
    FORM_EMAIL,
    FORM_GIVEN_NAME,
    FORM_FAMILY_NAME,
    FORM_COUNTRY,
    FORM_REGION,
    FORM_POSTAL_CODE,
    FORM_LOCALITY,
    FORM_COMMENT,
    FORM_ASKABLE, /* the ones above are the petition's to ask for; those below are always welcome */
    FORM_SHOW_NAME = FORM_ASKABLE,
    FORM_SUBSCRIBE,
    FORM_TEXT_VERSION,
    FORM_SOURCE,
    FORM_REFERRER,
    FORM_LOCALE,
    FORM_SIGNING, /* the ones above are a signature's; a correction has one more */
    FORM_TOKEN = FORM_SIGNING,
    FORM_FIELDS
};

struct form_fields {
    unsigned asked;    /* 1u << enum form_field; email and given_name always */
    unsigned required; /* a part of asked */
};

/* "given_name". Static. */
const char *form_field_name(enum form_field field);
/* -1: no such field. */
int form_field_find(struct text name);

/* Absent optional fields are the absent text. Texts point into the arena, trimmed. */
struct sign_form {
    struct address address;
    struct text given_name, family_name;
    struct text country, region, postal_code, locality, comment;
    struct text source, referrer, locale;
    bool show_name, subscribe;
    int64_t text_version; /* 0: not given */
    struct text token;    /* of a correction; whether it is a good one is not decided here */
};

/* Whether it may be a `source` or a `referrer`: [A-Za-z0-9_.-], 1 to 64. */
bool form_code_valid(struct text text);
/* INVALID: *problems says what (EMPTY_BODY, INVALID_JSON or INVALID_FIELDS); FAULT: out of memory.
 */
enum status form_parse_sign(struct text body, const struct form_fields *fields, struct arena *arena,
                            struct sign_form *out, struct problems *problems);
/* The same with `token` and `text_version`, which are required. */
enum status form_parse_correction(struct text body, const struct form_fields *fields,
                                  struct arena *arena, struct sign_form *out,
                                  struct problems *problems);
/* Who a letter's link is of: what stands in for what is typed. Absent texts: not known. */
struct form_reader {
    struct text email, given_name, family_name;
};

struct form_by_letter {
    const struct form_fields *fields;
    /* Whose link it is; false: nobody's. */
    bool (*open)(struct text token, struct form_reader *out, void *context);
    void *context;
};

/* The same by the link of a letter: a `token`, and what the petition asks for besides. FORBIDDEN:
 * `open` says that it is nobody's. */
enum status form_parse_by_letter(struct text body, const struct form_by_letter *how,
                                 struct arena *arena, struct sign_form *out,
                                 struct problems *problems);
/* {"token":"..."}: a string or 422. Whether it is a good token is not decided here. */
enum status form_parse_token(struct text body, struct arena *arena, struct text *token,
                             struct problems *problems);
enum { FORM_TOPICS_MAX = 100 };

/* Absent texts: not sent. */
struct settings_form {
    struct text token;
    struct text frequency;   /* one of every, weekly, monthly, never */
    struct text topics_json; /* the list as JSON, or the word null */
    struct text topics[FORM_TOPICS_MAX];
    size_t topics_count;
    /* An opt-in: the words that were agreed to, and who agrees. 0: none. */
    int64_t wording;
    struct text language;
    struct sign_form who; /* address, names, country, region, locale */
};

/* {"token":"...", "frequency":"...", "topics":["..."] or null}; only the token is required. With
 * "wording" comes "language", and who it is, as in a signing: "email" and "given_name" are required
 * then. What a topic may be, and which wordings there are, is not decided here. */
enum status form_parse_settings(struct text body, struct arena *arena, struct settings_form *out,
                                struct problems *problems);
/* {"letter":"...", "link":"..."}: strings, both required. Whether they are ones is not decided
 * here.
 */
struct form_opened {
    struct text letter, link;
};

enum status form_parse_opened(struct text body, struct arena *arena, struct form_opened *out,
                              struct problems *problems);
/* {"email":"..."} */
enum status form_parse_email(struct text body, struct arena *arena, struct address *out,
                             struct problems *problems);

#endif

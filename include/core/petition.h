/* petition: one petition as the public and the signing path know it. */
#ifndef CORE_PETITION_H
#define CORE_PETITION_H

#include <stdint.h>

#include "base/text.h"
#include "core/form.h"
#include "core/seal.h"

enum { PETITION_GOALS_MAX = 20 };

enum petition_state { PETITION_DRAFT, PETITION_OPEN, PETITION_CLOSED, PETITION_WITHDRAWN };

/* "open". Static. */
const char *petition_state_name(enum petition_state state);
bool petition_state_find(struct text name, enum petition_state *out);

struct petition_text {
    struct text language; /* BCP 47, "en" */
    struct text title, tag_line, addressee, salutation, letter;
    struct text letter_html, excerpt; /* made of the letter by core/markdown.h */
    struct text card;                 /* names the picture for previews of links; "": none */
    struct text *asks;
    size_t asks_count;
};

/* Immutable once in a snapshot; all memory is the snapshot's arena. */
struct petition {
    int32_t id;
    struct text slug;
    enum petition_state state;
    bool confirms_by_email;
    bool has_goal;
    int64_t goal;
    int64_t goals[PETITION_GOALS_MAX]; /* the organiser's own, ascending */
    size_t goals_count;
    int64_t count_minimum; /* below it, pages do not show the number */
    struct text image;     /* the organiser's for previews of links, a path of ours; "": none */
    int32_t text_version;
    int index_key;
    struct form_fields fields;
    struct text organization_name, organization_url, organization_privacy_url;
    struct text opened_at, closes_at; /* RFC 3339 or absent */
    int64_t closes_at_ms;             /* 0: none */
    struct text *tags;
    size_t tags_count;
    struct text *origins; /* allowed besides our own */
    size_t origins_count;
    struct petition_text *texts; /* [0] is the main language */
    size_t texts_count;
    struct recipients recipients; /* count 0: the configured ones */
};

/* The text to show: `lang` (may be absent) if there is one, else the best of Accept-Language (RFC
 * 9110 weights, RFC 4647 look-up; may be absent), else the main one. Never NULL. */
const struct petition_text *petition_text_choose(const struct petition *petition, struct text lang,
                                                 struct text accept_language);
/* Exact compare. */
bool petition_allows_origin(const struct petition *petition, struct text origin);

#endif

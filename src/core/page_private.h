/* page_private: what the files of core/page*.c share. */
#ifndef CORE_PAGE_PRIVATE_H
#define CORE_PAGE_PRIVATE_H

#include "base/arena.h"
#include "core/numeral.h"
#include "core/page.h"
#include "core/template.h"

/* The placeholders of all templates. */
enum page_value {
    /* HTML that the program has made */
    VALUE_ALTERNATES, /* links to the other languages, for search engines */
    VALUE_LANGUAGES,  /* links to the other languages, for people */
    VALUE_TAGS,
    VALUE_LETTER,
    VALUE_ASKS,
    VALUE_JSON_LD,
    VALUE_MARKUP, /* so many */
    /* texts */
    VALUE_LANGUAGE = VALUE_MARKUP,
    VALUE_DIRECTION, /* ltr or rtl */
    VALUE_LOCALE,    /* en_GB */
    VALUE_SLUG,
    VALUE_STATE,
    VALUE_OPEN,
    VALUE_CLOSED, /* there when it is not open */
    VALUE_TEXT_VERSION,
    VALUE_TITLE,
    VALUE_TAG_LINE,
    VALUE_DESCRIPTION,
    VALUE_ADDRESSEE,
    VALUE_SALUTATION,
    VALUE_CANONICAL,
    VALUE_IMAGE,
    VALUE_IMAGELESS, /* there when there is no image */
    VALUE_CARD,      /* there when the image is the one that the program made, 1200 x 630 */
    VALUE_ORGANIZATION_NAME,
    VALUE_ORGANIZATION_URL,
    VALUE_ORGANIZATION_PLAIN, /* the name, when it has no address */
    VALUE_PRIVACY_URL,
    VALUE_COUNT,
    VALUE_COUNT_WRITTEN, /* as the language writes it */
    VALUE_SIGNATURES,    /* the word beside it */
    VALUE_COUNT_HIDDEN,  /* there when it is not known, or under the petition's minimum */
    VALUE_GOAL,
    VALUE_GOAL_WORDS,
    VALUE_WORDS, /* the first of the words of a language */
};

/* In a template with say_ before. */
enum page_word {
    WORD_NAME, /* of the language, in itself */
    WORD_LANGUAGES,
    WORD_TO,
    WORD_GOAL,
    WORD_THOUSAND, /* core/numeral.h */
    WORD_BY,
    WORD_ASKS,
    WORD_SIGN_TITLE,
    WORD_SIGN,
    WORD_PRIVACY,
    WORD_OWN,
    WORD_CLOSED,
    WORD_NOSCRIPT,
    WORD_WITHDRAWN_TITLE,
    WORD_WITHDRAWN,
    WORD_ALL,
    WORDS
};

enum { VALUES = VALUE_WORDS + WORDS };

struct page_tongue {
    struct text language;
    struct text words[WORDS];
    struct text signatures[NUMERAL_FORMS];
    struct page_tongue *next;
};

struct pages {
    struct arena *arena;
    struct template *petition, *notice, *embed;
    struct page_tongue *tongues;
};

extern const char *const page_names[VALUES];

/* The nearest: es-MX, es, English. */
const struct page_tongue *page_tongue_find(const struct pages *pages, struct text language);

/* core/page_parts.c: pieces of HTML, added to `out`. */
void page_add_list(struct buffer *out, const struct text *items, size_t count);
void page_add_alternates(struct buffer *out, const struct page_facts *facts);
void page_add_languages(struct buffer *out, const struct pages *pages,
                        const struct page_facts *facts);
/* Where this text of the petition is found; the main one without a query. */
void page_add_url(struct buffer *out, const struct page_facts *facts,
                  const struct petition_text *text);
/* Whether the number is known, and not below what the organiser wants to show. */
bool page_tells_count(const struct page_facts *facts);
/* core/page_data.c: what search engines read, JSON-LD that can stand in a script element. */
void page_add_data(struct buffer *out, const struct page_facts *facts);

#endif

/* letter_private: what the files of core/letter share. */
#ifndef CORE_LETTER_PRIVATE_H
#define CORE_LETTER_PRIVATE_H

#include <stdint.h>

#include "core/letter.h"
#include "core/template.h"

/* The placeholders, in the order of letter_names. */
enum letter_value {
    VALUE_LANGUAGE,
    VALUE_DIRECTION, /* ltr or rtl */
    VALUE_START,     /* left or right */
    VALUE_SUBJECT,
    VALUE_PREVIEW,
    VALUE_TITLE,
    VALUE_ADDRESSEE,
    VALUE_ORGANIZATION_NAME,
    VALUE_GIVEN_NAME,
    VALUE_FAMILY_NAME,
    VALUE_SUBSCRIBE,
    VALUE_LIST_SUBJECT,
    VALUE_LIST_PREVIEW,
    VALUE_TAG_LINE,
    VALUE_SENDER,
    VALUE_FRIEND,
    VALUE_STRANGER, /* not empty where there is no friend */
    VALUE_TAGS,
    VALUE_LETTER, /* from here on blocks, */
    VALUE_ASKS,
    VALUE_SIGNATURE,
    VALUE_OFFICE, /* to here */
    VALUE_FIRST_LINK,
    VALUE_ORGANIZATION_URL = VALUE_FIRST_LINK,
    VALUE_PRIVACY_URL,
    VALUE_PETITION_URL,
    VALUE_CONFIRM_URL,
    VALUE_NOT_ME_URL,
    VALUE_ME_URL,
    VALUE_VIEW_URL,
    VALUE_UNSUBSCRIBE_URL,
    VALUE_SIGN_URL,
    VALUE_FACEBOOK_URL,
    VALUE_TWITTER_URL,
    VALUE_SHARE_URL,
    VALUE_SHARE_FACEBOOK_URL, /* in the order of letter_ways.c */
    VALUE_SHARE_X_URL,
    VALUE_SHARE_WHATSAPP_URL,
    VALUE_SHARE_EMAIL_URL,
    LETTER_VALUES
};

/* They go in as they are; alone on their line in a letter's file. */
#define LETTER_BLOCKS                                                                              \
    (UINT64_C(1) << VALUE_LETTER | UINT64_C(1) << VALUE_ASKS | UINT64_C(1) << VALUE_SIGNATURE |    \
     UINT64_C(1) << VALUE_OFFICE)

#define LETTER_APART                                                                               \
    (UINT64_C(1) << VALUE_GIVEN_NAME | UINT64_C(1) << VALUE_FAMILY_NAME |                          \
     UINT64_C(1) << VALUE_FRIEND)

#define LETTER_MADE                                                                                \
    (UINT64_C(1) << VALUE_SUBJECT | UINT64_C(1) << VALUE_PREVIEW |                                 \
     UINT64_C(1) << VALUE_LIST_SUBJECT | UINT64_C(1) << VALUE_LIST_PREVIEW)

extern const char *const letter_names[LETTER_VALUES];
/* These for template_parse. */
extern const struct template_names letter_placeholders;

struct letter_text {
    struct template *subject, *preview, *text, *html;
    struct text friend; /* of one to the list: letter_friend */
};

struct letter_tongue {
    struct text language;
    struct letter_text kinds[LETTER_KINDS + 1];
    struct letter_tongue *next;
};

/* The words for one petition; those for all have an empty slug and stand first. */
struct letter_set {
    struct text slug;
    struct letter_tongue *tongues;
    struct letter_set *next;
};

struct letters {
    struct arena *arena;
    struct letter_set *sets;
};

/* A file as it was found. */
struct letter_file {
    const char *path;
    struct text content;
};

/* Adds `text` wrapped. Never two empty lines, none at the ends: what stands in between may have
 * gone. */
void letter_wrap(struct buffer *out, struct text text);

/* --- ways to share --- */

enum { LETTER_WAYS = 4, LETTER_WAY_MAX = 8 * 1024 };

/* The address that hands `page` and title on by this way. False: it does not fit. */
bool letter_way_url(int way, struct text title, struct text page, char out[LETTER_WAY_MAX]);
/* "facebook": what the page's address says that it was shared by. */
const char *letter_way_name(int way);

/* --- values --- */

enum { LETTER_LINKS = 8, LETTER_URL_MAX = 1024 };

/* Secrets: the links are in it. */
struct letter_values {
    struct text all[LETTER_VALUES];
    char urls[LETTER_LINKS][LETTER_URL_MAX];
    char ways[LETTER_WAYS][LETTER_WAY_MAX];
};

/* Whether there is all that a letter of its kind cannot be without, and links can be made of it. */
bool letter_facts_valid(const struct letter_facts *facts);
/* All but subject, preview and blocks. Texts are the facts', or lie in `values`. */
void letter_values_set(struct letter_values *values, const struct letter_facts *facts,
                       struct text language);
/* The blocks of a letter to the list, in one of its forms. */
void letter_values_set_blocks(struct letter_values *values, const struct letter_list *list,
                              bool html);

/* --- words --- */

struct letter_tongue *letter_tongue_find(const struct letter_set *set, struct text language);

/* --- markup --- */

/* How a piece of a letter looks: parts of layout.html. */
enum letter_piece {
    PIECE_PAGE,
    PIECE_PARAGRAPH,
    PIECE_TITLE,
    PIECE_UNDER,
    PIECE_BUTTON,
    PIECE_SMALL,
    PIECE_LINK,
    LETTER_PIECES
};

struct letter_layout {
    struct text pieces[LETTER_PIECES];
};

enum status letter_layout_parse(const struct letter_file *file, struct arena *arena,
                                struct letter_layout *out, struct source_fault *fault);
struct letter_source {
    enum letter_kind kind;
    const struct letter_file *letter, *foot;
    const struct letter_layout *layout;
};

/* Checks a letter and its foot, and makes the templates of both forms. */
enum status letter_markup(const struct letter_source *source, struct arena *arena,
                          struct letter_text *out, struct source_fault *fault);

#endif

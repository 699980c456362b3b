/* letter: from the facts of a letter to its subject, text and HTML.
 *
 * Words are files (src/mail/README.md): LANGUAGE/KIND.txt and LANGUAGE/foot.txt, one layout.html
 * for all. Whoever wants other words has a folder of their own that is searched first, and in it
 * petitions/SLUG/ for one petition. All files are read and checked when the letters are opened, so
 * that nothing is missing on the day when it is wanted. Read-only afterwards, by any thread. */
#ifndef CORE_LETTER_H
#define CORE_LETTER_H

#include "base/source.h"
#include "base/status.h"
#include "base/text.h"

/* As in the column letter.kind. */
enum letter_kind {
    LETTER_CONFIRM = 1,  /* asks for the click */
    LETTER_THANKS = 2,   /* counted at once */
    LETTER_ALREADY = 3,  /* has signed before */
    LETTER_REMINDER = 4, /* asks for the click once more */
    LETTER_PAGE = 5,     /* the link to the signer's own page */
    LETTER_LIST = 6      /* to the list: its own words stand in it (core/mailing.h) */
};

/* Mail programs cut a letter off behind 100 kB. */
enum { LETTER_KINDS = 6, LETTER_HTML_MAX = 30 * 1024, LETTER_LIST_HTML_MAX = 100 * 1024 };

/* One of the blocks of a letter to the list, made by the program in both forms. */
struct letter_block {
    struct text html, text;
};

/* What a letter to the list says itself, with this reader's name in it. */
struct letter_list {
    struct text name; /* of the mailing, a slug */
    struct text subject, preview, tag_line, sender, friend, tags;
    struct letter_block letter, asks, signature, office;
    struct text facebook_url, twitter_url;
    struct text sign_token; /* behind the # of the page's address; absent: none */
    bool counted;           /* links say which they are: `link=` and a word of letter_link_known */
};

/* Absent texts are fine but for base_url, slug, title, and what links end with. The token of a
 * letter to the list is core/mailing.h's, and what it is left with as well. */
struct letter_facts {
    enum letter_kind kind;
    bool view; /* as anybody may read it in a browser: no token, links lead to the plain pages */
    struct text language; /* BCP 47; the nearest language that there is will be used */
    struct text base_url, slug, title, addressee;
    struct text organization_name, organization_url, privacy_url;
    struct text given_name, family_name;
    struct text subscribe; /* what they ticked to get news, in full; absent: they did not */
    struct text token;     /* only in links, behind the # */
    struct text own_key;   /* opens the own row in the browser; behind the # too */
    struct text leave;     /* of /u/..., and good for nothing else; absent in letters that ask */
    const struct letter_list *list; /* of LETTER_LIST, which is nothing without */
};

/* Secrets: the links are in it. */
struct letter_rendered {
    struct buffer subject, text, html;
    struct buffer sender; /* or the organization, as one clean line, for From */
    struct text language; /* that was used; lives as long as the letters */
};

struct letters;

/* `shipped`: the folder that comes with the program. `own`: the folder that is searched first, or
 * NULL. INVALID or NOT_FOUND: a file is missing or wrong, and fault says which, with its line;
 * FAULT: out of memory. */
enum status letters_open(const char *shipped, const char *own, struct letters **out,
                         struct source_fault *fault);
void letters_free(struct letters **letters);

/* Frees with letter_rendered_done. INVALID: a fact that a link is made of is none; FAULT: out of
 * memory, or larger than a letter may be. */
enum status letter_render(const struct letters *letters, const struct letter_facts *facts,
                          struct letter_rendered *out);
/* Wipes and frees. */
void letter_rendered_done(struct letter_rendered *rendered);

/* What letters to the list call a reader whose given name is not known, where they do not say it
 * themselves: `Friend:` of list.txt; absent: nothing. Lives as long as the letters. */
struct text letter_friend(const struct letters *letters, struct text slug, struct text language);

/* "confirm"; NULL: no kind. */
const char *letter_kind_name(enum letter_kind kind);
/* 0: there is none of that name that is made of words alone, as all but LETTER_LIST are. */
enum letter_kind letter_kind_find(struct text name);
/* What a page may say by which link of a letter to the list somebody came. */
bool letter_link_known(struct text word);
/* Asks for a click: such a letter offers no unsubscribing. */
bool letter_asks(enum letter_kind kind);

#endif

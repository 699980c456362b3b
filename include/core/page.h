/* page: the petition's page as whole HTML, from the petition and files.
 *
 * The folder of the pages holds petition.html, notice.html and embed.html, templates
 * (core/template.h) with the names of core/page.c, and lang/LANGUAGE.json, the catalogues of the
 * pages' scripts. They are read and checked when they are opened, so that nothing is missing on the
 * day when it is wanted. Read-only afterwards, by any thread. A further language is a further file;
 * a language without one, and a word that is missing in one, is English. */
#ifndef CORE_PAGE_H
#define CORE_PAGE_H

#include "base/source.h"
#include "base/status.h"
#include "core/petition.h"

enum { PAGE_MAX = 4 * 1024 * 1024 };

struct page_facts {
    const struct petition *petition;
    const struct petition_text *text; /* one of its texts */
    enum petition_state state;        /* as of now */
    bool counted;                     /* the number is known */
    int64_t count;
    struct text base_url;
};

struct pages;

/* INVALID or NOT_FOUND: a file is missing or wrong, and fault says which; FAULT: out of memory. */
enum status pages_open(const char *folder, struct pages **out, struct source_fault *fault);
void pages_free(struct pages **pages);

/* Adds the page to `out` (limit it to PAGE_MAX), whose `failed` tells the rest. */
void page_render(const struct pages *pages, const struct page_facts *facts, struct buffer *out);
/* Instead of a petition that is withdrawn: that it is. Of the facts only petition and text are
 * looked at. */
void page_render_withdrawn(const struct pages *pages, const struct page_facts *facts,
                           struct buffer *out);
/* The page of the form in a frame, in the petition's main language. */
void page_render_embed(const struct pages *pages, const struct petition *petition,
                       struct buffer *out);
/* The next number to reach, always more than `count`: the first of the organiser's goals that is,
 * else the petition's goal, else a round number (100, 200, 500, 1000, ...). */
int64_t page_goal(const struct petition *petition, int64_t count);

#endif

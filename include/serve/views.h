/* views: the words and templates of what people read in the browser, as snapshots share them.
 *
 * Read-only once opened; a reload opens new ones, and the old ones go with the last snapshot that
 * holds them. What cannot be read is NULL, and nobody can read what it is for. */
#ifndef SERVE_VIEWS_H
#define SERVE_VIEWS_H

#include "core/letter.h"
#include "core/page.h"
#include "core/settings.h"

struct views;

enum views_kind { VIEWS_LETTERS, VIEWS_PAGES, VIEWS };

/* Puts each kind that can be read in the place of what is there, which it releases. Says on the log
 * what is wrong with others. */
void views_open_all(const struct settings *settings, struct views *views[VIEWS]);
/* One more reference of each to `out`. Any thread. */
void views_keep_all(struct views *const views[VIEWS], struct views *out[VIEWS]);
/* Any thread. */
void views_release_all(struct views *views[VIEWS]);
/* As long as the reference is held; of the kind that it is. */
const struct letters *views_letters(const struct views *views);
const struct pages *views_pages(const struct views *views);

#endif

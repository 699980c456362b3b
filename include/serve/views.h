/* views: the words of letters that are read in the browser, as snapshots share them.
 *
 * Read-only once opened; a reload opens new ones, and the old ones go with the last snapshot that
 * holds them. */
#ifndef SERVE_VIEWS_H
#define SERVE_VIEWS_H

#include "core/letter.h"
#include "core/settings.h"

struct views;

/* With one reference. NULL: they cannot be read; it has said on the log why. */
struct views *views_open(const struct settings *settings);
/* NULL keeps and releases nothing. Any thread. */
struct views *views_keep(struct views *views);
void views_release(struct views **views);
/* As long as the reference is held. */
const struct letters *views_letters(const struct views *views);

#endif

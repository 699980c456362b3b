/* wording: the words beside the box "send me news", which whoever ticks it agrees to.
 *
 * Proof of an opt-in is what was said, so each version stays as it is for ever: other words are a
 * new version. Each begins with the organisation's name. The page and the letter show the text, the
 * row that proves it keeps the version and the language. */
#ifndef CORE_WORDING_H
#define CORE_WORDING_H

#include "base/status.h"
#include "base/text.h"

enum { WORDING_VERSION = 1 }; /* what is asked with today */

struct wording {
    int version;
    const char *language; /* BCP 47 */
    const char *words;
};

/* In the language itself (es-MX), else its main one (es), else English. NULL: no such version.
 * Static. */
const struct wording *wording_find(int version, struct text language);
/* "Buses for All: Yes, ..." as one clean line; `out->failed` tells the rest. An organisation
 * without a name is left out. */
void wording_add(struct buffer *out, const struct wording *wording, struct text organization);

#endif

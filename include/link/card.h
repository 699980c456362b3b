/* card: a picture of 1200 x 630 for previews of links, drawn of a few lines of text.
 *
 * Pango lays the text out, so every script that a font of this machine has is joined and ordered as
 * it should be. Texts are words and never mark-up; what is too long is made smaller, then cut with
 * an ellipsis. Not for the worker: it would bring half a desktop with it. */
#ifndef LINK_CARD_H
#define LINK_CARD_H

#include <stdint.h>

#include "base/status.h"
#include "base/text.h"

/* What those who show previews ask for; a card of these texts takes some 40 kB. */
enum { CARD_WIDTH = 1200, CARD_HEIGHT = 630, CARD_MAX = 512 * 1024 };

struct card {
    const char *language; /* BCP 47: chooses among the forms of letters */
    bool right_to_left;
    struct text tag_line, title, organization, host; /* UTF-8; all but the title may be empty */
    int64_t number; /* of who have signed, on the line to sign on; 0: none is shown */
};

/* Adds a PNG to `png` (limit it to CARD_MAX). NOT_FOUND: there is no font on this machine; FAULT:
 * out of memory. One thread. */
enum status card_draw(const struct card *card, struct buffer *png);

#endif

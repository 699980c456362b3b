/* cards: the pictures for previews of links that belong to a petition's texts. */
#ifndef CTL_CARDS_H
#define CTL_CARDS_H

#include "ctl/context.h"

/* Puts a `card` (link/card.h, base64) beside each title in the JSON for the database; into none
 * where the petition has an image of its own, or this machine no font, which it says. Wants the
 * settings. AWAY: out of memory, said on stderr. */
enum outcome cards_add(struct context *context, struct text *json);

#endif

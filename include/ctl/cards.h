/* cards: the pictures for previews of links that belong to a petition's texts. */
#ifndef CTL_CARDS_H
#define CTL_CARDS_H

#include "ctl/context.h"

#define CARDS_NO_FONT                                                                              \
    "no font is installed here, so previews of the petition's link show no picture "               \
    "(fonts-dejavu-core is enough)"

/* Puts a `card` (link/card.h, base64) beside each title in the JSON for the database; into none
 * where the petition has an image of its own, or this machine no font, which it says. Wants the
 * settings. AWAY: out of memory, said on stderr. */
enum outcome cards_add(struct context *context, struct text *json);
/* The number on a picture: what has been reached of the organiser's goals, or of 100, 200, 500,
 * 1000 and so on; 0: nothing yet, or less than may be shown. It stays true for as long as somebody
 * shows the picture. */
int64_t cards_number(const int64_t *goals, size_t goals_count, int64_t minimum, int64_t count);
/* The name under the line to sign on: "sign.example.org" of "https://sign.example.org". */
struct text cards_host(const char *base_url);

#endif

/* mailing_watch: how a letter to the list is watched while it goes: the pause between two looks,
 * and the bar. */
#ifndef CTL_MAILING_WATCH_H
#define CTL_MAILING_WATCH_H

#include <stdint.h>

enum { MAILING_WATCH_BAR = 40 };

/* After a look that took so long. A look at a large list counts all who wait, so it is asked for no
 * more than a tenth of the time; but somebody is watching, so the pause never grows beyond two
 * seconds. */
int64_t mailing_watch_pause_ms(int64_t took_ms);
/* `left` of `audience` wait. */
void mailing_watch_bar(int64_t left, int64_t audience, char out[MAILING_WATCH_BAR + 1]);

#endif

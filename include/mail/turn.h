/* turn: whose turn it is. Letters of the outbox go before letters to the list, and find a
 * connection and a place at their domain that none to the list may take. */
#ifndef MAIL_TURN_H
#define MAIL_TURN_H

#include "core/settings.h"
#include "store/outbox.h"

bool turn_is_list(const struct outbox_letter *letter);
/* Of `most` places, how many may be taken by letters of this one's sort; never none. */
int turn_most(const struct outbox_letter *letter, int most);
/* How many of this one's sort may be on their way to one domain, and wait in hand for it: letters
 * of the outbox all, of the list a few, so that those of other domains find a place. */
int turn_to_domain(const struct outbox_letter *letter, const struct settings *settings);
int turn_in_hand(const struct outbox_letter *letter, const struct settings *settings);
/* Puts a letter into a line (NULL: empty) behind those of its sort. */
void turn_add(struct outbox_letter **line, struct outbox_letter *letter);

#endif

/* oneline: words that somebody typed, as they may stand in one line of a letter or of a header.
 *
 * Forms refuse most of this when it is typed; a letter relies on nobody. White space of any kind
 * and controls become one space, none at the ends; what is invisible or turns the direction of
 * writing is left out (joiners and selectors of emoji stay); bytes that are no UTF-8 become
 * U+FFFD. */
#ifndef CORE_ONELINE_H
#define CORE_ONELINE_H

#include "base/text.h"

/* Characters of a value in a letter: a web address and what a letter puts behind it are the
 * longest.
 */
enum { ONELINE_MAX = 2400 };

/* Adds `typed` cleaned; behind `max` characters an ellipsis stands for the rest. */
void oneline_add(struct buffer *out, struct text typed, size_t max);
/* The same for words that a template has made: the marks that it put around a name stay. */
void oneline_add_made(struct buffer *out, struct text made, size_t max);

#endif

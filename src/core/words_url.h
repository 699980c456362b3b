/* words_url: whether there is a web address in a name. Guesses: a dot between words is common in
 * names ("J.R. Smith", "St.Clair"), so a bare domain counts only with a well-known ending. */
#ifndef CORE_WORDS_URL_H
#define CORE_WORDS_URL_H

#include "base/text.h"

bool words_has_url(struct text text);

#endif

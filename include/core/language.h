/* language: the shape of a BCP 47 tag. Whether there is such a language is not asked. */
#ifndef CORE_LANGUAGE_H
#define CORE_LANGUAGE_H

#include "base/text.h"

enum { LANGUAGE_MAX = 35, LANGUAGES_SHIPPED = 6 };

/* The languages of our letters and pages: no file of them may be missing. */
extern const char *const language_shipped[LANGUAGES_SHIPPED];

/* The grammar of RFC 5646, 2.1, with what was registered before it, and no extension twice; <= 35
 * bytes. */
bool language_tag_valid(struct text tag);
/* Whether it is written from right to left, by its first subtag. */
bool language_is_right_to_left(struct text tag);

#endif

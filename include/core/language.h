/* language: the shape of a BCP 47 tag. Whether there is such a language is not asked. */
#ifndef CORE_LANGUAGE_H
#define CORE_LANGUAGE_H

#include "base/text.h"

enum { LANGUAGE_MAX = 35, LANGUAGES_SHIPPED = 6 };

/* The languages of our letters and pages: no file of them may be missing. */
extern const char *const language_shipped[LANGUAGES_SHIPPED];

/* Subtags of 1-8 letters and digits with hyphens between, the first of at least two letters, the
 * last of at least two characters; <= 35 bytes. */
bool language_tag_valid(struct text tag);
/* Whether it is written from right to left, by its first subtag. */
bool language_is_right_to_left(struct text tag);

#endif

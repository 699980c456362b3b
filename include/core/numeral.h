/* numeral: a number as a language writes it, and which form of a word stands beside it.
 *
 * The forms are those of CLDR, which the browsers' Intl.PluralRules chooses too. The rules are here
 * for the languages that are shipped; of any other 1 has the form `one`, and all else `other`. */
#ifndef CORE_NUMERAL_H
#define CORE_NUMERAL_H

#include <stdint.h>

#include "base/text.h"

enum numeral_form {
    NUMERAL_ZERO,
    NUMERAL_ONE,
    NUMERAL_TWO,
    NUMERAL_FEW,
    NUMERAL_MANY,
    NUMERAL_OTHER,
    NUMERAL_FORMS
};

extern const char *const numeral_names[NUMERAL_FORMS];

/* By the first subtag of the language, for n >= 0. */
enum numeral_form numeral_choose(struct text language, int64_t n);
/* `first` is the first number that the language sets marks in, such as 1,000 or 10.000; one without
 * a mark means none. */
void numeral_add(struct buffer *out, int64_t n, struct text first);

#endif

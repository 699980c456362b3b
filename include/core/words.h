/* words: what people type into one-line fields and comments.
 *
 * Refuses controls, bidi overrides and isolates (U+202A-202E, U+2066-2069), zero-width and other
 * invisible format characters (ZWJ/ZWNJ are fine in scripts that join and in emoji), noncharacters,
 * private use, U+FEFF, U+2028/2029, more than 4 combining marks on one base, and URLs in names.
 * Trims white space at both ends once; what is inside stays as typed. Counts characters as code
 * points; byte limit is four times that. Unicode properties come from libunistring. */
#ifndef CORE_WORDS_H
#define CORE_WORDS_H

#include "base/text.h"
#include "core/problem.h"

struct words_rule {
    size_t max; /* characters */
    bool lines; /* \n (also \r\n and tab) allowed: comments */
    bool urls;  /* URLs allowed */
};

/* Valid UTF-8 is the JSON parser's promise and checked again. True: *out is the trimmed view.
 * False: *problem says why (EMPTY when nothing visible is left). */
bool words_check(struct text typed, const struct words_rule *rule, struct text *out,
                 enum field_problem *problem);
size_t words_characters(struct text text);

#endif

/* utf8: strict reading of UTF-8 (RFC 3629): no overlong forms, surrogates or more than U+10FFFF. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdint.h>

#include "base/text.h"

enum { UTF8_BAD = -1, UTF8_END = -2 };

/* The next code point, cut off *rest; UTF8_BAD cuts off one byte; UTF8_END when nothing is left. */
int32_t utf8_next(struct text *rest);
/* The absent text is valid. */
bool utf8_valid(struct text text);
/* As many whole characters from its beginning as `most` bytes hold; what is no character counts as
 * one of a byte. */
struct text utf8_cut(struct text text, size_t most);

#endif

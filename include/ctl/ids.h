/* ids: numbers of signatures, from an option or a file. */
#ifndef CTL_IDS_H
#define CTL_IDS_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"

struct ids {
    int64_t *items; /* in the arena */
    int64_t *tags;  /* of each what stands behind its colon; 0: nothing */
    size_t count;
};

/* Numbers from 1 on, separated by `separator` (',' or '\n'); between commas each may have a colon
 * and a second number behind it. Spaces, empty pieces and, between lines, `#` comments are passed
 * over. INVALID: *bad gets which piece, from 1, is none; 0: there is
 * none at all. FAULT: out of memory. */
enum status ids_parse(struct text text, char separator, struct arena *arena, struct ids *out,
                      size_t *bad);

#endif

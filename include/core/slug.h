/* slug: the public name of a petition, `[a-z0-9](-?[a-z0-9])*`, 1-64 bytes. */
#ifndef CORE_SLUG_H
#define CORE_SLUG_H

#include "base/text.h"

enum { SLUG_MAX = 64 };

bool slug_valid(struct text slug);

#endif

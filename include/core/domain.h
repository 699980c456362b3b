/* domain: the domain of a mail address in A-labels.
 *
 * IDNA2008 with libidn2 (non-transitional, STD3 rules). Plain ASCII never reaches the library. */
#ifndef CORE_DOMAIN_H
#define CORE_DOMAIN_H

#include "base/status.h"
#include "base/text.h"

enum { DOMAIN_MAX = 253 };

/* At least two labels of letters, digits and hyphens, <= 63 bytes each, the last one not a number;
 * all lower case. INVALID: not a domain, scripts mixed in one label, or an xn-- label that is not
 * how its name is written; FAULT: out of memory. */
enum status domain_parse(struct text typed, char out[DOMAIN_MAX + 1]);

#endif

/* place: ISO 3166 codes, from Debian's iso-codes at build time. */
#ifndef CORE_PLACE_H
#define CORE_PLACE_H

#include "base/text.h"

/* "US": upper case, as ISO writes it. */
bool place_country_known(struct text code);
/* "US-CA", and of that country. */
bool place_region_known(struct text country, struct text region);

#endif

/* own_json: what is held for a signer, as the signer's page reads it. */
#ifndef SERVE_OWN_JSON_H
#define SERVE_OWN_JSON_H

#include <jansson.h>

#include "store/own.h"

/* {petition, state, signed_at, confirmed_at, text_version, shown, erasure, sealed, bound,
 * subscription}: `erasure` says what erasing does to the count (keep_number, lower_number);
 * `sealed` and what it is bound to are base64, for who has the key out of the letter's link. Takes
 * `news` (serve/news_json). NULL: out of memory. */
json_t *own_json(const struct own_row *row, json_t *news);

#endif

/* tokens: requests that a letter's link makes. */
#ifndef SERVE_TOKENS_H
#define SERVE_TOKENS_H

#include "serve/request.h"

/* Hands a request on to the committer, counted against its caller; `key` is where the row of this
 * kind has the token's. Answers where that is not possible. */
void tokens_hand_on(struct request *request, enum write_kind kind, struct text token,
                    struct token_key *key);

#endif

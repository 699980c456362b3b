/* token: what a letter's link carries. 2 bytes of bucket, 32 random bytes and 4 bits of moment, 46
 * characters of base64url.
 *
 * Bucket (the minute of making, modulo 65536) and moment (which fifteenth of it, from 1) are no
 * secret: they stand first in the index on letters, so that new rows fall side by side in it
 * instead of all over it. The database keeps the bucket and a hash: the moment as a byte, then the
 * first 31 bytes of SHA-256 of the 34. Links of earlier letters have moment 0 and are found by
 * their SHA-256. */
#ifndef CORE_TOKEN_H
#define CORE_TOKEN_H

#include <stdint.h>

#include "base/text.h"

enum { TOKEN_BYTES = 34, TOKEN_TEXT = 46, TOKEN_HASH = 32 };
/* With the own key (core/blind.h) behind it, as it stands behind the # of a link. */
enum { TOKEN_LINK = TOKEN_TEXT + 43 };

struct token_key {
    int32_t bucket; /* 0-65535 */
    uint8_t hash[TOKEN_HASH];
};

/* A fresh one. `text` is a secret: wipe it. `now_ms` is PostgreSQL's, by which the mailers look for
 * new letters: one whose minute is another's they find only in the slow lap over all of them. */
void token_new(char text[TOKEN_TEXT + 1], struct token_key *key, int64_t now_ms);
/* False: it cannot be one of ours (length, alphabet, spelling). All that stands behind the # of a
 * link is taken for its token, so that who copies it need not know where the token ends; the own
 * key is not looked at. */
bool token_parse(struct text text, struct token_key *key);

#endif

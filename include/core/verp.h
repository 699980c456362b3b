/* verp: addresses of ours that say which letter is meant, and nothing about whom it went to.
 *
 * `bounce+KEY@domain` is the envelope's sender, `unsubscribe+KEY@domain` takes the mail of a client
 * that unsubscribes, and so does a POST to /u/KEY. KEY is the letter's bucket and the first 16
 * bytes of its token's hash in base32 (RFC 4648, lower case, no padding): enough to find the
 * letter, too much to guess, and no way back to the token. */
#ifndef CORE_VERP_H
#define CORE_VERP_H

#include <stdint.h>

#include "base/text.h"

/* 18 bytes are 144 bits, 29 characters. */
enum { VERP_HASH = 16, VERP_KEY_TEXT = 29, VERP_DOMAIN_MAX = 253 };
/* With the NUL. */
enum { VERP_MAX = 11 + 1 + VERP_KEY_TEXT + 1 + VERP_DOMAIN_MAX + 1 };

enum verp_role { VERP_BOUNCE, VERP_UNSUBSCRIBE };

struct verp_key {
    int32_t bucket; /* 0-65535 */
    uint8_t hash[VERP_HASH];
};

/* `hash`: of the token, 32 bytes. False: the domain is too long, or the bucket out of range. */
bool verp_write(enum verp_role role, int32_t bucket, const uint8_t hash[32], struct text domain,
                char out[VERP_MAX]);
/* Reads such an address at any domain, in any case of letters; angle brackets around it are fine.
 * False: it is none, and nothing is touched. */
bool verp_read(struct text address, enum verp_role *role, struct verp_key *key);
/* The next such address in a line of words, such as a mail server's log; `line` becomes what stands
 * behind it. False: there is none any more. */
bool verp_find(struct text *line, enum verp_role *role, struct verp_key *key);
/* The key alone as in the address, with a NUL; and back. False: it is none. */
void verp_key_text(const struct verp_key *key, char out[VERP_KEY_TEXT + 1]);
bool verp_key_parse(struct text text, struct verp_key *key);

#endif

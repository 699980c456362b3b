/* blind: keyed hashes that find duplicates and limit callers without keeping who they are.
 *
 * Keyed BLAKE2b (libsodium crypto_generichash), 16 bytes out, one domain byte per use. A database
 * without the key reveals nobody; a process that holds the key can test an address, and no more. */
#ifndef CORE_BLIND_H
#define CORE_BLIND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "base/text.h"

enum { BLIND_SIZE = 16, BLIND_OWN_SIZE = 32, BLIND_KEY_SIZE = 32, BLIND_KEYS_MAX = 16 };

struct blind_keys; /* in guarded memory; read-only after parsing, any thread */

/* Lines `NUMBER BASE64`, NUMBER 1-32767, `#` comments. INVALID: *line says which (0: the file is
 * empty). Free with blind_keys_free. */
enum status blind_keys_parse(struct text file, struct blind_keys **out, size_t *line);
void blind_keys_free(struct blind_keys **keys);
/* The highest number: what new petitions get. */
int blind_keys_newest(const struct blind_keys *keys);
bool blind_keys_have(const struct blind_keys *keys, int number);

/* NOT_FOUND: no key of that number. */
enum status blind_email(const struct blind_keys *keys, int number, int32_t petition,
                        const char *canonical, uint8_t out[BLIND_SIZE]);
/* The key with which the holder of the address opens the own row (core/seal); a secret: wipe it.
 * NOT_FOUND: no key of that number. */
enum status blind_own(const struct blind_keys *keys, int number, int32_t petition,
                      const char *canonical, uint8_t out[BLIND_OWN_SIZE]);
/* The same address over all petitions, for letter limits; under the lowest key, so that it is
 * stable. */
void blind_mailbox(const struct blind_keys *keys, const char *canonical, uint8_t out[BLIND_SIZE]);
/* Who brought a signature, of a petition: never 0. NOT_FOUND: no key of that number. */
enum status blind_referrer(const struct blind_keys *keys, int number, int32_t petition,
                           struct text referrer, int64_t *out);
/* The key of links in letters to the list (core/pass.h), under the lowest key; a secret: wipe it.
 */
void blind_links(const struct blind_keys *keys, uint8_t out[BLIND_OWN_SIZE]);
/* A caller's network prefix, for limits. */
void blind_caller(const struct blind_keys *keys, const uint8_t *prefix, size_t len,
                  uint8_t out[BLIND_SIZE]);

#endif

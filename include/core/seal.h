/* seal: envelope encryption that this process cannot undo once the epoch is over.
 *
 * An epoch key is random, lives for minutes, and is stored sealed (X25519 sealed box) to each
 * recipient's public key; rows are sealed under it with XChaCha20-Poly1305, a random nonce each.
 * Opening lives in core/unseal, which the worker does not link. */
#ifndef CORE_SEAL_H
#define CORE_SEAL_H

#include <stdint.h>

#include "base/status.h"
#include "base/text.h"
#include "core/blind.h"

enum {
    SEAL_PUBLIC_KEY = 32,
    SEAL_EPOCH_KEY = 32,
    SEAL_EPOCH_BOX = 80, /* crypto_box_SEALBYTES + 32 */
    SEAL_ROW_KEY = 32,
    SEAL_OVERHEAD = 41,     /* format byte, nonce 24, tag 16 */
    SEAL_OWN_OVERHEAD = 73, /* and the slot of the signer's own key, 32 */
    SEAL_BOUND = 62,        /* at most */
    SEAL_RECIPIENTS_MAX = 8
};

enum seal_purpose { SEAL_SIGNER = 1, SEAL_LETTER = 2, SEAL_SUBSCRIBER = 3 };

struct recipients {
    size_t count;
    uint8_t keys[SEAL_RECIPIENTS_MAX][SEAL_PUBLIC_KEY];
};

/* Lines of base64, `#` comments. INVALID: *line says which (0: none in it). Refuses all-zero and
 * low-order keys, a key twice, and a file that holds a secret key (its line starts with the word
 * `secret` or `sealed`): then FORBIDDEN. */
enum status recipients_parse(struct text file, struct recipients *out, size_t *line);
bool recipients_have(const struct recipients *recipients, const uint8_t key[SEAL_PUBLIC_KEY]);
bool recipients_equal(const struct recipients *a, const struct recipients *b);
/* Whether something can be sealed to it. */
bool recipients_key_usable(const uint8_t key[SEAL_PUBLIC_KEY]);

/* A single key for who has the first recipient's. INVALID: there is none, or nothing can be sealed
 * to it. core/unseal opens it. */
enum status seal_one_key(const uint8_t key[SEAL_EPOCH_KEY], const struct recipients *recipients,
                         uint8_t box[SEAL_EPOCH_BOX]);

struct epoch; /* key in guarded memory; immutable, any thread */

/* A new random key and id (63 bits, > 0). `boxes` gets one sealed copy per recipient, in their
 * order. INVALID: no recipients, or one that nothing can be sealed to. */
enum status epoch_new(enum seal_purpose purpose, const struct recipients *recipients,
                      struct epoch **out, uint8_t boxes[][SEAL_EPOCH_BOX]);
void epoch_free(struct epoch **epoch);
int64_t epoch_id(const struct epoch *epoch);

/* What a sealed row is bound to: a row moved to another place does not open. */
struct seal_context {
    int32_t petition;
    const uint8_t *email_hash; /* BLIND_SIZE bytes */
};

/* out: plain_len + SEAL_OVERHEAD bytes. */
enum status seal_row(const struct epoch *epoch, const struct seal_context *context,
                     const uint8_t *plain, size_t plain_len, uint8_t *out);
/* The same for a row that its signer may open too, in the browser (nginx/site/assets/own.js):
 * sealed under a key of its own, which lies in the row masked by what `own_key` (core/blind's
 * blind_own, SEAL_ROW_KEY bytes) and the nonce make. Any number of rows may have one own key. out:
 * plain_len + SEAL_OWN_OVERHEAD bytes. */
enum status seal_own_row(const struct epoch *epoch, const struct seal_context *context,
                         const uint8_t *own_key, const uint8_t *plain, size_t plain_len,
                         uint8_t *out);
/* How many bytes of a sealed row are not the plain text's; 0: it is no such row. */
size_t seal_overhead(const uint8_t *sealed, size_t sealed_len);
/* What a signer's own row is bound to, for who opens it: how many of SEAL_BOUND bytes; 0: it is no
 * such row. */
size_t seal_own_bound(int64_t epoch_id, const struct seal_context *context, const uint8_t *sealed,
                      size_t sealed_len, uint8_t *out);

#endif

/* unseal: opening what core/seal closed, and the private keys for it. Never linked into the worker.
 */
#ifndef CORE_UNSEAL_H
#define CORE_UNSEAL_H

#include "core/seal.h"

struct keypair; /* guarded memory */

/* A new pair. */
enum status keypair_new(struct keypair **out);
void keypair_free(struct keypair **pair);
const uint8_t *keypair_public(const struct keypair *pair);
/* The private key's file: comment lines, then `secret BASE64` or, with a passphrase, `sealed OPS
 * MEM SALT NONCE BOX` (Argon2id, XChaCha20-Poly1305). `passphrase` absent: in the clear. FAULT: out
 * of memory. */
enum status keypair_write(const struct keypair *pair, struct text passphrase, struct buffer *out);
/* INVALID: not a key file; FORBIDDEN: a passphrase is needed or wrong; FAULT: out of memory. A
 * passphrase that is not needed is ignored. */
enum status keypair_read(struct text file, struct text passphrase, struct keypair **out);

enum { KEYPAIR_TAG = 16 };

/* A keyed hash that only holders of the private key can make: the same for the same data, and says
 * nothing about it. `use` keeps one use apart from another. */
void keypair_tag(const struct keypair *pair, const char *use, const uint8_t *data, size_t len,
                 uint8_t out[KEYPAIR_TAG]);

/* What seal_one_key closed; a secret: wipe it. FORBIDDEN: sealed to somebody else, or damaged. */
enum status unseal_one_key(const struct keypair *pair, const uint8_t box[SEAL_EPOCH_BOX],
                           uint8_t out[SEAL_EPOCH_KEY]);

struct opened_epoch; /* guarded memory */

/* FORBIDDEN: sealed to somebody else, or damaged. */
enum status unseal_epoch(const struct keypair *pair, enum seal_purpose purpose, int64_t epoch_id,
                         const uint8_t box[SEAL_EPOCH_BOX], struct opened_epoch **out);
void opened_epoch_free(struct opened_epoch **epoch);
/* `out` gets sealed_len - seal_overhead() bytes. FORBIDDEN: damaged, moved, or another epoch's. */
enum status unseal_row(const struct opened_epoch *epoch, const struct seal_context *context,
                       const uint8_t *sealed, size_t sealed_len, uint8_t *out);

#endif

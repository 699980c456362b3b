#include "core/unseal.h"

#include <sodium.h>
#include <string.h>

#include "base/secret.h"
#include "keypair.h"
#include "seal_row.h"

struct opened_epoch {
    uint8_t key[SEAL_EPOCH_KEY];
    int64_t id;
    enum seal_purpose purpose;
};

enum status unseal_one_key(const struct keypair *pair, const uint8_t box[SEAL_EPOCH_BOX],
                           uint8_t out[SEAL_EPOCH_KEY]) {
    return crypto_box_seal_open(out, box, SEAL_EPOCH_BOX, pair->public_key, pair->secret_key) == 0
               ? ST_OK
               : ST_FORBIDDEN;
}

enum status unseal_epoch(const struct keypair *pair, enum seal_purpose purpose, int64_t epoch_id,
                         const uint8_t box[SEAL_EPOCH_BOX], struct opened_epoch **out) {
    struct opened_epoch *epoch = secret_new(sizeof *epoch);
    if (!epoch) {
        return ST_FAULT;
    }
    if (crypto_box_seal_open(epoch->key, box, SEAL_EPOCH_BOX, pair->public_key, pair->secret_key) !=
        0) {
        opened_epoch_free(&epoch);
        return ST_FORBIDDEN;
    }
    epoch->id = epoch_id;
    epoch->purpose = purpose;
    sodium_mprotect_readonly(epoch);
    *out = epoch;
    return ST_OK;
}

void opened_epoch_free(struct opened_epoch **epoch) {
    secret_free(epoch);
}

static int decrypt(const struct opened_epoch *epoch, const struct seal_context *context,
                   const uint8_t *sealed, size_t plain_len, uint8_t *out) {
    uint8_t bound[ROW_BOUND], key[SEAL_ROW_KEY];
    bool own = row_has_slot(sealed);
    size_t bound_len = row_bind(bound, sealed, epoch->purpose, epoch->id, context);
    const uint8_t *nonce = sealed + 1;
    const uint8_t *body = nonce + ROW_NONCE + (own ? ROW_SLOT : 0);
    if (own)
        row_key(key, epoch->key, nonce);
    int failed = crypto_aead_xchacha20poly1305_ietf_decrypt_detached(
        out, NULL, body, plain_len, body + plain_len, bound, bound_len, nonce,
        own ? key : epoch->key);
    sodium_memzero(key, sizeof key);
    return failed;
}

/* First without an output, which only looks at the tag: libsodium zeroes the output of what does
 * not open. */
enum status unseal_row(const struct opened_epoch *epoch, const struct seal_context *context,
                       const uint8_t *sealed, size_t sealed_len, uint8_t *out) {
    size_t overhead = seal_overhead(sealed, sealed_len);
    if (overhead == 0 || decrypt(epoch, context, sealed, sealed_len - overhead, NULL) != 0)
        return ST_FORBIDDEN;
    decrypt(epoch, context, sealed, sealed_len - overhead, out);
    return ST_OK;
}

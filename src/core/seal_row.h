/* seal_row: what sealing and opening must agree on, and nobody else sees. */
#ifndef CORE_SEAL_ROW_H
#define CORE_SEAL_ROW_H

#include <sodium.h>

#include "core/seal.h"

enum {
    ROW_FORMAT = 1,       /* under the epoch's key: format, nonce, body, tag */
    ROW_FORMAT_LOOSE = 2, /* as OWN, but not bound to the slot; rows of before are opened */
    ROW_FORMAT_OWN = 3,   /* under a key of the row's own: format, nonce, slot, body, tag */
    ROW_NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    ROW_TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    ROW_SLOT = SEAL_ROW_KEY,
    ROW_BOUND = 1 + 1 + 8 + 4 + BLIND_SIZE + ROW_SLOT,
};

static inline bool row_has_slot(const uint8_t *sealed) {
    return sealed[0] == ROW_FORMAT_OWN || sealed[0] == ROW_FORMAT_LOOSE;
}

/* Format, purpose, epoch, petition, address, big endian, and the slot: how many bytes. The format,
 * and the slot if there is one, have to stand in `sealed`. */
static inline size_t row_bind(uint8_t out[ROW_BOUND], const uint8_t *sealed,
                              enum seal_purpose purpose, int64_t epoch_id,
                              const struct seal_context *context) {
    uint64_t id = (uint64_t)epoch_id;
    uint32_t petition = (uint32_t)context->petition;
    size_t at = 0;
    out[at++] = sealed[0];
    out[at++] = (uint8_t)purpose;
    for (int shift = 56; shift >= 0; shift -= 8) {
        out[at++] = (uint8_t)(id >> shift);
    }
    for (int shift = 24; shift >= 0; shift -= 8) {
        out[at++] = (uint8_t)(petition >> shift);
    }
    for (size_t i = 0; i < BLIND_SIZE; i++) {
        out[at++] = context->email_hash[i];
    }
    for (size_t i = 0; sealed[0] == ROW_FORMAT_OWN && i < ROW_SLOT; i++) {
        out[at++] = sealed[1 + ROW_NONCE + i];
    }
    return at;
}

/* The key of a row with a slot: who holds the epoch's key makes it from the nonce. */
static inline void row_key(uint8_t out[SEAL_ROW_KEY], const uint8_t epoch_key[SEAL_EPOCH_KEY],
                           const uint8_t nonce[ROW_NONCE]) {
    crypto_generichash(out, SEAL_ROW_KEY, nonce, ROW_NONCE, epoch_key, SEAL_EPOCH_KEY);
}

/* Hides a row's key under a mask that the signer's key and the nonce make: somebody's rows have one
 * own key, and must not have one mask. HChaCha20, since that is what a browser's cipher is made of.
 */
static inline void row_mask(uint8_t out[SEAL_ROW_KEY], const uint8_t key[SEAL_ROW_KEY],
                            const uint8_t own_key[SEAL_ROW_KEY], const uint8_t nonce[ROW_NONCE]) {
    uint8_t mask[SEAL_ROW_KEY];
    crypto_core_hchacha20(mask, nonce, own_key, NULL);
    for (size_t i = 0; i < SEAL_ROW_KEY; i++)
        out[i] = key[i] ^ mask[i];
    sodium_memzero(mask, sizeof mask);
}

#endif

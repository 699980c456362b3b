/* seal_row: what sealing and opening must agree on, and nobody else sees. */
#ifndef CORE_SEAL_ROW_H
#define CORE_SEAL_ROW_H

#include <sodium.h>

#include "core/seal.h"

enum {
    ROW_FORMAT = 1,
    ROW_NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    ROW_TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    ROW_BOUND = 1 + 1 + 8 + 4 + BLIND_SIZE,
};

/* Format, purpose, epoch, petition, address: big endian. */
static inline void row_bind(uint8_t out[ROW_BOUND], enum seal_purpose purpose, int64_t epoch_id,
                            const struct seal_context *context) {
    uint64_t id = (uint64_t)epoch_id;
    uint32_t petition = (uint32_t)context->petition;
    size_t at = 0;
    out[at++] = ROW_FORMAT;
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
}

#endif

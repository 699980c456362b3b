#include "core/seal.h"

#include <sodium.h>
#include <string.h>

#include "base/secret.h"
#include "seal_row.h"

_Static_assert(SEAL_EPOCH_KEY == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "one key a row");
_Static_assert(SEAL_EPOCH_BOX == crypto_box_SEALBYTES + SEAL_EPOCH_KEY, "one box a recipient");
_Static_assert(SEAL_OVERHEAD == 1 + ROW_NONCE + ROW_TAG, "format, nonce, tag");
_Static_assert(SEAL_BOUND == (int)ROW_BOUND, "format, purpose, epoch, petition, address, slot");
_Static_assert(ROW_NONCE >= crypto_core_hchacha20_INPUTBYTES, "a mask a row");
_Static_assert(SEAL_OWN_OVERHEAD == SEAL_OVERHEAD + ROW_SLOT, "and the slot");

struct epoch {
    uint8_t key[SEAL_EPOCH_KEY];
    int64_t id;
    enum seal_purpose purpose;
};

static int64_t random_id(void) {
    uint64_t id = 0;
    while (id == 0) {
        randombytes_buf(&id, sizeof id);
        id &= INT64_MAX;
    }
    return (int64_t)id;
}

static bool seal_key(const uint8_t key[SEAL_EPOCH_KEY], const struct recipients *recipients,
                     uint8_t boxes[][SEAL_EPOCH_BOX]) {
    for (size_t i = 0; i < recipients->count; i++) {
        if (!recipients_key_usable(recipients->keys[i]) ||
            crypto_box_seal(boxes[i], key, SEAL_EPOCH_KEY, recipients->keys[i]) != 0) {
            return false;
        }
    }
    return true;
}

enum status epoch_new(enum seal_purpose purpose, const struct recipients *recipients,
                      struct epoch **out, uint8_t boxes[][SEAL_EPOCH_BOX]) {
    uint8_t sealed[SEAL_RECIPIENTS_MAX][SEAL_EPOCH_BOX];
    if (recipients->count == 0 || recipients->count > SEAL_RECIPIENTS_MAX) {
        return ST_INVALID;
    }
    struct epoch *epoch = secret_new(sizeof *epoch);
    if (!epoch) {
        return ST_FAULT;
    }
    randombytes_buf(epoch->key, sizeof epoch->key);
    epoch->id = random_id();
    epoch->purpose = purpose;
    if (!seal_key(epoch->key, recipients, sealed)) {
        epoch_free(&epoch);
        return ST_INVALID;
    }
    sodium_mprotect_readonly(epoch);
    memcpy(boxes, sealed, recipients->count * sizeof sealed[0]);
    *out = epoch;
    return ST_OK;
}

enum status seal_one_key(const uint8_t key[SEAL_EPOCH_KEY], const struct recipients *recipients,
                         uint8_t box[SEAL_EPOCH_BOX]) {
    struct recipients first = *recipients;
    uint8_t boxes[1][SEAL_EPOCH_BOX];
    first.count = 1;
    if (recipients->count == 0 || !seal_key(key, &first, boxes)) {
        return ST_INVALID;
    }
    memcpy(box, boxes[0], SEAL_EPOCH_BOX);
    return ST_OK;
}

void epoch_free(struct epoch **epoch) {
    secret_free(epoch);
}

int64_t epoch_id(const struct epoch *epoch) {
    return epoch->id;
}

enum status seal_row(const struct epoch *epoch, const struct seal_context *context,
                     const uint8_t *plain, size_t plain_len, uint8_t *out) {
    uint8_t bound[ROW_BOUND];
    uint8_t *nonce = out + 1;
    out[0] = ROW_FORMAT;
    size_t bound_len = row_bind(bound, out, epoch->purpose, epoch->id, context);
    randombytes_buf(nonce, ROW_NONCE);
    int failed = crypto_aead_xchacha20poly1305_ietf_encrypt(
        nonce + ROW_NONCE, NULL, plain, plain_len, bound, bound_len, NULL, nonce, epoch->key);
    return failed ? ST_FAULT : ST_OK;
}

/* A buffer is two parameters. NOLINTNEXTLINE(readability-function-size) */
enum status seal_own_row(const struct epoch *epoch, const struct seal_context *context,
                         const uint8_t *own_key, const uint8_t *plain, size_t plain_len,
                         uint8_t *out) {
    uint8_t bound[ROW_BOUND], key[SEAL_ROW_KEY];
    uint8_t *nonce = out + 1, *slot = nonce + ROW_NONCE;
    out[0] = ROW_FORMAT_OWN;
    randombytes_buf(nonce, ROW_NONCE);
    row_key(key, epoch->key, nonce);
    row_mask(slot, key, own_key, nonce);
    size_t bound_len = row_bind(bound, out, epoch->purpose, epoch->id, context);
    int failed = crypto_aead_xchacha20poly1305_ietf_encrypt(slot + ROW_SLOT, NULL, plain, plain_len,
                                                            bound, bound_len, NULL, nonce, key);
    sodium_memzero(key, sizeof key);
    return failed ? ST_FAULT : ST_OK;
}

size_t seal_overhead(const uint8_t *sealed, size_t sealed_len) {
    size_t overhead = 0;
    if (sealed_len > 0 && sealed[0] == ROW_FORMAT)
        overhead = SEAL_OVERHEAD;
    else if (sealed_len > 0 && row_has_slot(sealed))
        overhead = SEAL_OWN_OVERHEAD;
    return sealed_len >= overhead ? overhead : 0; /* cut: no such row */
}

size_t seal_own_bound(int64_t epoch_id, const struct seal_context *context, const uint8_t *sealed,
                      size_t sealed_len, uint8_t *out) {
    return seal_overhead(sealed, sealed_len) == SEAL_OWN_OVERHEAD
               ? row_bind(out, sealed, SEAL_SIGNER, epoch_id, context)
               : 0;
}

#include "core/seal.h"

#include <sodium.h>
#include <string.h>

#include "base/encode.h"

_Static_assert(SEAL_PUBLIC_KEY == crypto_box_PUBLICKEYBYTES, "X25519");

/* libsodium refuses a point of low order by itself, but only when it is used; and it takes a second
 * spelling of a key (the top bit), by which one key could stand twice in a list. */
bool recipients_key_usable(const uint8_t key[SEAL_PUBLIC_KEY]) {
    static const uint8_t scalar[crypto_scalarmult_SCALARBYTES] = {9};
    uint8_t product[crypto_scalarmult_BYTES];
    if ((key[SEAL_PUBLIC_KEY - 1] & 0x80) != 0) {
        return false;
    }
    return crypto_scalarmult(product, scalar, key) == 0;
}

bool recipients_have(const struct recipients *recipients, const uint8_t key[SEAL_PUBLIC_KEY]) {
    for (size_t i = 0; i < recipients->count; i++) {
        if (memcmp(recipients->keys[i], key, SEAL_PUBLIC_KEY) == 0) {
            return true;
        }
    }
    return false;
}

static enum status add_line(struct recipients *recipients, struct text line) {
    uint8_t key[SEAL_PUBLIC_KEY];
    struct text rest = line;
    struct text word = text_cut(&rest, ' ');
    if (text_is(word, "secret") || text_is(word, "sealed")) {
        return ST_FORBIDDEN;
    }
    if (recipients->count == SEAL_RECIPIENTS_MAX || !decode_base64(line, key, sizeof key) ||
        !recipients_key_usable(key) || recipients_have(recipients, key)) {
        return ST_INVALID;
    }
    memcpy(recipients->keys[recipients->count++], key, sizeof key);
    return ST_OK;
}

enum status recipients_parse(struct text file, struct recipients *out, size_t *line) {
    struct recipients recipients = {.count = 0};
    struct text rest = file, text;
    size_t number = 0;
    while (text_next_line(&rest, &text, &number)) {
        enum status status = add_line(&recipients, text);
        if (status != ST_OK) {
            *line = number;
            return status;
        }
    }
    if (recipients.count == 0) {
        *line = 0;
        return ST_INVALID;
    }
    *out = recipients;
    return ST_OK;
}

bool recipients_equal(const struct recipients *a, const struct recipients *b) {
    return a->count == b->count && memcmp(a->keys, b->keys, a->count * sizeof a->keys[0]) == 0;
}

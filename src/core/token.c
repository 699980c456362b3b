#include "core/token.h"

#include <sodium.h>
#include <string.h>

#include "base/encode.h"
#include "core/blind.h"

enum { SPELT = TOKEN_BYTES + 1, MINUTE_MS = 60000, MOMENTS = 15, MOMENT_SHIFT = 4 };

_Static_assert(TOKEN_HASH == crypto_hash_sha256_BYTES, "a token is kept as its SHA-256");
_Static_assert(TOKEN_TEXT * 6 == TOKEN_BYTES * 8 + MOMENT_SHIFT, "base64url has room for 4 bits");

/* Base64 of 35 bytes, whose last is the moment and four zeros, ends in an 'A' that tells nothing:
 * it is left out. */
static void derive(const uint8_t bytes[SPELT], struct token_key *key) {
    uint8_t moment = bytes[TOKEN_BYTES] >> MOMENT_SHIFT;
    key->bucket = bytes[0] << 8 | bytes[1];
    crypto_hash_sha256(key->hash, bytes, TOKEN_BYTES);
    if (moment == 0)
        return;
    memmove(key->hash + 1, key->hash, TOKEN_HASH - 1);
    key->hash[0] = moment;
}

void token_new(char text[TOKEN_TEXT + 1], struct token_key *key, int64_t now_ms) {
    uint8_t bytes[SPELT];
    uint64_t minute = (uint64_t)now_ms / MINUTE_MS, of_minute_ms = (uint64_t)now_ms % MINUTE_MS;
    bytes[0] = (uint8_t)(minute >> 8);
    bytes[1] = (uint8_t)minute;
    randombytes_buf(bytes + 2, TOKEN_BYTES - 2);
    bytes[TOKEN_BYTES] = (uint8_t)((1 + of_minute_ms * MOMENTS / MINUTE_MS) << MOMENT_SHIFT);
    char encoded[ENCODE_BASE64_SIZE(SPELT)];
    encode_base64url(encoded, bytes, sizeof bytes);
    memcpy(text, encoded, TOKEN_TEXT);
    text[TOKEN_TEXT] = '\0';
    derive(bytes, key);
    sodium_memzero(bytes, sizeof bytes);
    sodium_memzero(encoded, sizeof encoded);
}

_Static_assert((BLIND_OWN_SIZE * 8 + 5) / 6 == TOKEN_LINK - TOKEN_TEXT,
               "base64url without padding");

static struct text without_own_key(struct text text) {
    uint8_t own_key[BLIND_OWN_SIZE];
    if (text.len != TOKEN_LINK)
        return text;
    struct text behind = text_span(text.data + TOKEN_TEXT, TOKEN_LINK - TOKEN_TEXT);
    bool good = decode_base64url(behind, own_key, sizeof own_key);
    sodium_memzero(own_key, sizeof own_key);
    return good ? text_span(text.data, TOKEN_TEXT) : text;
}

bool token_parse(struct text text, struct token_key *key) {
    uint8_t bytes[SPELT];
    char spelt[TOKEN_TEXT + 1];
    text = without_own_key(text);
    if (text.len != TOKEN_TEXT)
        return false;
    memcpy(spelt, text.data, TOKEN_TEXT);
    spelt[TOKEN_TEXT] = 'A';
    bool good = decode_base64url(text_span(spelt, sizeof spelt), bytes, sizeof bytes);
    if (good)
        derive(bytes, key);
    sodium_memzero(bytes, sizeof bytes);
    sodium_memzero(spelt, sizeof spelt);
    return good;
}

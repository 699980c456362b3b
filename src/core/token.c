#include "core/token.h"

#include <sodium.h>

#include "base/clock.h"
#include "base/encode.h"
#include "core/blind.h"

_Static_assert(TOKEN_HASH == crypto_hash_sha256_BYTES, "a token is kept as its SHA-256");
_Static_assert((TOKEN_BYTES * 8 + 5) / 6 == TOKEN_TEXT, "base64url without padding");

static void derive(const uint8_t bytes[TOKEN_BYTES], struct token_key *key) {
    key->bucket = bytes[0] << 8 | bytes[1];
    crypto_hash_sha256(key->hash, bytes, TOKEN_BYTES);
}

void token_new(char text[TOKEN_TEXT + 1], struct token_key *key) {
    uint8_t bytes[TOKEN_BYTES];
    uint64_t minute = (uint64_t)clock_unix_ms() / 60000;
    bytes[0] = (uint8_t)(minute >> 8);
    bytes[1] = (uint8_t)minute;
    randombytes_buf(bytes + 2, sizeof bytes - 2);
    char encoded[ENCODE_BASE64_SIZE(TOKEN_BYTES)];
    encode_base64url(encoded, bytes, sizeof bytes);
    for (size_t i = 0; i <= TOKEN_TEXT; i++) {
        text[i] = encoded[i];
    }
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
    uint8_t bytes[TOKEN_BYTES];
    text = without_own_key(text);
    if (text.len != TOKEN_TEXT || !decode_base64url(text, bytes, sizeof bytes)) {
        return false;
    }
    derive(bytes, key);
    sodium_memzero(bytes, sizeof bytes);
    return true;
}

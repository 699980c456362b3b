#include "base/encode.h"

#include <sodium.h>
#include <string.h>

enum { DECODE_MAX = 1024 };

void encode_base64(char *out, const uint8_t *data, size_t len) {
    sodium_bin2base64(out, ENCODE_BASE64_SIZE(len), data, len, sodium_base64_VARIANT_ORIGINAL);
}

void encode_base64url(char *out, const uint8_t *data, size_t len) {
    sodium_bin2base64(out, ENCODE_BASE64_SIZE(len), data, len,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

void encode_hex(char *out, const uint8_t *data, size_t len) {
    sodium_bin2hex(out, ENCODE_HEX_SIZE(len), data, len);
}

/* libsodium 1.0.18 takes a byte above 0x7F for some character of the alphabet. */
static bool is_ascii(struct text text) {
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.data[i] >= 0x80) {
            return false;
        }
    }
    return true;
}

/* Through a copy, since libsodium writes as it goes. */
static bool decode(struct text text, int variant, uint8_t *out, size_t len) {
    uint8_t copy[DECODE_MAX];
    size_t got = 0;
    const char *end = NULL;
    if (!text.data || len > sizeof copy || !is_ascii(text)) {
        return false;
    }
    bool good = sodium_base642bin(copy, len, text.data, text.len, NULL, &got, &end, variant) == 0 &&
                got == len && end == text.data + text.len;
    if (good) {
        memcpy(out, copy, len);
    }
    sodium_memzero(copy, len);
    return good;
}

bool decode_base64(struct text text, uint8_t *out, size_t len) {
    return decode(text, sodium_base64_VARIANT_ORIGINAL, out, len);
}

bool decode_base64url(struct text text, uint8_t *out, size_t len) {
    return decode(text, sodium_base64_VARIANT_URLSAFE_NO_PADDING, out, len);
}

bool decode_hex(struct text text, uint8_t *out, size_t len) {
    if (!text.data || text.len != len * 2) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
            return false;
        }
    }
    return sodium_hex2bin(out, len, text.data, text.len, NULL, NULL, NULL) == 0;
}

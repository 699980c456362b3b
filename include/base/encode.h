/* encode: base64 (standard for files, URL-safe without padding for tokens) and hex.
 *
 * Thin over libsodium. Decoding is strict: one spelling for every value, nothing skipped. */
#ifndef BASE_ENCODE_H
#define BASE_ENCODE_H

#include <stdint.h>

#include "base/text.h"

/* Each writes a NUL; `out` must hold the size given. */
#define ENCODE_BASE64_SIZE(n) ((((n) + 2) / 3) * 4 + 1)
#define ENCODE_HEX_SIZE(n) ((n)*2 + 1)

void encode_base64(char *out, const uint8_t *data, size_t len);
void encode_base64url(char *out, const uint8_t *data, size_t len);
void encode_hex(char *out, const uint8_t *data, size_t len);
/* True when the text decodes to exactly `len` bytes (<= 1024) and is the canonical spelling. */
bool decode_base64(struct text text, uint8_t *out, size_t len);
bool decode_base64url(struct text text, uint8_t *out, size_t len);
bool decode_hex(struct text text, uint8_t *out, size_t len);

#endif

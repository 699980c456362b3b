#include <stdint.h>
#include <string.h>

#include "base/encode.h"
#include "link/redis.h"

/* Redis names a script by its SHA-1. It is a name here, no protection, and libsodium has none. */

enum { BLOCK = 64, DIGEST = 20 };

static uint32_t rotate(uint32_t value, unsigned by) {
    return value << by | value >> (32 - by);
}

static void expand(const uint8_t block[BLOCK], uint32_t words[80]) {
    for (size_t i = 0; i < 16; i++)
        words[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
                   (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
    for (size_t i = 16; i < 80; i++)
        words[i] = rotate(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
}

static uint32_t mix(size_t round, uint32_t b, uint32_t c, uint32_t d) {
    if (round < 20)
        return ((b & c) | (~b & d)) + 0x5a827999;
    if (round < 40)
        return (b ^ c ^ d) + 0x6ed9eba1;
    if (round < 60)
        return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
    return (b ^ c ^ d) + 0xca62c1d6;
}

static void digest_block(uint32_t state[5], const uint8_t block[BLOCK]) {
    uint32_t words[80];
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];

    expand(block, words);
    for (size_t i = 0; i < 80; i++) {
        uint32_t next = rotate(a, 5) + mix(i, b, c, d) + e + words[i];

        e = d;
        d = c;
        c = rotate(b, 30);
        b = a;
        a = next;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
}

static void put_big(uint8_t *out, size_t size, uint64_t value) {
    for (size_t i = size; i-- > 0; value >>= 8)
        out[i] = (uint8_t)(value & 0xff);
}

static void digest(const uint8_t *data, size_t len, uint8_t out[DIGEST]) {
    uint32_t state[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    uint8_t tail[2 * BLOCK] = {0};
    size_t whole = len / BLOCK * BLOCK, rest = len - whole;
    size_t tail_size = rest + 9 <= BLOCK ? BLOCK : 2 * BLOCK;

    for (size_t i = 0; i < whole; i += BLOCK)
        digest_block(state, data + i);
    memcpy(tail, data + whole, rest);
    tail[rest] = 0x80;
    put_big(tail + tail_size - 8, 8, (uint64_t)len * 8);
    for (size_t i = 0; i < tail_size; i += BLOCK)
        digest_block(state, tail + i);
    for (size_t i = 0; i < 5; i++)
        put_big(out + 4 * i, 4, state[i]);
}

void redis_script_init(struct redis_script *script, const char *body) {
    uint8_t name[DIGEST];

    digest((const uint8_t *)body, strlen(body), name);
    script->body = body;
    encode_hex(script->sha, name, sizeof name);
}

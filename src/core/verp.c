#include "core/verp.h"

#include <string.h>

enum { KEY_BYTES = 2 + VERP_HASH, BITS = 5 };

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
static const char *const roles[] = {[VERP_BOUNCE] = "bounce", [VERP_UNSUBSCRIBE] = "unsubscribe"};

static void to_base32(const uint8_t *data, size_t len, char *out) {
    unsigned held = 0, bits = 0;
    for (size_t i = 0; i < len; i++) {
        held = (held << 8 | data[i]) & 0xFFFF;
        for (bits += 8; bits >= BITS; bits -= BITS) {
            *out++ = alphabet[held >> (bits - BITS) & 31];
        }
    }
    if (bits > 0) {
        *out++ = alphabet[held << (BITS - bits) & 31];
    }
    *out = '\0';
}

static int digit_of(char c) {
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a';
    }
    return c >= '2' && c <= '7' ? c - '2' + 26 : -1;
}

/* One spelling a value: what is left over of the last digit has to be zero. */
static bool from_base32(struct text text, uint8_t *out, size_t len) {
    unsigned held = 0, bits = 0;
    size_t made = 0;
    for (size_t i = 0; i < text.len; i++) {
        int digit = digit_of(text.data[i]);
        if (digit < 0) {
            return false;
        }
        held = (held << BITS | (unsigned)digit) & 0xFFFF;
        bits += BITS;
        if (bits >= 8 && made < len) {
            bits -= 8;
            out[made++] = (uint8_t)(held >> bits);
        }
    }
    return made == len && (held & ((1u << bits) - 1)) == 0;
}

void verp_key_text(const struct verp_key *key, char out[VERP_KEY_TEXT + 1]) {
    uint8_t bytes[KEY_BYTES] = {(uint8_t)(key->bucket >> 8), (uint8_t)key->bucket};
    memcpy(bytes + 2, key->hash, VERP_HASH);
    to_base32(bytes, sizeof bytes, out);
}

bool verp_write(enum verp_role role, int32_t bucket, const uint8_t hash[32], struct text domain,
                char out[VERP_MAX]) {
    struct verp_key key = {.bucket = bucket};
    if (bucket < 0 || bucket > 0xFFFF || domain.len == 0 || domain.len > VERP_DOMAIN_MAX) {
        return false;
    }
    memcpy(key.hash, hash, VERP_HASH);
    char *end = stpcpy(out, roles[role]);
    *end++ = '+';
    verp_key_text(&key, end);
    end += VERP_KEY_TEXT;
    *end++ = '@';
    memcpy(end, domain.data, domain.len);
    end[domain.len] = '\0';
    return true;
}

static bool find_role(struct text word, enum verp_role *out) {
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        if (text_is_ignoring_case(word, roles[i])) {
            *out = (enum verp_role)i;
            return true;
        }
    }
    return false;
}

bool verp_key_parse(struct text text, struct verp_key *key) {
    uint8_t bytes[KEY_BYTES];
    if (text.len != VERP_KEY_TEXT || !from_base32(text, bytes, sizeof bytes)) {
        return false;
    }
    key->bucket = bytes[0] << 8 | bytes[1];
    memcpy(key->hash, bytes + 2, VERP_HASH);
    return true;
}

bool verp_read(struct text address, enum verp_role *role, struct verp_key *key) {
    enum verp_role found;
    address = text_trim(address);
    if (address.len > 2 && address.data[0] == '<' && address.data[address.len - 1] == '>') {
        address = text_span(address.data + 1, address.len - 2);
    }
    struct text domain = address;
    struct text local = text_cut(&domain, '@');
    if (domain.len == 0 || !find_role(text_cut(&local, '+'), &found) ||
        !verp_key_parse(local, key)) {
        return false;
    }
    *role = found;
    return true;
}

/* What may stand in one of our addresses: all else ends the word. */
static bool is_of_word(char c) {
    return digit_of(c) >= 0 || (c >= '0' && c <= '9') || c == '+' || c == '@' || c == '.' ||
           c == '-';
}

bool verp_find(struct text *line, enum verp_role *role, struct verp_key *key) {
    while (line->len > 0) {
        size_t len = 0;
        while (len < line->len && is_of_word(line->data[len])) {
            len++;
        }
        struct text word = text_span(line->data, len);
        size_t taken = len < line->len ? len + 1 : len;
        *line = text_span(line->data + taken, line->len - taken);
        if (len > VERP_KEY_TEXT && verp_read(word, role, key)) {
            return true;
        }
    }
    return false;
}

#include "core/blind.h"

#include <sodium.h>
#include <string.h>

#include "base/encode.h"
#include "base/secret.h"

/* Stands first in what is hashed, so that no use can stand in for another. */
enum domain {
    DOMAIN_EMAIL = 1,
    DOMAIN_MAILBOX = 2,
    DOMAIN_CALLER = 3,
    DOMAIN_OWN = 4,
    DOMAIN_REFERRER = 5,
    DOMAIN_LINKS = 6
};

enum { NUMBER_MAX = 32767 };

struct blind_key {
    int number;
    uint8_t bytes[BLIND_KEY_SIZE];
};

struct blind_keys {
    size_t count;
    struct blind_key keys[BLIND_KEYS_MAX];
};

static const struct blind_key *find(const struct blind_keys *keys, int number) {
    for (size_t i = 0; i < keys->count; i++) {
        if (keys->keys[i].number == number) {
            return &keys->keys[i];
        }
    }
    return NULL;
}

static bool add_line(struct blind_keys *keys, struct text line) {
    struct text encoded = line;
    struct text digits = text_cut(&encoded, ' ');
    unsigned long long number;
    if (keys->count == BLIND_KEYS_MAX || !text_to_u64(digits, &number) || number < 1 ||
        number > NUMBER_MAX || find(keys, (int)number)) {
        return false;
    }
    struct blind_key *key = &keys->keys[keys->count];
    if (!decode_base64(text_trim(encoded), key->bytes, sizeof key->bytes) ||
        sodium_is_zero(key->bytes, sizeof key->bytes)) {
        return false;
    }
    key->number = (int)number;
    keys->count++;
    return true;
}

static bool fill(struct blind_keys *keys, struct text file, size_t *line) {
    struct text rest = file, text;
    size_t number = 0;
    while (text_next_line(&rest, &text, &number)) {
        if (!add_line(keys, text)) {
            *line = number;
            return false;
        }
    }
    if (keys->count == 0) {
        *line = 0;
        return false;
    }
    return true;
}

enum status blind_keys_parse(struct text file, struct blind_keys **out, size_t *line) {
    struct blind_keys *keys = secret_new(sizeof *keys);
    if (!keys) {
        return ST_FAULT;
    }
    if (!fill(keys, file, line)) {
        secret_free(&keys);
        return ST_INVALID;
    }
    sodium_mprotect_readonly(keys);
    *out = keys;
    return ST_OK;
}

void blind_keys_free(struct blind_keys **keys) {
    secret_free(keys);
}

bool blind_keys_have(const struct blind_keys *keys, int number) {
    return find(keys, number) != NULL;
}

int blind_keys_newest(const struct blind_keys *keys) {
    int newest = 0;
    for (size_t i = 0; i < keys->count; i++) {
        newest = keys->keys[i].number > newest ? keys->keys[i].number : newest;
    }
    return newest;
}

static const struct blind_key *lowest(const struct blind_keys *keys) {
    const struct blind_key *found = &keys->keys[0];
    for (size_t i = 1; i < keys->count; i++) {
        found = keys->keys[i].number < found->number ? &keys->keys[i] : found;
    }
    return found;
}

static void start(crypto_generichash_state *state, const struct blind_key *key, enum domain domain,
                  size_t size) {
    const uint8_t byte = (uint8_t)domain;
    crypto_generichash_init(state, key->bytes, sizeof key->bytes, size);
    crypto_generichash_update(state, &byte, 1);
}

static void add(crypto_generichash_state *state, const char *string) {
    crypto_generichash_update(state, (const uint8_t *)string, strlen(string));
}

static void finish(crypto_generichash_state *state, uint8_t *out, size_t size) {
    crypto_generichash_final(state, out, size);
    sodium_memzero(state, sizeof *state);
}

/* What is hashed of a petition: an address, or a referrer. */
struct hashed {
    enum domain domain;
    int32_t petition;
    struct text word;
};

static enum status hash_word(const struct blind_keys *keys, int number, const struct hashed *what,
                             uint8_t *out, size_t size) {
    const struct blind_key *key = find(keys, number);
    if (!key) {
        return ST_NOT_FOUND;
    }
    uint32_t id = (uint32_t)what->petition;
    const uint8_t big_endian[4] = {(uint8_t)(id >> 24), (uint8_t)(id >> 16), (uint8_t)(id >> 8),
                                   (uint8_t)id};
    crypto_generichash_state state;
    start(&state, key, what->domain, size);
    crypto_generichash_update(&state, big_endian, sizeof big_endian);
    crypto_generichash_update(&state, (const uint8_t *)what->word.data, what->word.len);
    finish(&state, out, size);
    return ST_OK;
}

enum status blind_email(const struct blind_keys *keys, int number, int32_t petition,
                        const char *canonical, uint8_t out[BLIND_SIZE]) {
    const struct hashed what = {DOMAIN_EMAIL, petition, text_of(canonical)};
    return hash_word(keys, number, &what, out, BLIND_SIZE);
}

enum status blind_own(const struct blind_keys *keys, int number, int32_t petition,
                      const char *canonical, uint8_t out[BLIND_OWN_SIZE]) {
    const struct hashed what = {DOMAIN_OWN, petition, text_of(canonical)};
    return hash_word(keys, number, &what, out, BLIND_OWN_SIZE);
}

enum status blind_referrer(const struct blind_keys *keys, int number, int32_t petition,
                           struct text referrer, int64_t *out) {
    uint8_t hash[BLIND_SIZE];
    const struct hashed what = {DOMAIN_REFERRER, petition, referrer};
    enum status status = hash_word(keys, number, &what, hash, BLIND_SIZE);
    if (status == ST_OK) {
        memcpy(out, hash, sizeof *out);
        *out = *out ? *out : 1;
    }
    return status;
}

void blind_mailbox(const struct blind_keys *keys, const char *canonical, uint8_t out[BLIND_SIZE]) {
    crypto_generichash_state state;
    start(&state, lowest(keys), DOMAIN_MAILBOX, BLIND_SIZE);
    add(&state, canonical);
    finish(&state, out, BLIND_SIZE);
}

void blind_caller(const struct blind_keys *keys, const uint8_t *prefix, size_t len,
                  uint8_t out[BLIND_SIZE]) {
    crypto_generichash_state state;
    start(&state, lowest(keys), DOMAIN_CALLER, BLIND_SIZE);
    crypto_generichash_update(&state, prefix, len);
    finish(&state, out, BLIND_SIZE);
}

void blind_links(const struct blind_keys *keys, uint8_t out[BLIND_OWN_SIZE]) {
    crypto_generichash_state state;
    start(&state, lowest(keys), DOMAIN_LINKS, BLIND_OWN_SIZE);
    finish(&state, out, BLIND_OWN_SIZE);
}

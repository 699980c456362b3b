#include "keypair.h"

#include <sodium.h>
#include <string.h>

#include "base/encode.h"
#include "base/secret.h"

_Static_assert(SEAL_PUBLIC_KEY == crypto_box_SECRETKEYBYTES, "X25519");

enum {
    NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    BOX = SEAL_PUBLIC_KEY + crypto_aead_xchacha20poly1305_ietf_ABYTES,
    WRAP_KEY = crypto_aead_xchacha20poly1305_ietf_KEYBYTES
};

/* A file may ask for no more than this, whoever wrote it. */
enum { OPS_MAX = 64 };
static const unsigned long long mem_max = 1ull << 30;

/* How the secret key is wrapped: everything but the passphrase. */
struct wrap {
    unsigned long long ops, mem;
    uint8_t salt[crypto_pwhash_SALTBYTES];
    uint8_t nonce[NONCE];
    uint8_t box[BOX];
};

enum status keypair_new(struct keypair **out) {
    struct keypair *pair = secret_new(sizeof *pair);
    if (!pair) {
        return ST_FAULT;
    }
    crypto_box_keypair(pair->public_key, pair->secret_key);
    *out = pair;
    return ST_OK;
}

void keypair_free(struct keypair **pair) {
    secret_free(pair);
}

const uint8_t *keypair_public(const struct keypair *pair) {
    return pair->public_key;
}

void keypair_tag(const struct keypair *pair, const char *use, const uint8_t *data, size_t len,
                 uint8_t out[KEYPAIR_TAG]) {
    crypto_generichash_state state;
    crypto_generichash_init(&state, pair->secret_key, sizeof pair->secret_key, KEYPAIR_TAG);
    crypto_generichash_update(&state, (const uint8_t *)use, strlen(use) + 1);
    crypto_generichash_update(&state, data, len);
    crypto_generichash_final(&state, out, KEYPAIR_TAG);
    sodium_memzero(&state, sizeof state);
}

/* --- passphrase --- */

/* NULL: not enough memory for the work that is asked for. */
static uint8_t *derive(const struct wrap *wrap, struct text passphrase) {
    uint8_t *key = secret_new(WRAP_KEY);
    if (key && crypto_pwhash(key, WRAP_KEY, passphrase.data, passphrase.len, wrap->salt, wrap->ops,
                             (size_t)wrap->mem, crypto_pwhash_ALG_ARGON2ID13) != 0) {
        secret_free(&key);
    }
    return key;
}

static enum status close_box(const struct keypair *pair, struct text passphrase,
                             struct wrap *wrap) {
    wrap->ops = crypto_pwhash_OPSLIMIT_MODERATE;
    wrap->mem = crypto_pwhash_MEMLIMIT_MODERATE;
    randombytes_buf(wrap->salt, sizeof wrap->salt);
    randombytes_buf(wrap->nonce, sizeof wrap->nonce);
    uint8_t *key = derive(wrap, passphrase);
    if (!key) {
        return ST_FAULT;
    }
    crypto_aead_xchacha20poly1305_ietf_encrypt(wrap->box, NULL, pair->secret_key,
                                               sizeof pair->secret_key, NULL, 0, NULL, wrap->nonce,
                                               key);
    secret_free(&key);
    return ST_OK;
}

static enum status open_box(const struct wrap *wrap, struct text passphrase, struct keypair *pair) {
    uint8_t *key = derive(wrap, passphrase);
    if (!key) {
        return ST_FAULT;
    }
    int failed = crypto_aead_xchacha20poly1305_ietf_decrypt(
        pair->secret_key, NULL, NULL, wrap->box, sizeof wrap->box, NULL, 0, wrap->nonce, key);
    secret_free(&key);
    return failed ? ST_FORBIDDEN : ST_OK;
}

/* --- writing --- */

static void put_base64(struct buffer *out, const char *before, const uint8_t *data, size_t len) {
    char encoded[ENCODE_BASE64_SIZE(BOX)];
    encode_base64(encoded, data, len);
    buffer_add_string(out, before);
    buffer_add_string(out, encoded);
    sodium_memzero(encoded, sizeof encoded);
}

static void put_head(struct buffer *out, const struct keypair *pair) {
    buffer_add_string(out, "# Countersign: a private key. Whoever has it can read who signed.\n");
    put_base64(out, "# public key: ", pair->public_key, sizeof pair->public_key);
    buffer_add_string(out, "\n");
}

enum status keypair_write(const struct keypair *pair, struct text passphrase, struct buffer *out) {
    struct wrap wrap;
    if (passphrase.data) {
        enum status status = close_box(pair, passphrase, &wrap);
        if (status != ST_OK) {
            return status;
        }
    }
    put_head(out, pair);
    if (passphrase.data) {
        buffer_printf(out, "sealed %llu %llu", wrap.ops, wrap.mem);
        put_base64(out, " ", wrap.salt, sizeof wrap.salt);
        put_base64(out, " ", wrap.nonce, sizeof wrap.nonce);
        put_base64(out, " ", wrap.box, sizeof wrap.box);
    } else {
        put_base64(out, "secret ", pair->secret_key, sizeof pair->secret_key);
    }
    buffer_add_string(out, "\n");
    return out->failed ? ST_FAULT : ST_OK;
}

/* --- reading --- */

static bool parse_wrap(struct text rest, struct wrap *out) {
    return text_to_u64(text_cut(&rest, ' '), &out->ops) &&
           text_to_u64(text_cut(&rest, ' '), &out->mem) &&
           decode_base64(text_cut(&rest, ' '), out->salt, sizeof out->salt) &&
           decode_base64(text_cut(&rest, ' '), out->nonce, sizeof out->nonce) &&
           decode_base64(text_cut(&rest, ' '), out->box, sizeof out->box) && !rest.data &&
           out->ops >= crypto_pwhash_OPSLIMIT_MIN && out->ops <= OPS_MAX &&
           out->mem >= crypto_pwhash_MEMLIMIT_MIN && out->mem <= mem_max;
}

static enum status read_secret(struct text line, struct text passphrase, struct keypair *pair) {
    struct text rest = line;
    struct text word = text_cut(&rest, ' ');
    struct wrap wrap;
    if (text_is(word, "secret")) {
        bool good = decode_base64(rest, pair->secret_key, sizeof pair->secret_key);
        return good ? ST_OK : ST_INVALID;
    }
    if (!text_is(word, "sealed") || !parse_wrap(rest, &wrap)) {
        return ST_INVALID;
    }
    return passphrase.data ? open_box(&wrap, passphrase, pair) : ST_FORBIDDEN;
}

static enum status read_file(struct text file, struct text passphrase, struct keypair *pair) {
    struct text line, another;
    size_t number = 0;
    if (!text_next_line(&file, &line, &number) || text_next_line(&file, &another, &number)) {
        return ST_INVALID;
    }
    enum status status = read_secret(line, passphrase, pair);
    if (status == ST_OK && crypto_scalarmult_base(pair->public_key, pair->secret_key) != 0) {
        return ST_INVALID;
    }
    return status;
}

enum status keypair_read(struct text file, struct text passphrase, struct keypair **out) {
    struct keypair *pair = secret_new(sizeof *pair);
    if (!pair) {
        return ST_FAULT;
    }
    enum status status = read_file(file, passphrase, pair);
    if (status != ST_OK) {
        secret_free(&pair);
        return status;
    }
    *out = pair;
    return ST_OK;
}

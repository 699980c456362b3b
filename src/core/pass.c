#include "core/pass.h"

#include <sodium.h>
#include <string.h>

#include "base/encode.h"
#include "base/utf8.h"

/* VERSION, length of the initials, initials, SIV, and encrypted: mailing (2), subject (1), mailbox,
 * then each text behind its length (1), zeros up to a whole block, so that the length tells little.
 *
 * A synthetic IV, as in RFC 5297: the keyed hash of the plain text is the nonce of the stream, and
 * proves on reading that nothing was changed. So the same pass is the same text, another one never
 * has its nonce, and a worker, which reads passes, needs nothing that would open a seal. */
enum {
    VERSION = 2,
    HEAD = 2,
    BLOCK = 32,
    INITIALS_MAX = 16,
    SIV = crypto_stream_xchacha20_NONCEBYTES,
    BYTES_MAX = PASS_TEXT_MAX / 4 * 3,
    TEXTS = 3,
    MAILBOX_AT = 3
};

static const char context[crypto_kdf_CONTEXTBYTES + 1] = "cs-pass-";

struct subkeys {
    uint8_t hash[crypto_generichash_KEYBYTES], stream[crypto_stream_xchacha20_KEYBYTES];
};

_Static_assert(PASS_KEY == crypto_kdf_KEYBYTES, "two keys are made of it");

static void derive(struct subkeys *keys, const uint8_t key[PASS_KEY]) {
    crypto_kdf_derive_from_key(keys->hash, sizeof keys->hash, 1, context, key);
    crypto_kdf_derive_from_key(keys->stream, sizeof keys->stream, 2, context, key);
}

static void siv_of(const struct subkeys *keys, const uint8_t *plain, size_t len, uint8_t siv[SIV]) {
    crypto_generichash(siv, SIV, plain, len, keys->hash, sizeof keys->hash);
}

/* --- initials --- */

static size_t add_initial(struct text name, char *out, size_t len) {
    struct text rest = name;
    if (name.len == 0 || utf8_next(&rest) < 0) {
        return len;
    }
    size_t used = name.len - rest.len;
    memcpy(out + len, name.data, used);
    return len + used;
}

/* The first character of each name: "MS". */
static size_t initials_of(const struct pass *pass, char out[INITIALS_MAX]) {
    return add_initial(pass->family_name, out, add_initial(pass->given_name, out, 0));
}

/* --- writing --- */

/* 0: it does not fit. */
static size_t put_plain(const struct pass *pass, uint8_t plain[PASS_PLAIN_MAX]) {
    const struct text texts[TEXTS] = {pass->email, pass->given_name, pass->family_name};
    size_t len = MAILBOX_AT + PASS_MAILBOX;
    memset(plain, 0, PASS_PLAIN_MAX);
    plain[0] = (uint8_t)(pass->mailing >> 8);
    plain[1] = (uint8_t)pass->mailing;
    plain[2] = (uint8_t)pass->subject;
    memcpy(plain + MAILBOX_AT, pass->mailbox, PASS_MAILBOX);
    for (size_t i = 0; i < TEXTS; i++) {
        if (texts[i].len > UINT8_MAX || len + 1 + texts[i].len > PASS_PLAIN_MAX) {
            return 0;
        }
        plain[len++] = (uint8_t)texts[i].len;
        if (texts[i].len > 0) {
            memcpy(plain + len, texts[i].data, texts[i].len);
        }
        len += texts[i].len;
    }
    return (len + BLOCK - 1) / BLOCK * BLOCK;
}

enum status pass_write(const uint8_t key[PASS_KEY], const struct pass *pass,
                       char out[PASS_TEXT_MAX + 1]) {
    uint8_t plain[PASS_PLAIN_MAX], bytes[HEAD + INITIALS_MAX + SIV + PASS_PLAIN_MAX];
    struct subkeys keys;
    size_t len = put_plain(pass, plain);
    size_t initials = initials_of(pass, (char *)bytes + HEAD);
    size_t all = HEAD + initials + SIV + len;
    if (len == 0 || all > BYTES_MAX) {
        sodium_memzero(plain, sizeof plain);
        return ST_INVALID;
    }
    bytes[0] = VERSION;
    bytes[1] = (uint8_t)initials;
    uint8_t *siv = bytes + HEAD + initials;
    derive(&keys, key);
    siv_of(&keys, plain, len, siv);
    crypto_stream_xchacha20_xor(siv + SIV, plain, len, siv, keys.stream);
    encode_base64url(out, bytes, all);
    sodium_memzero(&keys, sizeof keys);
    sodium_memzero(plain, sizeof plain);
    return ST_OK;
}

/* --- reading --- */

static bool get_plain(const uint8_t *plain, size_t len, struct pass *out) {
    struct text *texts[TEXTS] = {&out->email, &out->given_name, &out->family_name};
    size_t at = MAILBOX_AT + PASS_MAILBOX;
    out->mailing = plain[0] << 8 | plain[1];
    out->subject = plain[2];
    memcpy(out->mailbox, plain + MAILBOX_AT, PASS_MAILBOX);
    for (size_t i = 0; i < TEXTS; i++) {
        if (at >= len || plain[at] > len - at - 1) {
            return false;
        }
        *texts[i] = text_span((const char *)plain + at + 1, plain[at]);
        at += 1u + plain[at];
    }
    return true;
}

static bool read_plain(const uint8_t key[PASS_KEY], const uint8_t *siv, size_t len,
                       uint8_t *plain) {
    struct subkeys keys;
    uint8_t of_plain[SIV];
    derive(&keys, key);
    crypto_stream_xchacha20_xor(plain, siv + SIV, len, siv, keys.stream);
    siv_of(&keys, plain, len, of_plain);
    sodium_memzero(&keys, sizeof keys);
    return sodium_memcmp(of_plain, siv, SIV) == 0;
}

static bool read_bytes(const uint8_t key[PASS_KEY], const uint8_t *bytes, size_t all,
                       uint8_t *plain, struct pass *out) {
    char initials[INITIALS_MAX];
    size_t shown = all > HEAD ? bytes[1] : 0;
    if (all < HEAD + SIV + BLOCK || bytes[0] != VERSION || shown > INITIALS_MAX ||
        all - HEAD - SIV - BLOCK < shown) {
        return false;
    }
    size_t len = all - HEAD - shown - SIV;
    if (len > PASS_PLAIN_MAX || !read_plain(key, bytes + HEAD + shown, len, plain) ||
        !get_plain(plain, len, out)) {
        return false;
    }
    size_t known = initials_of(out, initials);
    return known == shown && memcmp(initials, bytes + HEAD, known) == 0;
}

enum status pass_read(const uint8_t key[PASS_KEY], struct text text, uint8_t *plain,
                      struct pass *out) {
    uint8_t bytes[BYTES_MAX];
    struct pass pass = {.mailing = 0};
    size_t len = text.len / 4 * 3 + (text.len % 4 > 1 ? text.len % 4 - 1 : 0);
    if (text.len > PASS_TEXT_MAX || len > sizeof bytes || text.len % 4 == 1 ||
        !decode_base64url(text, bytes, len) || !read_bytes(key, bytes, len, plain, &pass)) {
        return ST_FORBIDDEN;
    }
    *out = pass;
    return ST_OK;
}

#include "core/pass.h"

#include <sodium.h>
#include <string.h>

#include "base/encode.h"
#include "base/utf8.h"

/* VERSION, length of the initials, initials, nonce, box. In the box: mailing (2), subject (1),
 * mailbox, then each text behind its length (1), zeros up to a whole block, so that the length
 * tells little. */
enum {
    VERSION = 1,
    HEAD = 2,
    BLOCK = 32,
    INITIALS_MAX = 16,
    NONCE = crypto_secretbox_NONCEBYTES,
    TAG = crypto_secretbox_MACBYTES,
    BYTES_MAX = PASS_TEXT_MAX / 4 * 3,
    TEXTS = 3,
    MAILBOX_AT = 3
};

_Static_assert(PASS_KEY == crypto_secretbox_KEYBYTES, "the key is the box' own");

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
    uint8_t plain[PASS_PLAIN_MAX], bytes[HEAD + INITIALS_MAX + NONCE + TAG + PASS_PLAIN_MAX];
    size_t len = put_plain(pass, plain);
    size_t initials = initials_of(pass, (char *)bytes + HEAD);
    size_t all = HEAD + initials + NONCE + TAG + len;
    if (len == 0 || all > BYTES_MAX) {
        sodium_memzero(plain, sizeof plain);
        return ST_INVALID;
    }
    bytes[0] = VERSION;
    bytes[1] = (uint8_t)initials;
    /* Of all that is in it: another pass never has the same one. */
    uint8_t *nonce = bytes + HEAD + initials;
    crypto_generichash(nonce, NONCE, plain, len, key, PASS_KEY);
    crypto_secretbox_easy(nonce + NONCE, plain, len, nonce, key);
    encode_base64url(out, bytes, all);
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

static bool open_bytes(const uint8_t key[PASS_KEY], const uint8_t *bytes, size_t all,
                       uint8_t *plain, struct pass *out) {
    char initials[INITIALS_MAX];
    size_t shown = all > HEAD ? bytes[1] : 0;
    if (all < HEAD + NONCE + TAG + BLOCK || bytes[0] != VERSION || shown > INITIALS_MAX ||
        all - HEAD - NONCE - TAG - BLOCK < shown) {
        return false;
    }
    const uint8_t *nonce = bytes + HEAD + shown;
    size_t len = all - HEAD - shown - NONCE - TAG;
    if (len > PASS_PLAIN_MAX ||
        crypto_secretbox_open_easy(plain, nonce + NONCE, len + TAG, nonce, key) != 0 ||
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
        !decode_base64url(text, bytes, len) || !open_bytes(key, bytes, len, plain, &pass)) {
        return ST_FORBIDDEN;
    }
    *out = pass;
    return ST_OK;
}

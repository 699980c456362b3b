/* own: what is held for the holder of a letter's token. The personal part stays sealed: only the
 * signer's browser, which has the key out of the link, opens it. */
#ifndef STORE_OWN_H
#define STORE_OWN_H

#include "core/envelope.h"
#include "core/seal.h"
#include "core/slug.h"
#include "core/token.h"
#include "link/pg.h"

enum {
    OWN_SEALED_MAX = ENVELOPE_MAX + SEAL_OWN_OVERHEAD,
    OWN_NEWS_MAX = 32768, /* a hundred tags and more */
    OWN_ARRAY_BYTES = 1 << 20
};

struct own_row {
    struct token_key token;
    uint8_t *sealed; /* the caller's, OWN_SEALED_MAX bytes */
    char *news;      /* the caller's, OWN_NEWS_MAX bytes: how it stands with news, as JSON */
    bool valid;      /* out; the rest is set when it is true */
    char slug[SLUG_MAX + 1];
    char state[12]; /* pending, confirmed, withdrawn, invalidated */
    int64_t signed_at_ms;
    int64_t confirmed_at_ms; /* 0: does not count */
    int32_t petition, text_version;
    int64_t epoch;
    uint8_t email_hash[BLIND_SIZE];
    size_t sealed_len;
    bool shown;
    char erasure[16]; /* what it does to the count: keep_number, lower_number */
};

/* A row each; statuses of pg_run. Outputs are set only on OK. Changes nothing; one thread at a
 * time.
 */
enum status own_get(struct pg *pg, struct own_row *const *rows, size_t count, int64_t deadline_ms);

#endif

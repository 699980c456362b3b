/* signers: the sealed signatures of a petition, row by row, for an export. */
#ifndef STORE_SIGNERS_H
#define STORE_SIGNERS_H

#include <stdint.h>

#include "core/blind.h"
#include "core/seal.h"
#include "link/pg.h"

enum signers_which { SIGNERS_CONFIRMED, SIGNERS_PENDING, SIGNERS_ALL };

struct signers_query {
    int32_t petition;
    uint8_t recipient[SEAL_PUBLIC_KEY]; /* whose copy of the epochs' keys */
    enum signers_which which;
};

struct signers_row {
    int64_t id;
    struct text state; /* "confirmed" */
    int64_t epoch;
    struct text box; /* SEAL_EPOCH_BOX bytes; absent: the epoch was not sealed to this recipient, or
                        is shredded */
    struct text email_hash; /* BLIND_SIZE bytes */
    struct text sealed;
    int64_t text_version;
    int64_t signed_at_ms, confirmed_at_ms; /* Unix; 0: never */
};

struct signers;

/* Starts the statement; the rows come in the order of id, from one snapshot. Until signers_close
 * the connection does nothing else. Statuses as pg_stream. */
enum status signers_open(struct pg *pg, const struct signers_query *query, int64_t deadline_ms,
                         struct signers **out);
/* The next row; its texts are valid until the next call. NOT_FOUND: that was all. */
enum status signers_next(struct signers *signers, int64_t deadline_ms, struct signers_row *row);
/* Breaks the connection off if there are rows left. */
void signers_close(struct signers **signers);

#endif

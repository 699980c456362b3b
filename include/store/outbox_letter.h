/* outbox_letter: one letter that is owed, sealed, and the list of those of a claim.
 *
 * A letter is its holder's, from the claim until outbox_letter_free. One thread at a time. */
#ifndef STORE_OUTBOX_LETTER_H
#define STORE_OUTBOX_LETTER_H

#include <libpq-fe.h>

#include "base/queue.h"
#include "base/status.h"
#include "core/blind.h"
#include "core/seal.h"
#include "core/token.h"

/* What a letter is, as letter.kind; a reminder is its confirmation letter once more. */
enum outbox_kind {
    OUTBOX_CONFIRM = 1,
    OUTBOX_THANKS = 2,
    OUTBOX_ALREADY = 3,
    OUTBOX_REMINDER = 4,
    OUTBOX_PAGE = 5,
    OUTBOX_LIST = 6 /* to the list (store/mailings.h) */
};

/* The numbers are those of countersign.mail_fate(). */
enum outbox_fate {
    OUTBOX_SENT = 1,
    OUTBOX_LATER = 2,
    OUTBOX_REFUSED = 3,    /* for good, and so is its mailbox */
    OUTBOX_UNKNOWN = 4,    /* it may have arrived: once more, later */
    OUTBOX_IMPOSSIBLE = 5, /* it cannot be sent; nothing is said about the mailbox */
    OUTBOX_UNTRIED = 6
};

struct outbox_letter {
    struct queue_node node; /* first; links the letters of a claim, then whoever has it */
    int32_t petition;
    struct token_key key; /* of OUTBOX_LIST: its mailing, and its mailbox with zeros behind it */
    int64_t lease, epoch;
    int64_t leased_until_ms; /* monotonic */
    enum outbox_kind kind;
    int tries;       /* this one included */
    int subject;     /* of OUTBOX_LIST: which, from 1 */
    int64_t first_s; /* of OUTBOX_LIST: when it was first claimed, Unix time */
    uint8_t email_hash[BLIND_SIZE];
    uint8_t epoch_box[SEAL_EPOCH_BOX];
    bool has_key;          /* false: sealed to another mailing key */
    enum outbox_fate fate; /* for outbox_fates */
    int wait_s;
    bool paced; /* of OUTBOX_LIST: it may go; false: it is given back with the `place` of its domain
                 */
    int place;  /* -1: not looked for */
    uint32_t domain; /* the sender's: its place in mail/domains and 1; 0: not looked up */
    size_t sealed_len;
    uint8_t sealed[];
};

struct outbox_letters {
    struct outbox_letter *first; /* NULL: none is due */
    size_t count;
};

/* The letters of an answer, in the order of its rows. `read` gives NULL where memory is out or a
 * row is no letter: then all are freed, and it is a FAULT. */
enum status outbox_letters_read(const PGresult *result,
                                struct outbox_letter *(*read)(const PGresult *result, int row),
                                int64_t leased_until_ms, struct outbox_letters *out);

void outbox_letter_free(struct outbox_letter **letter);
/* The next of a list. */
struct outbox_letter *outbox_next(const struct outbox_letter *letter);

#endif

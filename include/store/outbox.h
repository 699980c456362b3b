/* outbox: the letters that are owed, as a mailer sees them: taken in, claimed, sent or not.
 *
 * A claim is a lease: what its mailer says nothing about is claimed again when it is over. Every
 * call is safe to repeat. One thread at a time. */
#ifndef STORE_OUTBOX_H
#define STORE_OUTBOX_H

#include "base/queue.h"
#include "core/blind.h"
#include "core/seal.h"
#include "core/token.h"
#include "link/pg.h"

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
    int tries;   /* this one included */
    int subject; /* of OUTBOX_LIST: which, from 1 */
    uint8_t email_hash[BLIND_SIZE];
    uint8_t epoch_box[SEAL_EPOCH_BOX];
    bool has_key;          /* false: sealed to another mailing key */
    enum outbox_fate fate; /* for outbox_fates */
    int wait_s;
    uint32_t domain; /* the sender's: its place in mail/domains and 1; 0: not looked up */
    size_t sealed_len;
    uint8_t sealed[];
};

struct outbox_policy {
    int lease_s, letters_per_day, give_up_days, token_days, reminder_days, unconfirmed_days;
};

struct outbox;

/* `recipient`: the mailing key whose letters it claims; copied. NULL: out of memory. */
struct outbox *outbox_new(struct pg *pg, const uint8_t recipient[SEAL_PUBLIC_KEY]);
void outbox_free(struct outbox **outbox);

struct outbox_taken {
    int seen;  /* letters looked at */
    int taken; /* of them new */
    bool done; /* no more to look at now */
};

/* Statuses of pg_run for all of these. Looks at the next `rows` letters for owed ones. */
enum status outbox_take(struct outbox *outbox, int rows, int64_t deadline_ms,
                        struct outbox_taken *out);

enum { OUTBOX_CLAIM_MAX = 1000 };

struct outbox_letters {
    struct outbox_letter *first; /* NULL: none is due */
    size_t count;
};

/* The letters of an answer, in the order of its rows. `read` gives NULL where memory is out or a
 * row is no letter: then all are freed, and it is a FAULT. */
enum status outbox_letters_read(const PGresult *result,
                                struct outbox_letter *(*read)(const PGresult *result, int row),
                                int64_t leased_until_ms, struct outbox_letters *out);

/* At most `limit` letters; each is the caller's, to be freed with outbox_letter_free. */
enum status outbox_claim(struct outbox *outbox, const struct outbox_policy *policy, int limit,
                         int64_t deadline_ms, struct outbox_letters *out);
void outbox_letter_free(struct outbox_letter **letter);
/* The next of a list. */
struct outbox_letter *outbox_next(const struct outbox_letter *letter);
/* Stores what became of these letters; those to the list are passed over. */
enum status outbox_fates(struct outbox *outbox, const struct outbox_policy *policy,
                         struct outbox_letter *const *letters, size_t count, int64_t deadline_ms);
/* What waits in the queue, by kind of letter. */
struct outbox_backlog {
    int64_t letters, deferred;         /* in the queue; of them tried before */
    int64_t oldest_s[OUTBOX_PAGE + 1]; /* by enum outbox_kind: age of the oldest untried; 0: none */
};

/* Reads the whole queue. */
enum status outbox_backlog(struct outbox *outbox, int64_t deadline_ms, struct outbox_backlog *out);
/* Tidies up a little; *more: there is more of it at once. */
enum status outbox_sweep(struct outbox *outbox, const struct outbox_policy *policy,
                         int64_t deadline_ms, bool *more);

#endif

/* outbox: the letters that are owed, as a mailer sees them: taken in, claimed, sent or not.
 *
 * A claim is a lease: what its mailer says nothing about is claimed again when it is over. Every
 * call is safe to repeat. One thread at a time. */
#ifndef STORE_OUTBOX_H
#define STORE_OUTBOX_H

#include "link/pg.h"
#include "store/outbox_letter.h"

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

/* At most `limit` letters; each is the caller's, to be freed with outbox_letter_free. */
enum status outbox_claim(struct outbox *outbox, const struct outbox_policy *policy, int limit,
                         int64_t deadline_ms, struct outbox_letters *out);
/* Stores what became of these letters; those to the list are passed over. */
enum status outbox_fates(struct outbox *outbox, const struct outbox_policy *policy,
                         struct outbox_letter *const *letters, size_t count, int64_t deadline_ms);
/* What waits in the queue, by kind of letter. */
struct outbox_backlog {
    int64_t letters, deferred;         /* in the queue; of them tried before */
    int64_t list_sending, list_paused; /* readers who still wait for a letter to the list */
    int64_t oldest_s[OUTBOX_PAGE + 1]; /* by enum outbox_kind: age of the oldest untried; 0: none */
};

/* Reads the whole queue. */
enum status outbox_backlog(struct outbox *outbox, int64_t deadline_ms, struct outbox_backlog *out);
/* Tidies up a little; *more: there is more of it at once. */
enum status outbox_sweep(struct outbox *outbox, const struct outbox_policy *policy,
                         int64_t deadline_ms, bool *more);

#endif

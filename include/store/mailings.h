/* mailings: letters to the list - their words, what operators do with them, and who waits for one.
 */
#ifndef STORE_MAILINGS_H
#define STORE_MAILINGS_H

#include "base/arena.h"
#include "core/mailing.h"
#include "store/outbox.h"

struct mailings {
    struct mailing *items; /* in order of id */
    size_t count;
};

/* All that may be sent or viewed, in the arena. Statuses of pg_run; FAULT: out of memory too. */
enum status mailings_load(struct pg *pg, int64_t deadline_ms, struct arena *arena,
                          struct mailings *out);
/* NULL: not there. */
const struct mailing *mailings_find(const struct mailings *mailings, int32_t id);
const struct mailing *mailings_find_name(const struct mailings *mailings, struct text name);

/* --- operators --- */

enum { MAILINGS_STATE = 24 };

/* The state after it; "": there is no letter of that name. */
struct mailings_state {
    char word[MAILINGS_STATE];
};

/* `json`: core/mailing_file.h's. */
enum status mailings_put(struct pg *pg, struct text json, int64_t deadline_ms,
                         struct mailings_state *state);

struct mailings_sending {
    struct text name, audience; /* audience: JSON, see sql/queries/mailing_send.sql */
    bool local;                 /* at that time in each reader's country */
    struct text at;             /* absent: now */
    int rate;                   /* letters a minute; 0: as many as can be */
    int warm_up;                /* letters on the first day, doubled each day; 0: no such limit */
    int trial, trial_hours;     /* of several subjects: to how many of a hundred, how long */
};

enum status mailings_send(struct pg *pg, const struct mailings_sending *sending,
                          int64_t deadline_ms, struct mailings_state *state);
enum status mailings_move(struct pg *pg, struct text name, const char *to, int64_t deadline_ms,
                          struct mailings_state *state);
/* Calls `add` with a JSON object for each; `name` absent: all. */
enum status mailings_status(struct pg *pg, struct text name, int64_t deadline_ms,
                            void (*add)(struct text json, void *context), void *context);

/* A letter to look at. */
struct mailings_test {
    struct text name;
    uint8_t mailbox[BLIND_SIZE]; /* random */
    int64_t epoch;
    const uint8_t *sealed;
    size_t sealed_len;
};

/* NOT_FOUND: there is none of that name. */
enum status mailings_test(struct pg *pg, const struct mailings_test *test, int64_t deadline_ms);

/* --- mailers --- */

/* *seen: how many subscribers were looked at; 0: nothing is to be gathered, -1: another mailer has
 * just done it. */
enum status mailings_gather(struct pg *pg, int rows, int64_t deadline_ms, int *seen);
struct mailings_claim {
    const uint8_t *recipient; /* the mailing key, SEAL_PUBLIC_KEY bytes */
    int lease_s, limit;
    int per_minute; /* to one domain, by all mailers; 0: no bound */
};

/* As outbox_claim. */
enum status mailings_claim(struct pg *pg, const struct mailings_claim *claim, int64_t deadline_ms,
                           struct outbox_letters *out);

struct mailings_policy {
    int give_up_days, per_minute; /* as in a claim */
};

/* As outbox_fates; letters of other kinds are passed over. */
enum status mailings_fates(struct pg *pg, const struct mailings_policy *policy,
                           struct outbox_letter *const *letters, size_t count, int64_t deadline_ms);

#endif

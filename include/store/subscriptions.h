/* subscriptions: what the holders of letters' tokens want of news. */
#ifndef STORE_SUBSCRIPTIONS_H
#define STORE_SUBSCRIPTIONS_H

#include "store/writes.h"

enum { SUBSCRIPTIONS_NEWS_MAX = 32768 }; /* a hundred tags and more */

struct subscription_row {
    struct token_key token;
    struct text frequency; /* every, weekly, monthly, never; absent: as it is */
    struct text topics;    /* a JSON list, or null for all; absent: as they are */
    /* Agreed to just now; the mailbox has to be that of the token's letter. */
    struct ask_row ask;
    uint8_t mailbox[BLIND_SIZE];
    bool mailable; /* false: nothing begins */
    uint8_t request_id[WRITES_REQUEST_ID];
    struct text country, region; /* absent: not given */
    char *news; /* the caller's, SUBSCRIPTIONS_NEWS_MAX bytes; out: how it stands, JSON */
    bool valid; /* out; the rest is set when it is true */
    char slug[SLUG_MAX + 1];
};

/* A row each; statuses of the writes. Outputs are set only on OK. Safe to repeat; one thread at a
 * time.
 */
enum status subscriptions_set(struct pg *pg, struct subscription_row *const *rows, size_t count,
                              int64_t deadline_ms);

struct subscription_count {
    struct text state;
    struct text topic; /* absent: mailboxes in this state; "*": that want all topics */
    int64_t count;
};

/* Calls `add` for each; statuses of pg_run. */
enum status subscriptions_count(struct pg *pg, int64_t deadline_ms,
                                void (*add)(const struct subscription_count *count, void *context),
                                void *context);

#endif

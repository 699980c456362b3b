/* clerk_private: what the files of the clerk share. */
#ifndef MAIL_CLERK_PRIVATE_H
#define MAIL_CLERK_PRIVATE_H

#include <pthread.h>

#include "mail/clerk.h"
#include "store/plans.h"

enum {
    CLERK_LOOK_MS = 200, /* between two looks for new letters, when there are few */
    CLERK_FATES_MOST = 500
};

struct clerk {
    struct mailer *mailer;
    pthread_t thread;
    struct setup *setup;
    struct pg *pg;
    struct outbox *outbox;
    struct plans plans;
    struct outbox_letter *letters[CLERK_FATES_MOST]; /* whose fates are being stored */
    size_t count;
    int64_t book_version, book_at_ms, take_at_ms, claim_at_ms, sweep_at_ms, backlog_at_ms,
        list_at_ms, gather_at_ms, end_at_ms;
    int list_in_hand; /* of the letters in hand, those to the list */
    int seen;         /* letters looked at in this pass */
    int schema_told;  /* the version that was refused in the log; -1: none */
    const char *told; /* what PostgreSQL answered, but did not do; NULL: it has done it since */
    bool schema_fits, book_sent, nothing_due;
};

/* True: it is OK. Else PostgreSQL did not do `what`, which is counted, and told
 * once: each round would say it. */
bool clerk_note(struct clerk *clerk, const char *what, enum status status);
/* Of a statement that begins now. */
int64_t clerk_deadline(void);

/* Each as often as it is due; false: PostgreSQL did not do what it should. */
bool clerk_take_in(struct clerk *clerk);
bool clerk_claim(struct clerk *clerk);
bool clerk_claim_for_list(struct clerk *clerk);
bool clerk_gather(struct clerk *clerk);

#endif

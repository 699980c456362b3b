/* fates: what an end of the wire means for a letter, for its domain and for the server.
 *
 * The one table of answers to fates. What is the server's fault or ours is never the letter's. */
#ifndef MAIL_FATES_H
#define MAIL_FATES_H

#include "link/smtp.h"
#include "store/outbox.h"

/* What it says about the mail server. */
enum fates_server {
    FATES_FINE,
    FATES_DOWN,     /* away, busy or closing: wait */
    FATES_INSECURE, /* stop: no TLS, or another's certificate */
    FATES_LOGIN,    /* stop: it does not let us in */
    FATES_SENDER,   /* stop: it does not take our own address, or sends nothing on for us */
    FATES_CROWDED   /* takes no further connection: away, if none works */
};

struct fates_verdict {
    enum outbox_fate fate;
    enum fates_server server;
    bool again;       /* a kept connection was over: at once over a new one */
    bool full;        /* the mailbox has no room: few tries, far apart */
    bool domain_slow; /* this domain wants to wait */
};

struct fates_verdict fates_judge(const struct smtp_letter *letter);
/* Seconds until the next try: doubles with the tries up to 4 h (24 h for full mailboxes), a quarter
 * more or less by `random`. */
int fates_wait_s(int retry_s, int tries, bool full, uint32_t random);

#endif

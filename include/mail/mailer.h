/* mailer: the process as a whole - what its two threads share, its start, reload and end.
 *
 * The clerk has PostgreSQL: it claims letters and stores what became of them. The sender has the
 * mailing key and the mail server. Letters go from one to the other and back by two queues. */
#ifndef MAIL_MAILER_H
#define MAIL_MAILER_H

#include <stdatomic.h>

#include "base/queue.h"
#include "link/service.h"
#include "mail/book.h"
#include "mail/gate.h"
#include "mail/metrics.h"
#include "mail/setup.h"

/* Whose pulse is where. */
enum { MAILER_CLERK, MAILER_SENDER, MAILER_PULSES };

struct mailer {
    const char *config_path;
    struct metrics *metrics;
    struct queue *todo, *done; /* of struct outbox_letter */
    struct gate gate;          /* the sender writes */
    /* To be taken by the thread that it is for; NULL: nothing new. */
    _Atomic(struct setup *) setup_of_clerk, setup_of_sender;
    _Atomic(struct book *) book_of_sender;
    atomic_bool book_stale; /* the sender met a petition that it does not know */
    atomic_bool stopping;   /* no new letters */
    atomic_bool sent_all;   /* the sender has ended: what is in `done` is all */
    atomic_bool looked;     /* the clerk has tried once to see the schema */
    atomic_bool database_up;
    atomic_bool schema_refused;
    atomic_int in_hand; /* letters claimed whose fate is not stored */
    struct pulse pulses[MAILER_PULSES];
};

/* Runs until SIGTERM or SIGINT; SIGHUP reads the configuration again. Returns the process' exit
 * code. */
int mailer_run(struct setup *setup, const char *config_path);

#endif

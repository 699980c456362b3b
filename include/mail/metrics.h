/* metrics: what the mailer counts, one enum entry a row of the table in metrics.c. */
#ifndef MAIL_METRICS_H
#define MAIL_METRICS_H

#include "base/metrics.h"
#include "base/process.h"
#include "base/status.h"
#include "mail/domains.h"
#include "store/outbox.h"

enum mail_metric {
    MM_SENT, /* by fate, as enum outbox_fate has them */
    MM_LATER,
    MM_REFUSED,
    MM_UNKNOWN,
    MM_IMPOSSIBLE,
    MM_UNTRIED,
    MM_LIST_SENT, /* of them letters to the list, in the same order */
    MM_LIST_LATER,
    MM_LIST_REFUSED,
    MM_LIST_UNKNOWN,
    MM_LIST_IMPOSSIBLE,
    MM_LIST_UNTRIED,
    MM_LIST_SENDING,
    MM_LIST_PAUSED,
    MM_TAKEN,
    MM_CLAIMED,
    MM_IN_HAND,
    MM_IN_FLIGHT,
    MM_WAITING,
    MM_DEFERRED,
    MM_OLDEST_CONFIRM,
    MM_OLDEST_THANKS,
    MM_OLDEST_ALREADY,
    MM_OLDEST_REMINDER,
    MM_OLDEST_PAGE,
    MM_DEFERRALS_FEW,
    MM_DEFERRALS_SOME,
    MM_DEFERRALS_MANY,
    MM_SLOW_FEW,
    MM_SLOW_SOME,
    MM_SLOW_MANY,
    MM_OPEN,
    MM_DOWN,
    MM_INSECURE,
    MM_LOGIN,
    MM_SENDER,
    MM_LETTER_SECONDS,
    MM_WAIT_SECONDS,
    MM_KEY_MISSING,
    MM_DATABASE_UNAVAILABLE,
    MM_DATABASE_UNCERTAIN,
    MM_DATABASE_BUSY,
    MM_DATABASE_FAULT,
    MM_DATABASE_UP,
    MM_LOG_DROPPED,
    MM_START_TIME,
    MM_BUILD,
    MM_PROCESS,
    MM_PROCESS_LAST = MM_PROCESS + PROCESS_METRICS - 1,
    MM_COUNT
};

/* NULL: out of memory. */
struct metrics *mail_metrics_new(void);
/* A statement that ended so. */
void mail_metrics_database(struct metrics *metrics, enum status status);
/* What is known of a letter that was on the wire, to a domain of this class. */
void mail_metrics_letter(struct metrics *metrics, const struct outbox_letter *letter,
                         enum outbox_fate fate, enum domains_class class);
void mail_metrics_slow(struct metrics *metrics, const struct domains *domains);
void mail_metrics_backlog(struct metrics *metrics, const struct outbox_backlog *backlog);

#endif

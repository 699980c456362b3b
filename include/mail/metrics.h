/* metrics: what the mailer counts, one enum entry a row of the table in metrics.c. */
#ifndef MAIL_METRICS_H
#define MAIL_METRICS_H

#include "base/metrics.h"

enum mail_metric {
    MM_SENT,
    MM_LATER,
    MM_REFUSED,
    MM_UNKNOWN,
    MM_IMPOSSIBLE,
    MM_UNTRIED,
    MM_TAKEN,
    MM_CLAIMED,
    MM_IN_HAND,
    MM_OPEN,
    MM_DOWN,
    MM_INSECURE,
    MM_LOGIN,
    MM_SENDER,
    MM_LETTER_SECONDS,
    MM_KEY_MISSING,
    MM_DATABASE_ERRORS,
    MM_DATABASE_UP,
    MM_LOG_DROPPED,
    MM_START_TIME,
    MM_COUNT
};

/* NULL: out of memory. */
struct metrics *mail_metrics_new(void);

#endif

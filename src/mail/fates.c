#include "mail/fates.h"

enum { WAIT_MAX_S = 4 * 3600, FULL_FACTOR = 60, FULL_MAX_S = 24 * 3600, POLICY = 7 };

/* --- no answer --- */

static struct fates_verdict judge_broken(const struct smtp_letter *letter) {
    if (letter->step == SMTP_AT_END)
        return (struct fates_verdict){.fate = OUTBOX_UNKNOWN};
    if (letter->step > SMTP_AT_SENDER)
        return (struct fates_verdict){.fate = OUTBOX_LATER};
    if (letter->step == SMTP_AT_SENDER && letter->reused)
        return (struct fates_verdict){.fate = OUTBOX_UNTRIED, .again = true};
    return (struct fates_verdict){.fate = OUTBOX_UNTRIED, .server = FATES_DOWN};
}

/* --- an answer --- */

/* First row that fits. A code stands for itself, 4 and 5 for their classes. */
static const struct {
    enum smtp_step from, to;
    int code;
    bool policy; /* x.7.x: it is not about the mailbox */
    struct fates_verdict verdict;
} answers[] = {
    {SMTP_AT_CONNECT, SMTP_AT_DATA, 530, false, {.fate = OUTBOX_UNTRIED, .server = FATES_LOGIN}},
    {SMTP_AT_CONNECT, SMTP_AT_DATA, 535, false, {.fate = OUTBOX_UNTRIED, .server = FATES_LOGIN}},
    {SMTP_AT_CONNECT, SMTP_AT_CONNECT, 4, false, {.fate = OUTBOX_UNTRIED, .server = FATES_CROWDED}},
    {SMTP_AT_CONNECT, SMTP_AT_LOGIN, 4, false, {.fate = OUTBOX_UNTRIED, .server = FATES_DOWN}},
    {SMTP_AT_CONNECT, SMTP_AT_TLS, 5, false, {.fate = OUTBOX_UNTRIED, .server = FATES_DOWN}},
    {SMTP_AT_LOGIN, SMTP_AT_LOGIN, 5, false, {.fate = OUTBOX_UNTRIED, .server = FATES_LOGIN}},
    {SMTP_AT_SENDER, SMTP_AT_SENDER, 4, false, {.fate = OUTBOX_UNTRIED, .server = FATES_DOWN}},
    {SMTP_AT_SENDER, SMTP_AT_SENDER, 5, false, {.fate = OUTBOX_UNTRIED, .server = FATES_SENDER}},
    {SMTP_AT_RECIPIENT, SMTP_AT_END, 452, false, {.fate = OUTBOX_LATER, .full = true}},
    {SMTP_AT_RECIPIENT, SMTP_AT_END, 552, false, {.fate = OUTBOX_LATER, .full = true}},
    {SMTP_AT_RECIPIENT, SMTP_AT_END, 4, false, {.fate = OUTBOX_LATER, .domain_slow = true}},
    {SMTP_AT_RECIPIENT, SMTP_AT_RECIPIENT, 5, true, {.fate = OUTBOX_IMPOSSIBLE}},
    {SMTP_AT_RECIPIENT, SMTP_AT_RECIPIENT, 550, false, {.fate = OUTBOX_REFUSED}},
    {SMTP_AT_RECIPIENT, SMTP_AT_RECIPIENT, 551, false, {.fate = OUTBOX_REFUSED}},
    {SMTP_AT_RECIPIENT, SMTP_AT_RECIPIENT, 553, false, {.fate = OUTBOX_REFUSED}},
    {SMTP_AT_RECIPIENT, SMTP_AT_RECIPIENT, 556, false, {.fate = OUTBOX_REFUSED}},
    {SMTP_AT_RECIPIENT, SMTP_AT_END, 5, false, {.fate = OUTBOX_IMPOSSIBLE}},
};

static struct fates_verdict judge_answer(const struct smtp_letter *letter) {
    /* A kept connection that is closed with a word, or takes no more: its limit, not this letter.
     */
    if (letter->reused &&
        (letter->step == SMTP_AT_SENDER || (letter->code == 421 && letter->step < SMTP_AT_END)))
        return (struct fates_verdict){.fate = OUTBOX_UNTRIED, .again = true};
    /* Exim's is a bare 550, as if nobody lived there; but it says so of every mailbox. */
    if (letter->no_relay && letter->code / 100 == 5)
        return (struct fates_verdict){.fate = OUTBOX_UNTRIED, .server = FATES_SENDER};
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        bool code = answers[i].code == letter->code || answers[i].code == letter->code / 100;
        bool policy = !answers[i].policy || letter->subject == POLICY;
        if (letter->step >= answers[i].from && letter->step <= answers[i].to && code && policy)
            return answers[i].verdict;
    }
    return (struct fates_verdict){.fate = OUTBOX_LATER};
}

struct fates_verdict fates_judge(const struct smtp_letter *letter) {
    switch (letter->end) {
    case SMTP_DONE:
        return (struct fates_verdict){.fate = OUTBOX_SENT};
    case SMTP_BAD_ADDRESS:
        return (struct fates_verdict){.fate = OUTBOX_IMPOSSIBLE};
    case SMTP_INSECURE:
        return (struct fates_verdict){.fate = OUTBOX_UNTRIED, .server = FATES_INSECURE};
    case SMTP_LOGIN:
        return (struct fates_verdict){.fate = OUTBOX_UNTRIED, .server = FATES_LOGIN};
    case SMTP_BROKEN:
        return judge_broken(letter);
    case SMTP_ANSWERED:
        break;
    }
    return judge_answer(letter);
}

int fates_wait_s(int retry_s, int tries, bool full, uint32_t random) {
    int64_t most = full ? FULL_MAX_S : WAIT_MAX_S;
    int64_t wait = full ? (int64_t)retry_s * FULL_FACTOR : retry_s;
    for (int i = 1; i < tries && wait < most; i++)
        wait *= 2;
    wait = wait < most ? wait : most;
    int64_t spread = wait / 2 + 1;
    return (int)(wait - wait / 4 + random % spread);
}

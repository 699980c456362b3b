#include "mail/metrics.h"

#include "base/clock.h"
#include "mail/compose.h"

static const uint64_t letter_ms[] = {5,    10,   20,   50,    100,   200,   500,
                                     1000, 2000, 5000, 10000, 30000, 60000, 0};

/* Whole minutes: that is how exactly a letter's key tells when it was made. */
static const uint64_t wait_s[] = {60, 120, 300, 600, 1800, 3600, 14400, 86400, 432000, 0};

#define OUTBOX "countersign_mailer_outbox_letters"
#define OUTBOX_HELP "Letters in the queue: that nobody has tried to send, and that were put off."
#define OLDEST "countersign_mailer_outbox_oldest_seconds"
#define OLDEST_HELP                                                                                \
    "Age of the oldest letter that nobody has tried to send, by kind; 0: none waits."
#define DEFERRALS "countersign_mailer_deferrals_total"
#define DEFERRALS_HELP                                                                             \
    "Letters put off by where they go: to domains with few (below 100), some or many (10,000 and " \
    "more) of this mailer's letters."
#define SLOW "countersign_mailer_slow_domains"
#define SLOW_HELP "Domains that get no letters for some time since they asked for it, likewise."
#define DATABASE_ERRORS "countersign_database_errors_total"
#define DATABASE_ERRORS_HELP "Statements that failed, by what is known of them."
#define FATES "countersign_mailer_letters_total"
#define FATES_HELP "Letters by what became of this try."
#define LIST_FATES "countersign_mailer_list_letters_total"
#define LIST_FATES_HELP "Of them letters to the list."
#define LIST_WAITING "countersign_mailer_list_waiting"
#define LIST_WAITING_HELP "Readers who still wait for a letter to the list, by its state."
#define SERVER "countersign_mailer_server"
#define SERVER_HELP                                                                                \
    "State of the mail server: one of them is 1; insecure, login and sender stop all."

static const struct metric table[MM_COUNT] = {
    [MM_SENT] = {FATES, "fate=\"sent\"", METRIC_COUNTER, FATES_HELP, NULL, 0},
    [MM_LATER] = {FATES, "fate=\"later\"", METRIC_COUNTER, FATES_HELP, NULL, 0},
    [MM_REFUSED] = {FATES, "fate=\"refused\"", METRIC_COUNTER, FATES_HELP, NULL, 0},
    [MM_UNKNOWN] = {FATES, "fate=\"unknown\"", METRIC_COUNTER, FATES_HELP, NULL, 0},
    [MM_IMPOSSIBLE] = {FATES, "fate=\"impossible\"", METRIC_COUNTER, FATES_HELP, NULL, 0},
    [MM_UNTRIED] = {FATES, "fate=\"untried\"", METRIC_COUNTER, FATES_HELP, NULL, 0},
    [MM_LIST_SENT] = {LIST_FATES, "fate=\"sent\"", METRIC_COUNTER, LIST_FATES_HELP, NULL, 0},
    [MM_LIST_LATER] = {LIST_FATES, "fate=\"later\"", METRIC_COUNTER, LIST_FATES_HELP, NULL, 0},
    [MM_LIST_REFUSED] = {LIST_FATES, "fate=\"refused\"", METRIC_COUNTER, LIST_FATES_HELP, NULL, 0},
    [MM_LIST_UNKNOWN] = {LIST_FATES, "fate=\"unknown\"", METRIC_COUNTER, LIST_FATES_HELP, NULL, 0},
    [MM_LIST_IMPOSSIBLE] = {LIST_FATES, "fate=\"impossible\"", METRIC_COUNTER, LIST_FATES_HELP,
                            NULL, 0},
    [MM_LIST_UNTRIED] = {LIST_FATES, "fate=\"untried\"", METRIC_COUNTER, LIST_FATES_HELP, NULL, 0},
    [MM_LIST_SENDING] = {LIST_WAITING, "state=\"sending\"", METRIC_GAUGE, LIST_WAITING_HELP, NULL,
                         0},
    [MM_LIST_PAUSED] = {LIST_WAITING, "state=\"paused\"", METRIC_GAUGE, LIST_WAITING_HELP, NULL, 0},
    [MM_TAKEN] = {"countersign_mailer_taken_total", NULL, METRIC_COUNTER,
                  "Letters that this mailer took into the queue.", NULL, 0},
    [MM_CLAIMED] = {"countersign_mailer_claimed_total", NULL, METRIC_COUNTER,
                    "Letters that this mailer claimed.", NULL, 0},
    [MM_IN_HAND] = {"countersign_mailer_in_hand", NULL, METRIC_GAUGE,
                    "Letters claimed and without a stored fate.", NULL, 0},
    [MM_IN_FLIGHT] = {"countersign_mailer_in_flight", NULL, METRIC_GAUGE,
                      "Letters on the wire to the mail server now.", NULL, 0},
    [MM_WAITING] = {OUTBOX, "state=\"untried\"", METRIC_GAUGE, OUTBOX_HELP, NULL, 0},
    [MM_DEFERRED] = {OUTBOX, "state=\"deferred\"", METRIC_GAUGE, OUTBOX_HELP, NULL, 0},
    [MM_OLDEST_CONFIRM] = {OLDEST, "kind=\"confirm\"", METRIC_GAUGE, OLDEST_HELP, NULL, 0},
    [MM_OLDEST_THANKS] = {OLDEST, "kind=\"thanks\"", METRIC_GAUGE, OLDEST_HELP, NULL, 0},
    [MM_OLDEST_ALREADY] = {OLDEST, "kind=\"already\"", METRIC_GAUGE, OLDEST_HELP, NULL, 0},
    [MM_OLDEST_REMINDER] = {OLDEST, "kind=\"reminder\"", METRIC_GAUGE, OLDEST_HELP, NULL, 0},
    [MM_OLDEST_PAGE] = {OLDEST, "kind=\"page\"", METRIC_GAUGE, OLDEST_HELP, NULL, 0},
    [MM_DEFERRALS_FEW] = {DEFERRALS, "domains=\"few\"", METRIC_COUNTER, DEFERRALS_HELP, NULL, 0},
    [MM_DEFERRALS_SOME] = {DEFERRALS, "domains=\"some\"", METRIC_COUNTER, DEFERRALS_HELP, NULL, 0},
    [MM_DEFERRALS_MANY] = {DEFERRALS, "domains=\"many\"", METRIC_COUNTER, DEFERRALS_HELP, NULL, 0},
    [MM_SLOW_FEW] = {SLOW, "domains=\"few\"", METRIC_GAUGE, SLOW_HELP, NULL, 0},
    [MM_SLOW_SOME] = {SLOW, "domains=\"some\"", METRIC_GAUGE, SLOW_HELP, NULL, 0},
    [MM_SLOW_MANY] = {SLOW, "domains=\"many\"", METRIC_GAUGE, SLOW_HELP, NULL, 0},
    [MM_OPEN] = {SERVER, "state=\"open\"", METRIC_GAUGE, SERVER_HELP, NULL, 0},
    [MM_DOWN] = {SERVER, "state=\"down\"", METRIC_GAUGE, SERVER_HELP, NULL, 0},
    [MM_INSECURE] = {SERVER, "state=\"insecure\"", METRIC_GAUGE, SERVER_HELP, NULL, 0},
    [MM_LOGIN] = {SERVER, "state=\"login\"", METRIC_GAUGE, SERVER_HELP, NULL, 0},
    [MM_SENDER] = {SERVER, "state=\"sender\"", METRIC_GAUGE, SERVER_HELP, NULL, 0},
    [MM_LETTER_SECONDS] = {"countersign_mailer_letter_seconds", NULL, METRIC_HISTOGRAM,
                           "Time of one letter on the wire.", letter_ms, 1e-3},
    [MM_WAIT_SECONDS] = {"countersign_mailer_wait_seconds", NULL, METRIC_HISTOGRAM,
                         "Time from owing a letter to the mail server's yes, in whole minutes; "
                         "reminders left out.",
                         wait_s, 1},
    [MM_KEY_MISSING] = {"countersign_mailer_key_missing_total", NULL, METRIC_COUNTER,
                        "Letters that the mailing key does not open.", NULL, 0},
    [MM_DATABASE_UNAVAILABLE] = {DATABASE_ERRORS, "status=\"unavailable\"", METRIC_COUNTER,
                                 DATABASE_ERRORS_HELP, NULL, 0},
    [MM_DATABASE_UNCERTAIN] = {DATABASE_ERRORS, "status=\"uncertain\"", METRIC_COUNTER,
                               DATABASE_ERRORS_HELP, NULL, 0},
    [MM_DATABASE_BUSY] = {DATABASE_ERRORS, "status=\"busy\"", METRIC_COUNTER, DATABASE_ERRORS_HELP,
                          NULL, 0},
    [MM_DATABASE_FAULT] = {DATABASE_ERRORS, "status=\"fault\"", METRIC_COUNTER,
                           DATABASE_ERRORS_HELP, NULL, 0},
    [MM_DATABASE_UP] = {"countersign_database_up", NULL, METRIC_GAUGE,
                        "Whether PostgreSQL answers.", NULL, 0},
    [MM_LOG_DROPPED] = {"countersign_log_dropped_total", NULL, METRIC_COUNTER,
                        "Log lines that stderr did not take.", NULL, 0},
    [MM_START_TIME] = {"countersign_start_time_seconds", NULL, METRIC_GAUGE,
                       "Start of the process in Unix time.", NULL, 0},
    [MM_BUILD] = {"countersign_build_info", "version=\"" COUNTERSIGN_VERSION "\"", METRIC_GAUGE,
                  "The program's version; always 1.", NULL, 0},
    PROCESS_ROWS(MM_PROCESS),
};

struct metrics *mail_metrics_new(void) {
    struct metrics *metrics = metrics_new(table, MM_COUNT);
    if (metrics)
        metrics_set(metrics, MM_BUILD, 1);
    return metrics;
}

void mail_metrics_database(struct metrics *metrics, enum status status) {
    metrics_add(metrics,
                status == ST_UNAVAILABLE ? MM_DATABASE_UNAVAILABLE
                : status == ST_UNCERTAIN ? MM_DATABASE_UNCERTAIN
                : status == ST_BUSY      ? MM_DATABASE_BUSY
                                         : MM_DATABASE_FAULT,
                1);
}

/* To the minute in which it was made. */
static uint64_t age_s(const struct outbox_letter *letter) {
    int64_t now_s = clock_unix_ms() / 1000;
    return (uint64_t)(now_s - compose_date_s(letter, now_s)) / 60 * 60;
}

void mail_metrics_letter(struct metrics *metrics, const struct outbox_letter *letter,
                         enum outbox_fate fate, enum domains_class class) {
    if (fate == OUTBOX_SENT && letter->kind != OUTBOX_REMINDER && letter->kind != OUTBOX_LIST)
        metrics_observe(metrics, MM_WAIT_SECONDS, age_s(letter));
    if (fate == OUTBOX_LATER)
        metrics_add(metrics, MM_DEFERRALS_FEW + (size_t) class, 1);
}

void mail_metrics_backlog(struct metrics *metrics, const struct outbox_backlog *backlog) {
    metrics_set(metrics, MM_WAITING, backlog->letters - backlog->deferred);
    metrics_set(metrics, MM_DEFERRED, backlog->deferred);
    metrics_set(metrics, MM_LIST_SENDING, backlog->list_sending);
    metrics_set(metrics, MM_LIST_PAUSED, backlog->list_paused);
    for (size_t kind = OUTBOX_CONFIRM; kind <= OUTBOX_PAGE; kind++)
        metrics_set(metrics, MM_OLDEST_CONFIRM + kind - OUTBOX_CONFIRM, backlog->oldest_s[kind]);
}

void mail_metrics_slow(struct metrics *metrics, const struct domains *domains) {
    int slow[DOMAINS_CLASSES];
    domains_count_slow(domains, slow);
    for (size_t i = 0; i < DOMAINS_CLASSES; i++)
        metrics_set(metrics, MM_SLOW_FEW + i, slow[i]);
}

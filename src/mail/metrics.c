#include "mail/metrics.h"

static const uint64_t letter_ms[] = {5,    10,   20,   50,    100,   200,   500,
                                     1000, 2000, 5000, 10000, 30000, 60000, 0};

#define FATES "countersign_mailer_letters_total"
#define FATES_HELP "Letters by what became of this try."
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
    [MM_TAKEN] = {"countersign_mailer_taken_total", NULL, METRIC_COUNTER,
                  "Letters that this mailer took into the queue.", NULL, 0},
    [MM_CLAIMED] = {"countersign_mailer_claimed_total", NULL, METRIC_COUNTER,
                    "Letters that this mailer claimed.", NULL, 0},
    [MM_IN_HAND] = {"countersign_mailer_in_hand", NULL, METRIC_GAUGE,
                    "Letters claimed and without a stored fate.", NULL, 0},
    [MM_OPEN] = {SERVER, "state=\"open\"", METRIC_GAUGE, SERVER_HELP, NULL, 0},
    [MM_DOWN] = {SERVER, "state=\"down\"", METRIC_GAUGE, SERVER_HELP, NULL, 0},
    [MM_INSECURE] = {SERVER, "state=\"insecure\"", METRIC_GAUGE, SERVER_HELP, NULL, 0},
    [MM_LOGIN] = {SERVER, "state=\"login\"", METRIC_GAUGE, SERVER_HELP, NULL, 0},
    [MM_SENDER] = {SERVER, "state=\"sender\"", METRIC_GAUGE, SERVER_HELP, NULL, 0},
    [MM_LETTER_SECONDS] = {"countersign_mailer_letter_seconds", NULL, METRIC_HISTOGRAM,
                           "Time of one letter on the wire.", letter_ms, 1e-3},
    [MM_KEY_MISSING] = {"countersign_mailer_key_missing_total", NULL, METRIC_COUNTER,
                        "Letters that the mailing key does not open.", NULL, 0},
    [MM_DATABASE_ERRORS] = {"countersign_database_errors_total", NULL, METRIC_COUNTER,
                            "Statements that failed.", NULL, 0},
    [MM_DATABASE_UP] = {"countersign_database_up", NULL, METRIC_GAUGE,
                        "Whether PostgreSQL answers.", NULL, 0},
    [MM_LOG_DROPPED] = {"countersign_log_dropped_total", NULL, METRIC_COUNTER,
                        "Log lines that stderr did not take.", NULL, 0},
    [MM_START_TIME] = {"countersign_start_time_seconds", NULL, METRIC_GAUGE,
                       "Start of the process in Unix time.", NULL, 0},
};

struct metrics *mail_metrics_new(void) {
    return metrics_new(table, MM_COUNT);
}

/* doctor: the looks that `countersign doctor` takes, each a line or more in a report. */
#ifndef CTL_DOCTOR_H
#define CTL_DOCTOR_H

#include "ctl/context.h"

enum doctor_level { DOCTOR_OK, DOCTOR_WARN, DOCTOR_NO, DOCTOR_AWAY };

struct doctor {
    struct context *context;
    json_t *list; /* NULL: lines */
    bool any_no, any_away;
};

/* One line: the level, what was looked at, and what was found or is to be done. */
void doctor_say(struct doctor *doctor, enum doctor_level level, const char *what,
                const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Each of these needs the settings only. */
void doctor_keys(struct doctor *doctor);
void doctor_postgres(struct doctor *doctor);
void doctor_redis(struct doctor *doctor);
void doctor_socket(struct doctor *doctor);
/* What receivers look up about the sender: SPF (RFC 7208), DKIM (RFC 6376), DMARC (RFC 7489), and
 * where bounces go. */
void doctor_mail(struct doctor *doctor);
/* Whether the file serves this program too. What it lacks is a warning: it may serve the command
 * line alone. */
void doctor_configuration(struct doctor *doctor, enum settings_for program, const char *name);
/* A clock that is off by more than 2 s is a NO. */
void doctor_clock(struct doctor *doctor, const char *what, int64_t skew_ms);

#endif

/* doctor: the looks that `countersign doctor` takes, each a line or more in a report. */
#ifndef CTL_DOCTOR_H
#define CTL_DOCTOR_H

#include "core/seal.h"
#include "ctl/context.h"

enum doctor_level { DOCTOR_OK, DOCTOR_WARN, DOCTOR_NO, DOCTOR_AWAY };

/* What can be wrong, each with a row in the table of doctor_checks.c. */
enum doctor_check {
    CHECK_FSYNC,
    CHECK_FULL_PAGES,
    CHECK_SYNCHRONOUS,
    CHECK_STANDBY,
    CHECK_AUTOVACUUM,
    CHECK_LOG_STATEMENT,
    CHECK_LOG_DURATION,
    CHECK_LOG_ON_ERROR,
    CHECK_TCP_TRUST,
    CHECK_POSTGRES_TLS,
    CHECK_REDIS_OPEN,
    CHECK_REDIS_REACHED,
    CHECK_REDIS_RIGHTS,
    CHECK_REDIS_POLICY,
    CHECK_REDIS_DISK,
    CHECK_REDIS_MEMORY,
    CHECK_CONFIG_OPEN,
    CHECK_CONFIG_WRITABLE,
    CHECK_CONFIG_PASSWORD,
    CHECK_SITE_HTTPS,
    CHECK_OPERATORS_OPEN,
    CHECK_FILE_LIMIT,
    CHECK_UNLOCKED,
    CHECK_DISK,
    CHECK_NGINX_TRUST,
    CHECK_NGINX_REAL_IP,
    CHECK_NGINX_CALLER,
    CHECK_NGINX_SOCKETS,
    CHECK_NGINX_BODY,
    CHECK_NGINX_KEEPALIVE,
    CHECK_NGINX_CACHE,
    CHECK_NGINX_HOST,
    CHECK_NGINX_CERTIFICATE,
    CHECK_NGINX_LOG,
    CHECK_NGINX_CORES,
    DOCTOR_CHECKS
};

struct doctor_row {
    const char *name;   /* "fsync" */
    const char *wrong;  /* what is wrong then */
    const char *advice; /* why that is bad, and what to do */
};

struct doctor {
    struct context *context;
    json_t *list;                  /* NULL: lines */
    struct blind_keys *index_keys; /* NULL: not read */
    struct text database;          /* the operator's; absent: not reached */
    bool any_no, any_away;
};

/* Bits of a file's mode that let others do what they must not. */
enum { DOCTOR_SECRET_BITS = 0027, DOCTOR_PUBLIC_BITS = 0022 };

/* One line: the level, what was looked at, and what was found or is to be done. */
void doctor_say(struct doctor *doctor, enum doctor_level level, const char *what,
                const char *format, ...) __attribute__((format(printf, 4, 5)));

/* A line with the check's name and what was found; where that is wrong, with the row's text too. */
void doctor_judge(struct doctor *doctor, bool wrong, enum doctor_level level,
                  enum doctor_check check, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* The table as Markdown, for `doctor --list`. */
void doctor_list(struct output *out);

/* The file itself, what it says of the site, and the disks of this host. `free_percent`: how much
 * of a disk has to be free. */
void doctor_host(struct doctor *doctor, long free_percent);
/* What the programs at these operators' listeners tell of themselves. */
void doctor_programs(struct doctor *doctor, const char *const *addresses, size_t count);
/* nginx' configuration from this file on; NULL: it is not looked at. */
void doctor_nginx(struct doctor *doctor, const char *path);
/* Whether PostgreSQL lets in by TCP who gives a wrong password. */
struct health_postgres;
void doctor_trust(struct doctor *doctor, const struct health_postgres *health);
/* A file, to be freed by secret_free. False: it cannot be read; that and a mode with a bit that is
 * forbidden are told. */
bool doctor_file(struct doctor *doctor, const char *name, const char *path, unsigned forbidden,
                 struct text *file);
/* The same of a password, and whether there is one; that too is told. NULL: nothing. */
void doctor_password(struct doctor *doctor, const char *name, const char *path);
/* What the mailer alone reads; workers seal letters to these. */
void doctor_mailer(struct doctor *doctor, const struct recipients *sealed_to);
/* Each of these needs the settings only. doctor_words: the words of letters and pages. */
void doctor_words(struct doctor *doctor);
void doctor_keys(struct doctor *doctor);
void doctor_postgres(struct doctor *doctor);
void doctor_redis(struct doctor *doctor);
void doctor_socket(struct doctor *doctor);
/* What receivers look up about the sender: SPF (RFC 7208), DKIM (RFC 6376), DMARC (RFC 7489), and
 * where bounces go. */
void doctor_mail(struct doctor *doctor);
/* Whether the file serves this program too. What it lacks is a warning where it may serve the
 * command line alone, or units of systemd say the rest. */
void doctor_configuration(struct doctor *doctor, enum settings_for program, const char *name,
                          bool whole);
/* A clock that is off by more than 2 s is a NO. */
void doctor_clock(struct doctor *doctor, const char *what, int64_t skew_ms);

#endif

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "ctl/doctor.h"
#include "store/health.h"

enum { CONNINFO_SIZE = 1024, HOST_SIZE = 128, TRY_MS = 2000 };

/* Where PostgreSQL listens by TCP on its own host; false: nowhere. */
static bool find_listener(const struct health_postgres *health, char out[HOST_SIZE]) {
    static const char *const everywhere[] = {"*", "0.0.0.0", "::", "localhost"};
    struct text rest = health->listens;
    struct text first = text_trim(text_cut(&rest, ','));
    for (size_t i = 0; i < sizeof everywhere / sizeof everywhere[0]; i++) {
        first = text_is(first, everywhere[i]) ? text_of("127.0.0.1") : first;
    }
    return first.len > 0 && text_store(first, out, HOST_SIZE);
}

/* The worker's connection, by TCP on this host where it is a socket's: later words win. */
static bool by_tcp(const char *conninfo, const struct health_postgres *health,
                   char out[CONNINFO_SIZE]) {
    char host[HOST_SIZE];
    bool is_url = strncmp(conninfo, "postgres", 8) == 0;
    bool is_local = strstr(conninfo, "host=/") != NULL;
    int len;
    if (is_url || strstr(conninfo, "host=") == NULL || (is_local && !find_listener(health, host))) {
        return false;
    }
    if (is_local) {
        len = snprintf(out, CONNINFO_SIZE, "%s host=%s port=%s passfile=/dev/null", conninfo, host,
                       health->port.data);
    } else {
        len = snprintf(out, CONNINFO_SIZE, "%s passfile=/dev/null", conninfo);
    }
    return len > 0 && len < CONNINFO_SIZE;
}

/* Nobody has this password, so only `trust` lets it in. PostgreSQL logs one failed try. */
void doctor_trust(struct doctor *doctor, const struct health_postgres *health) {
    static const char nobodys[] = "countersign doctor tries whether any password will do";
    char conninfo[CONNINFO_SIZE];
    struct pg_options options = {.conninfo = conninfo,
                                 .password = text_of(nobodys),
                                 .application_name = "countersign doctor",
                                 .connect_timeout_ms = TRY_MS};
    if (!by_tcp(doctor->context->settings.database, health, conninfo)) {
        doctor_say(doctor, DOCTOR_OK, "postgres_trust", "%s",
                   health->listens.len > 0 ? "not looked at: the connection string names no host"
                                           : "PostgreSQL does not listen by TCP");
        return;
    }
    struct pg *pg = pg_new(&options);
    bool open = pg != NULL && pg_connect(pg, true, clock_monotonic_ms() + TRY_MS) == ST_OK;
    pg_free(&pg);
    doctor_judge(doctor, open, DOCTOR_NO, CHECK_TCP_TRUST, "%s",
                 open ? "let in" : "a wrong password is refused");
}

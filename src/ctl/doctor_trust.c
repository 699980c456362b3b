#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "ctl/doctor.h"
#include "store/health.h"

enum { CONNINFO_SIZE = 1024, TRY_MS = 2000 };

/* The worker's connection, by TCP on this host where it is a socket's: later words win. */
static bool by_tcp(const char *conninfo, const struct health_postgres *health,
                   char out[CONNINFO_SIZE]) {
    bool is_url = strncmp(conninfo, "postgres", 8) == 0,
         is_local = strstr(conninfo, "host=/") != NULL;
    if (is_url || (!is_local && strstr(conninfo, "host=") == NULL)) {
        return false;
    }
    int len = snprintf(out, CONNINFO_SIZE, "%s%s%s connect_timeout=2 passfile=/dev/null", conninfo,
                       is_local ? " host=127.0.0.1 port=" : "", is_local ? health->port.data : "");
    return len > 0 && len < CONNINFO_SIZE && (!is_local || health->listens);
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
                   health->listens ? "not looked at: the connection string names no host"
                                   : "PostgreSQL does not listen by TCP");
        return;
    }
    struct pg *pg = pg_new(&options);
    bool open = pg != NULL && pg_connect(pg, true, clock_monotonic_ms() + TRY_MS) == ST_OK;
    pg_free(&pg);
    doctor_judge(doctor, open, DOCTOR_NO, CHECK_TCP_TRUST, "%s",
                 open ? "let in" : "a wrong password is refused");
}

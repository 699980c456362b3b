#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "ctl/doctor.h"
#include "ctl/own_address.h"
#include "store/health.h"

enum { CONNINFO_SIZE = 1024, HOST_SIZE = 128, WHERE_SIZE = 256, TRY_MS = 2000 };

/* What was tried, and who got in. */
struct tries {
    const struct health_postgres *health;
    int count;
    char open[WHERE_SIZE]; /* "": nobody */
};

/* Nobody has this password, so only `trust` lets it in. PostgreSQL logs a failed try. */
static bool lets_in(const char *conninfo) {
    static const char nobodys[] = "countersign doctor tries whether any password will do";
    struct pg_options options = {.conninfo = conninfo,
                                 .password = text_of(nobodys),
                                 .application_name = "countersign doctor",
                                 .connect_timeout_ms = TRY_MS};
    struct pg *pg = pg_new(&options);
    bool open = pg != NULL && pg_connect(pg, true, clock_monotonic_ms() + TRY_MS) == ST_OK;
    pg_free(&pg);
    return open;
}

static void try(struct tries *tries, const char *conninfo, const char *role, const char *where) {
    tries->count++;
    if (tries->open[0] == '\0' && lets_in(conninfo)) {
        snprintf(tries->open, sizeof tries->open, "%s is let in at %s", role, where);
    }
}

/* The worker's own connection; later words win. */
static void try_configured(struct tries *tries, const char *conninfo) {
    char own[CONNINFO_SIZE];
    bool is_url = strncmp(conninfo, "postgres", 8) == 0;
    const char *between = !is_url ? " " : strchr(conninfo, '?') != NULL ? "&" : "?";
    int len = snprintf(own, sizeof own, "%s%spassfile=/dev/null", conninfo, between);
    if (len > 0 && len < CONNINFO_SIZE) {
        try(tries, own, tries->health->role.data, "its host");
    }
}

/* Also whoever may do all: a line of pg_hba.conf may be for one of them alone. */
static void try_address(struct tries *tries, const char *host) {
    const char *const roles[] = {tries->health->role.data, "postgres"};
    char conninfo[CONNINFO_SIZE];
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        int len = snprintf(conninfo, sizeof conninfo,
                           "host='%s' port=%s dbname='%s' user='%s' passfile=/dev/null", host,
                           tries->health->port.data, tries->health->database.data, roles[i]);
        if (len > 0 && len < CONNINFO_SIZE) {
            try(tries, conninfo, roles[i], host);
        }
    }
}

/* Whom pg_hba.conf knows by 127.0.0.1 it may treat otherwise than who comes from elsewhere, as this
 * host does by its own address. */
static void try_everywhere(struct tries *tries) {
    struct in_addr own[OWN_ADDRESSES_MAX];
    char host[INET_ADDRSTRLEN];
    size_t count = own_addresses(own);
    try_address(tries, "127.0.0.1");
    for (size_t i = 0; i < count; i++) {
        if (inet_ntop(AF_INET, &own[i], host, sizeof host) != NULL) {
            try_address(tries, host);
        }
    }
}

static void try_this_host(struct tries *tries) {
    struct text rest = tries->health->listens;
    char host[HOST_SIZE];
    while (rest.data != NULL && rest.len > 0) {
        struct text one = text_trim(text_cut(&rest, ','));
        if (text_is(one, "*") || text_is(one, "0.0.0.0") || text_is(one, "::")) {
            try_everywhere(tries);
        } else if (one.len > 0 && text_store(one, host, sizeof host)) {
            try_address(tries, host);
        }
    }
}

void doctor_trust(struct doctor *doctor, const struct health_postgres *health) {
    struct tries tries = {.health = health};
    if (!health->by_socket) {
        try_configured(&tries, doctor->context->settings.database);
    }
    if (!health->elsewhere) {
        try_this_host(&tries);
    }
    bool open = tries.open[0] != '\0';
    doctor_judge(doctor, open, DOCTOR_NO, CHECK_TCP_TRUST, "%s",
                 open              ? tries.open
                 : tries.count > 0 ? "a wrong password is refused"
                                   : "PostgreSQL does not listen by TCP");
}

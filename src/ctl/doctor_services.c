#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/secret.h"
#include "core/blind.h"
#include "ctl/doctor.h"
#include "store/health.h"
#include "store/petitions.h"
#include "store/schema.h"

enum { OLDEST_POSTGRES = 150000, WORKER_CONNECTIONS = 2, OTHER_CONNECTIONS = 8, MOST_WORKERS = 16 };

/* --- PostgreSQL --- */

static void say_postgres(struct doctor *doctor, const char *what, struct pg *pg,
                         enum status status) {
    bool away = status == ST_UNAVAILABLE || status == ST_UNCERTAIN || status == ST_BUSY;
    doctor_say(doctor, away ? DOCTOR_AWAY : DOCTOR_NO, what, "%s (%s)", pg_message(pg),
               pg_sqlstate(pg));
}

static bool names_several_hosts(const char *conninfo) {
    return pg_conninfo_count(conninfo, "host") > 1 || pg_conninfo_count(conninfo, "hostaddr") > 1;
}

/* With one host there is nobody to fail over to. */
static void look_at_standby(struct doctor *doctor, const struct health_postgres *health) {
    const char *conninfo = doctor->context->settings.database;
    bool waits = health->standbys.len > 0 && !text_is(health->synchronous_commit, "local") &&
                 !text_is(health->synchronous_commit, "off");
    if (conninfo == NULL || !names_several_hosts(conninfo)) {
        return;
    }
    doctor_judge(doctor, !waits, DOCTOR_NO, CHECK_STANDBY, "%s",
                 waits ? "a standby has what is acknowledged" : "nobody is waited for");
}

/* Whether every acknowledged signature survives a power cut, and the tables stay small. */
static void look_at_durability(struct doctor *doctor, const struct health_postgres *health) {
    doctor_judge(doctor, !text_is(health->fsync, "on"), DOCTOR_NO, CHECK_FSYNC, "%s",
                 health->fsync.data);
    doctor_judge(doctor, !text_is(health->full_page_writes, "on"), DOCTOR_NO, CHECK_FULL_PAGES,
                 "%s", health->full_page_writes.data);
    doctor_judge(doctor, text_is(health->synchronous_commit, "off"), DOCTOR_NO, CHECK_SYNCHRONOUS,
                 "%s", health->synchronous_commit.data);
    look_at_standby(doctor, health);
    doctor_judge(doctor, !health->autovacuum, DOCTOR_NO, CHECK_AUTOVACUUM, "%s",
                 health->autovacuum ? "on" : "off");
}

/* What people typed must be in no log. A length of 0 leaves parameters out. */
static void look_at_logging(struct doctor *doctor, const struct health_postgres *health) {
    bool whole = health->log_parameters != 0;
    bool all = text_is(health->log_statement, "all") || text_is(health->log_statement, "mod");
    doctor_judge(doctor, all && whole, DOCTOR_NO, CHECK_LOG_STATEMENT, "%s",
                 health->log_statement.data);
    doctor_judge(doctor, health->log_duration_ms >= 0 && whole, DOCTOR_NO, CHECK_LOG_DURATION,
                 "from %d ms on (-1: never)", health->log_duration_ms);
    doctor_judge(doctor, health->log_parameters_on_error != 0, DOCTOR_NO, CHECK_LOG_ON_ERROR,
                 "%d bytes of each (-1: whole)", health->log_parameters_on_error);
}

static void look_at_room(struct doctor *doctor, const struct health_postgres *health) {
    int workers = (health->connections - OTHER_CONNECTIONS) / WORKER_CONNECTIONS;
    if (workers < 1) {
        doctor_say(doctor, DOCTOR_NO, "PostgreSQL",
                   "%d connections are no room for one worker: raise max_connections",
                   health->connections);
    } else {
        doctor_say(doctor, workers >= MOST_WORKERS ? DOCTOR_OK : DOCTOR_WARN, "PostgreSQL",
                   "%d connections are room for %d workers (%d each, %d for the rest)",
                   health->connections, workers, WORKER_CONNECTIONS, OTHER_CONNECTIONS);
    }
}

static void look_at_server(struct doctor *doctor, const struct health_postgres *health) {
    if (health->version < OLDEST_POSTGRES) {
        doctor_say(doctor, DOCTOR_NO, "PostgreSQL", "version %d is too old: 15 or newer is needed",
                   health->version / 10000);
    } else {
        doctor_say(doctor, DOCTOR_OK, "PostgreSQL", "version %d", health->version / 10000);
    }
    bool utf8 = text_is(health->encoding, "UTF8");
    doctor_say(doctor, utf8 ? DOCTOR_OK : DOCTOR_NO, "PostgreSQL", "encoding %s%s",
               health->encoding.data, utf8 ? "" : ": make the database with ENCODING 'UTF8'");
    look_at_room(doctor, health);
    doctor_clock(doctor, "PostgreSQL's clock", health->skew_ms);
}

static bool look_at_schema(struct doctor *doctor, struct pg *pg) {
    int found = 0, wanted = 0;
    enum status status = schema_check(pg, context_soon(), &found, &wanted);
    if (status == ST_OK) {
        doctor_say(doctor, DOCTOR_OK, "schema", "version %d%s", found,
                   found > wanted ? ", newer than this program, which still works with it" : "");
    } else if (status == ST_INVALID) {
        char why[SCHEMA_WORDS];
        schema_refusal(found, why);
        doctor_say(doctor, DOCTOR_NO, "schema", "%s", why);
    } else {
        say_postgres(doctor, "schema", pg, status);
    }
    return status == ST_OK;
}

static void look_at_rights(struct doctor *doctor, struct pg *pg) {
    struct health_right *rights = NULL;
    size_t count = 0;
    enum status status = health_rights(pg, doctor->context->arena, context_soon(), &rights, &count);
    if (status != ST_OK) {
        say_postgres(doctor, "roles", pg, status);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const struct health_right *right = &rights[i];
        doctor_say(doctor, DOCTOR_NO, "roles", "%s %s %s%s%s: %s", right->role.data,
                   right->missing ? "lacks" : "must not have", right->what.data,
                   right->object.len > 0 ? " on " : "", right->object.data,
                   right->missing ? "grant it as the migrations do" : "revoke it");
    }
    if (count == 0) {
        doctor_say(doctor, DOCTOR_OK, "roles", "each can do what it must, and no more");
    }
}

static void look_at_role(struct doctor *doctor, const char *what, const char *wanted,
                         const struct health_postgres *health) {
    if (health->superuser) {
        doctor_say(doctor, DOCTOR_NO, what, "connects as the superuser %s: use %s",
                   health->role.data, wanted);
    } else if (!text_is(health->role, wanted)) {
        doctor_say(doctor, DOCTOR_NO, what, "connects as %s: use %s", health->role.data, wanted);
    } else {
        doctor_say(doctor, DOCTOR_OK, what, "connects as %s", wanted);
    }
}

/* What a petition is keyed by, nobody can sign it without. */
static void look_at_index_keys(struct doctor *doctor, struct pg *pg) {
    struct petitions_key_list list = {NULL, 0};
    if (doctor->index_keys == NULL) {
        return;
    }
    enum status status =
        petitions_keys(pg, text_of(NULL), doctor->context->arena, context_soon(), &list);
    if (status != ST_OK) {
        say_postgres(doctor, "index_key_file", pg, status);
        return;
    }
    for (size_t i = 0; i < list.count; i++) {
        const struct petitions_key *petition = &list.items[i];
        if (!blind_keys_have(doctor->index_keys, petition->index_key)) {
            doctor_say(doctor, DOCTOR_NO, "index_key_file",
                       "%s is keyed by number %d, which is not in the file: nobody can sign it; "
                       "put that line back",
                       petition->slug.data, petition->index_key);
            return;
        }
    }
}

/* Of configurations that were changed by hand, one may be left behind. */
static void look_at_database(struct doctor *doctor, const char *what,
                             const struct health_postgres *health) {
    if (doctor->database.data != NULL && !text_equal(doctor->database, health->database)) {
        doctor_say(doctor, DOCTOR_NO, what,
                   "its database is %s, and that of operator_database is %s: make them the same",
                   health->database.data, doctor->database.data);
    }
}

/* One of the configured connections; NULL: told why not. */
static struct pg *connect_to(struct doctor *doctor, const char *what, const char *conninfo,
                             const struct text *password) {
    struct pg_options options = {.conninfo = conninfo,
                                 .password = *password,
                                 .application_name = "countersign doctor",
                                 .connect_timeout_ms = CONTEXT_CONNECT_MS};
    struct pg *pg = pg_new(&options);
    if (pg == NULL) {
        doctor_say(doctor, DOCTOR_AWAY, what, "out of memory");
        return NULL;
    }
    enum status status = pg_connect(pg, true, clock_monotonic_ms() + CONTEXT_CONNECT_MS);
    if (status != ST_OK) {
        say_postgres(doctor, what, pg, status);
        pg_free(&pg);
    }
    return pg;
}

static void look_as_operator(struct doctor *doctor, const char *what, struct pg *pg,
                             const struct health_postgres *health) {
    look_at_role(doctor, what, "countersign_operator", health);
    look_at_server(doctor, health);
    doctor->database = health->database;
    if (look_at_schema(doctor, pg)) {
        look_at_index_keys(doctor, pg);
    }
    look_at_rights(doctor, pg);
}

static void look_as_worker(struct doctor *doctor, const char *what, struct pg *pg,
                           const struct health_postgres *health) {
    (void)pg;
    look_at_role(doctor, what, "countersign_worker", health);
    look_at_database(doctor, what, health);
    look_at_durability(doctor, health);
    look_at_logging(doctor, health);
    doctor_judge(
        doctor, health->elsewhere && !health->encrypted, DOCTOR_WARN, CHECK_POSTGRES_TLS, "%s",
        health->elsewhere ? health->encrypted ? "encrypted" : "not encrypted" : "this host");
    doctor_trust(doctor, health);
}

static void look_as_mailer(struct doctor *doctor, const char *what, struct pg *pg,
                           const struct health_postgres *health) {
    (void)pg;
    look_at_role(doctor, what, "countersign_mailer", health);
    look_at_database(doctor, what, health);
}

static void look_through(struct doctor *doctor, const char *what, const char *conninfo,
                         const char *password_file,
                         void (*look)(struct doctor *, const char *, struct pg *,
                                      const struct health_postgres *)) {
    struct text password = {NULL, 0};
    struct health_postgres health;
    if (password_file != NULL && context_password(password_file, &password) != OUTCOME_DONE) {
        return; /* doctor_keys has told it */
    }
    struct pg *pg = connect_to(doctor, what, conninfo, &password);
    if (pg != NULL) {
        enum status status = health_postgres(pg, doctor->context->arena, context_soon(), &health);
        if (status == ST_OK) {
            look(doctor, what, pg, &health);
        } else {
            say_postgres(doctor, what, pg, status);
        }
    }
    pg_free(&pg);
    secret_free(&password.data);
}

void doctor_postgres(struct doctor *doctor) {
    const struct settings *settings = &doctor->context->settings;
    look_through(doctor, "operator_database", settings->operator_database,
                 settings->operator_database_password_file, look_as_operator);
    if (settings->database != NULL) {
        look_through(doctor, "database", settings->database, settings->database_password_file,
                     look_as_worker);
    }
    const char *mailers = settings->mailer_database_password_file;
    if (settings->mailer_database != NULL && (mailers == NULL || access(mailers, F_OK) == 0)) {
        look_through(doctor, "mailer_database", settings->mailer_database, mailers, look_as_mailer);
    }
}

#include <string.h>

#include "pg_private.h"

struct meaning {
    const char *prefix; /* of the SQLSTATE */
    enum status status;
};

/* The first prefix that fits counts. What ends the session while a statement runs may come after
 * its commit (a wait for the standby is broken off in this way), so it is uncertain. */
static const struct meaning meanings[] = {
    {"57014", ST_BUSY},        /* statement time-out */
    {"55P03", ST_BUSY},        /* lock time-out */
    {"40P01", ST_BUSY},        /* deadlock */
    {"40001", ST_BUSY},        /* serialization */
    {"40003", ST_UNCERTAIN},   /* completion unknown */
    {"57P03", ST_UNAVAILABLE}, /* starting up, in recovery */
    {"57P04", ST_UNAVAILABLE}, /* the database is gone */
    {"57P", ST_UNCERTAIN},     /* shut down, crashed, idle too long */
    {"25P03", ST_UNCERTAIN},   /* idle in transaction too long */
    {"25006", ST_UNAVAILABLE}, /* read-only: a standby */
    {"53", ST_UNAVAILABLE},    /* connections, disk, memory */
    {"58", ST_UNAVAILABLE},    /* input and output of the server */
    {"08", ST_UNCERTAIN},      /* the connection */
};

static bool ends_session(const char *severity) {
    return severity && (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0);
}

static enum status status_of(const char *sqlstate, const char *severity) {
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
        if (strncmp(sqlstate, meanings[i].prefix, strlen(meanings[i].prefix)) == 0)
            return meanings[i].status;
    }
    return ends_session(severity) ? ST_UNCERTAIN : ST_FAULT;
}

void pg_note(struct pg *pg, const char *sqlstate, const char *message) {
    size_t len = strcspn(message, "\r\n");

    if (len >= sizeof pg->message)
        len = sizeof pg->message - 1;
    memcpy(pg->message, message, len);
    pg->message[len] = '\0';
    memcpy(pg->sqlstate, sqlstate, sizeof pg->sqlstate - 1);
    pg->sqlstate[sizeof pg->sqlstate - 1] = '\0';
}

enum status pg_note_result(struct pg *pg, const PGresult *result) {
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

    if (!sqlstate || strlen(sqlstate) != PG_SQLSTATE_SIZE - 1) {
        pg_note(pg, "08006", PQresultErrorMessage(result));
        return ST_UNCERTAIN;
    }
    /* A data exception quotes the value, even in its primary message. */
    if (strncmp(sqlstate, "22", 2) == 0)
        primary = "invalid data";
    pg_note(pg, sqlstate, primary ? primary : "no message");
    return status_of(sqlstate, PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED));
}

bool pg_is_error(const PGresult *result) {
    ExecStatusType type = PQresultStatus(result);

    return type != PGRES_TUPLES_OK && type != PGRES_COMMAND_OK && type != PGRES_SINGLE_TUPLE &&
           type != PGRES_EMPTY_QUERY;
}

const char *pg_sqlstate(const struct pg *pg) {
    return pg->sqlstate;
}

const char *pg_message(const struct pg *pg) {
    return pg->message;
}

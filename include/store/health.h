/* health: what `doctor` asks PostgreSQL and Redis about themselves. Changes nothing. */
#ifndef STORE_HEALTH_H
#define STORE_HEALTH_H

#include <stdint.h>

#include "base/arena.h"
#include "link/pg.h"
#include "link/redis.h"

/* A right that a role lacks, or has and must not have. */
struct health_right {
    struct text role, object, what;
    bool missing;
};

/* Only the rights that are wrong. Texts live in the arena. Statuses as pg_run. */
enum status health_rights(struct pg *pg, struct arena *arena, int64_t deadline_ms,
                          struct health_right **rights, size_t *count);

struct health_postgres {
    struct text role, encoding, fsync, full_page_writes, synchronous_commit;
    bool superuser, in_recovery;
    int version; /* 150004 */
    int connections;
    int64_t skew_ms;                       /* PostgreSQL's clock minus this host's */
    bool autovacuum, encrypted, elsewhere; /* as health_settings.sql has them */
    struct text log_statement, listens, port, standbys, database;
    bool by_socket;
    int log_duration_ms, log_parameters, log_parameters_on_error;
};

enum status health_postgres(struct pg *pg, struct arena *arena, int64_t deadline_ms,
                            struct health_postgres *out);

struct health_redis {
    int64_t skew_ms;         /* Redis' clock minus this host's */
    bool reaches_keys;       /* GET of a key with our prefix works */
    bool runs_scripts;       /* EVALSHA is allowed */
    bool reaches_others;     /* keys without our prefix can be read too */
    bool reaches_commands;   /* CONFIG is allowed: this user is not limited */
    bool tells_about_itself; /* INFO is allowed: what follows is known */
    char policy[32];         /* maxmemory-policy */
    bool persists;           /* a log of commands, or snapshots */
    bool bounded;            /* maxmemory is set */
    int tcp_port;            /* where it listens by TCP; 0: nowhere */
};

/* UNAVAILABLE: away, redis_code says why. FAULT: it answers, but not to this user's plainest
 * command. */
enum status health_redis(struct redis *redis, struct health_redis *out);
/* Whether a connection may read keys. */
bool health_redis_answers(struct redis *redis);

#endif

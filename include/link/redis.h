/* redis: one hiredis connection with a time-out on everything.
 *
 * A context that timed out or failed is thrown away at once, since the answer of an earlier command
 * would be taken for that of a later one. Connects by itself, with back-off (50 ms doubling to 1
 * s). One thread at a time. Works with hiredis 0.14 and 1.x, which write without
 * MSG_NOSIGNAL: the program ignores SIGPIPE.
 *
 * With sentinels each connecting asks them anew who leads, and whoever they name has to say so
 * itself (ROLE). A sentinel that does not answer is asked last the next time; asking all of them
 * takes no longer than two time-outs begun. */
#ifndef LINK_REDIS_H
#define LINK_REDIS_H

#include <stdint.h>

#include <hiredis/hiredis.h>

#include "base/status.h"
#include "base/text.h"

struct redis;

struct redis_options {
    const char *address;           /* "unix:/path", "redis://host:port[/db]" (numeric host or a name
                                      resolved at connect) or "sentinel://host:port,host:port.../name[/db]" */
    const char *user;              /* may be NULL */
    struct text password;          /* may be absent; must outlive the connection */
    int timeout_ms;                /* connect and each answer */
    struct text sentinel_password; /* of the sentinels' default user; as `password` */
};

enum { REDIS_SENTINELS_MAX = 9 };

/* INVALID: the address; FAULT: memory. Does not connect. */
enum status redis_new(const struct redis_options *options, struct redis **out);
void redis_free(struct redis **redis);

struct redis_script {
    const char *body; /* Lua */
    char sha[41];     /* filled by redis_script_init */
};

void redis_script_init(struct redis_script *script, const char *body);

struct redis_command {
    int count;
    const char **values; /* binary safe */
    const size_t *lengths;
};

/* OK: *reply is the caller's, freeReplyObject it, and is not an error. UNAVAILABLE: away, timed
 * out, or still backing off; FAULT: the server answered with an error (redis_code tells; READONLY,
 * LOADING, MISCONF, NOAUTH, MASTERDOWN also drop the connection and are UNAVAILABLE). */
enum status redis_run(struct redis *redis, const struct redis_command *command, redisReply **reply);
/* EVALSHA, and once EVAL when the server does not know it. `command` holds keys, then arguments;
 * `keys` of them are keys. */
enum status redis_run_script(struct redis *redis, const struct redis_script *script, int keys,
                             const struct redis_command *command, redisReply **reply);
/* PING now, whatever the back-off says. */
enum status redis_probe(struct redis *redis);
/* First word of the last error: "timeout", "refused", "OOM", "WRONGTYPE" ... never NULL. */
const char *redis_code(const struct redis *redis);

#endif

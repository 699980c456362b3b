/* fake_redis: a server that answers each command with what a script says.
 *
 * One connection after another; when the script is at its end every answer is +OK. A command is
 * expected in one piece. */
#ifndef TESTS_UNIT_FAKE_REDIS_H
#define TESTS_UNIT_FAKE_REDIS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct fake_redis_step {
    const char *bytes; /* NULL: the connection ends */
    int delay_ms;      /* over 1000: nothing comes until the other side closes */
    bool slowly;       /* byte by byte */
};

#define FAKE_REDIS_CLOSE                                                                           \
    { NULL, 0, false }
#define FAKE_REDIS_HANG                                                                            \
    { "", 100000, false }

struct fake_redis {
    char folder[64], path[96], address[128];
    int port; /* 0: a unix socket */
    int listener;
    pthread_t thread;
    const struct fake_redis_step *steps;
    size_t count, next;
    atomic_int connections, commands;
    pthread_mutex_t lock;
    char last[4096]; /* under the lock */
};

void fake_redis_start(struct fake_redis *fake, const struct fake_redis_step *steps, size_t count);
/* At a port of 127.0.0.1; no folder, path or address. */
void fake_redis_start_tcp(struct fake_redis *fake, const struct fake_redis_step *steps,
                          size_t count);
void fake_redis_stop(struct fake_redis *fake);
/* The last command, as it came over the wire. Static storage. */
const char *fake_redis_last(struct fake_redis *fake);

#endif

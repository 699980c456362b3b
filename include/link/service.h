/* service: a daemon's signals, and what a service manager passes in and is told.
 *
 * systemd's protocols for daemons: a listening socket is descriptor 3 (LISTEN_FDS, LISTEN_PID), and
 * news are datagrams to NOTIFY_SOCKET (READY=1, STOPPING=1, WATCHDOG=1 within every WATCHDOG_USEC).
 * Sources: sd_listen_fds(3), sd_notify(3), sd_watchdog_enabled(3), which promise that both stay as
 * they are. By hand, since libsystemd would bring four libraries for compression and encryption
 * into each process. Without a manager, every call does nothing.
 *
 * One thread: the one that starts the others. */
#ifndef LINK_SERVICE_H
#define LINK_SERVICE_H

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

struct service {
    sigset_t signals;
    int news;         /* socket to the manager; -1: nobody listens */
    int64_t every_ms; /* the manager hears of us at least that often; 0: it does not ask */
};

/* Blocks SIGTERM, SIGINT and SIGHUP (threads inherit that, so that only service_wait sees them),
 * ignores SIGPIPE, and reads the environment. What it cannot use (a path that is too long, say)
 * counts as not given. */
void service_open(struct service *service);
void service_close(struct service *service);
/* The socket passed in, or -1. INVALID: more than one. A second call has none: children shall not
 * think it theirs. Changes the environment, so no other thread may run yet. */
enum status service_listener(int *fd);
/* News in the manager's words, "READY=1" for example. Never waits; a manager that went away is no
 * error. */
void service_say(const struct service *service, const char *news);
/* The next signal. Tells the manager's watchdog meanwhile that we live, as long as `alive` says so.
 */
int service_wait(const struct service *service, bool (*alive)(void *context), void *context);

/* What shows that a thread comes round: it beats, and the thread that waits looks. */
struct service_pulse {
    atomic_uint beats;
    unsigned seen; /* of the thread that looks */
};

void service_beat(struct service_pulse *pulse);
/* For service_wait: whether it has beaten since it was asked before. */
bool service_beats(void *pulse);

#endif

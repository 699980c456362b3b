/* service: a daemon's signals, and what a service manager passes in and is told.
 *
 * systemd's protocols for daemons: a listening socket is descriptor 3 (LISTEN_FDS, LISTEN_PID), and
 * news are datagrams to NOTIFY_SOCKET (READY=1, STOPPING=1, WATCHDOG=1 within every WATCHDOG_USEC).
 * Sources: sd_listen_fds(3), sd_notify(3), sd_watchdog_enabled(3), which promise that both stay as
 * they are. By hand, since libsystemd would bring four libraries for compression and encryption
 * into each process. Without a manager, news go nowhere.
 *
 * The manager's watchdog sees a process that hangs as a whole. One of whose threads hangs ends by
 * itself, whoever started it: within WATCHDOG_USEC, or 60 s.
 *
 * One thread: the one that starts the others. */
#ifndef LINK_SERVICE_H
#define LINK_SERVICE_H

#include <signal.h>
#include <stdint.h>

#include "base/pulse.h"
#include "base/status.h"

enum { SERVICE_HANGS = 3 }; /* exit code */

struct service {
    sigset_t signals;
    int news;         /* socket to the manager; -1: nobody listens */
    int64_t every_ms; /* between two looks at the threads; the manager hears of each */
    struct pulse *pulses;
    size_t pulse_count;
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
/* The threads that service_wait looks at; they stay the caller's. */
void service_watch(struct service *service, struct pulse *pulses, size_t count);
/* The next signal. Meanwhile the manager's watchdog hears that we live; a thread that hangs is told
 * in the log, and ends the process with SERVICE_HANGS. */
int service_wait(const struct service *service);

#endif

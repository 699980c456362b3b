/* worker: the process as a whole - what its threads share, its start, reload and end. */
#ifndef SERVE_WORKER_H
#define SERVE_WORKER_H

#include <stdatomic.h>

#include "base/metrics.h"
#include "base/queue.h"
#include "core/blind.h"
#include "core/page.h"
#include "core/settings.h"
#include "link/fcgi.h"
#include "link/service.h"
#include "serve/board.h"
#include "serve/outage.h"
#include "serve/snapshot.h"

enum { WORKER_CONNECTIONS_MAX = 4096, WORKER_IO_THREADS_MAX = 64 };

/* Whose pulse is where. */
enum {
    WORKER_READER,
    WORKER_COMMITTER,
    WORKER_IO,
    WORKER_PULSES = WORKER_IO + WORKER_IO_THREADS_MAX
};

struct committer;
struct reader;

/* Set up before the threads start; afterwards each member is safe for any thread by itself. */
struct worker {
    const struct settings *settings;
    const struct settings *given; /* the same, before socket and slot were chosen */
    const char *config_path;
    int passed_in; /* the listening socket, or -1 */
    struct fcgi *fcgi;
    struct snapshot_holder *snapshots;
    struct board *board;
    struct metrics *metrics;
    struct blind_keys *blind_keys;
    struct recipients recipients;         /* configured public keys; the reader's once it runs */
    struct recipients mailing_recipients; /* likewise */
    struct views *views[VIEWS];           /* the reader's once it has started */
    struct text database_password, redis_password, sentinel_password;
    bool blocklist_told; /* the reader's: that its file is unusable */
    struct committer *committer;
    struct reader *reader;
    atomic_bool looked; /* the reader has tried everything once */
    struct pulse pulses[WORKER_PULSES];
    atomic_int io_threads; /* that have begun */
    atomic_bool stopping;
    atomic_bool reload;
    atomic_bool epochs_lost;    /* PostgreSQL does not know our epochs: make new ones */
    atomic_bool redis_up;       /* the reader probes, the committer clears */
    struct outage redis_outage; /* what the log says of it */
    atomic_bool database_up;    /* of the committer's last try */
    atomic_bool catalog_up;     /* the reader has reached PostgreSQL with the right schema */
    atomic_bool schema_refused; /* the database is there, with a schema that is not ours */
    atomic_bool clock_differs;  /* PostgreSQL's from ours, as the log has it */
    atomic_llong ahead_ms;      /* PostgreSQL's clock of our monotonic one */
    atomic_bool role_refused;   /* the database is there, and we may not sign in it */
};

/* Runs until SIGTERM or SIGINT; SIGHUP reloads. Returns the process' exit code. */
int worker_run(const struct settings *settings, const char *config_path);
/* Takes over the public keys of both files. NULL: done; else why not, with the setting's name, and
 * those of before stay. The reader's thread, once it runs. */
const char *worker_read_recipients(struct worker *worker, const struct settings *settings,
                                   const char **name);

#endif

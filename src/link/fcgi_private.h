/* fcgi_private: what the files of fcgi share; nobody else includes it. */
#ifndef LINK_FCGI_PRIVATE_H
#define LINK_FCGI_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

#include "link/fcgi.h"

/* One thread at a time has a connection: who got its (one-shot) event, or who holds its request. */
struct fcgi_connection {
    int fd;               /* -1: closed by libfcgi */
    pthread_mutex_t turn; /* held while it is handed to the next thread */
    struct fcgi_connection *next, *previous;
    struct buffer part;  /* of a request that is not complete */
    int64_t started_ms;  /* when the first of it came */
    int64_t deadline_ms; /* under the lock; 0: none, and then nobody else touches fd */
    bool timed_out;      /* under the lock */
};

struct fcgi {
    char *path;
    bool inherited; /* the listener: somebody else's, and so is its file */
    dev_t device;   /* of the file, so that only our own is removed */
    ino_t inode;
    gid_t group; /* of the file: its members may connect */
    int listener, epoll, stop_event, timer;
    int read_timeout_ms, request_timeout_ms;
    size_t connections_max;
    atomic_bool stopping;
    atomic_ullong accepted, refused_peers, protocol_errors, timeouts, emfile;

    pthread_mutex_t lock; /* what follows */
    struct fcgi_connection *connections;
    size_t open;
    bool full;                 /* the listener waits until a connection closes */
    int64_t listen_again_ms;   /* the listener waits until then; 0: it does not */
    bool ticking;              /* the timer runs */
    struct fcgi_request *free; /* requests to be used again */
    size_t free_count;
};

/* --- fcgi_listen: the socket and who may connect --- */

enum status fcgi_listen(struct fcgi *fcgi, const struct fcgi_options *options, char *why,
                        size_t why_size);
/* Closes the listener and removes its file. */
void fcgi_unlisten(struct fcgi *fcgi);
bool fcgi_peer_may(const struct fcgi *fcgi, int fd);

/* --- fcgi_connection: connections between requests --- */

/* Takes the descriptor over. */
void fcgi_connection_open(struct fcgi *fcgi, int fd);
void fcgi_connection_close(struct fcgi *fcgi, struct fcgi_connection *connection);
/* Back to epoll; the connection is another thread's from then on. */
void fcgi_connection_arm(struct fcgi *fcgi, struct fcgi_connection *connection);
/* Something can be read. NULL: no complete request; the connection was dealt with. */
struct fcgi_request *fcgi_connection_read(struct fcgi *fcgi, struct fcgi_connection *connection);
/* Ends what takes too long. How many deadlines are left. Under the lock. */
size_t fcgi_connection_sweep(struct fcgi *fcgi, int64_t now_ms);
/* Starts the timer. Under the lock. */
void fcgi_tick(struct fcgi *fcgi);

/* --- fcgi_request: libfcgi --- */

/* Once a process, before anything else. */
bool fcgi_request_start(void);
/* A request out of a descriptor on which a complete, plain one lies: the connection's own, or a
 * copy, which is taken over. NULL: it failed; the connection was closed. */
struct fcgi_request *fcgi_request_take(struct fcgi *fcgi, struct fcgi_connection *connection,
                                       int fd, bool aborted);
void fcgi_request_free(struct fcgi_request *request);
struct fcgi_request *fcgi_request_next(struct fcgi_request *request);

#endif

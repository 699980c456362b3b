/* fcgi: libfcgi as requests that are objects, on an accept loop and an epoll of our own.
 *
 * Stock libfcgi binds a thread to a connection until it closes, has no read timeouts, is not woken
 * by SIGTERM and ends the process on some malformed records. Here any number of threads wait in
 * fcgi_accept; libfcgi sees a request only when it is complete and well-formed, so it never waits;
 * what is not complete waits in epoll and costs no thread. Whoever holds the request answers it, on
 * any thread, and the connection goes back to epoll. The socket is AF_UNIX, mode 0660, for nginx
 * alone; peers are checked (SO_PEERCRED: same user, root, or a member of the socket's group). */
#ifndef LINK_FCGI_H
#define LINK_FCGI_H

#include "base/arena.h"
#include "base/pulse.h"
#include "base/status.h"
#include "base/text.h"

enum { FCGI_BODY_MAX = 16384 };

struct fcgi_options {
    const char *socket; /* path; an old socket file there is replaced; NULL with inherited_fd */
    int inherited_fd;   /* listening socket passed in (systemd), or -1 */
    int backlog;
    int read_timeout_ms;    /* a peer in mid-request may be silent this long; a write waits at most
                               this */
    int request_timeout_ms; /* a request is complete after this, from its first byte */
    size_t connections_max; /* further ones wait in the backlog */
};

struct fcgi;
struct fcgi_request;

struct fcgi_counts {
    unsigned long long accepted, refused_peers, protocol_errors, timeouts, emfile;
    unsigned long long open; /* connections now */
};

/* Sets SIGPIPE to be ignored. INVALID: the path is too long or not usable; FAULT: the system
 * refused. `why` (>= 128 bytes) gets a line for people. */
enum status fcgi_open(const struct fcgi_options *options, struct fcgi **out, char *why,
                      size_t why_size);
/* Waits for the next request; its parameters are read, its body is not. GONE: fcgi_stop was called,
 * do not call again. Bad connections are closed inside. Any number of threads, each with a pulse of
 * its own, which is idle while it waits and busy when there is a request. */
enum status fcgi_accept(struct fcgi *fcgi, struct pulse *pulse, struct fcgi_request **out);
/* A parameter by name, the first of that name; absent when not there. Valid until the reply. */
struct text fcgi_param(const struct fcgi_request *request, const char *name);
/* The request's memory, wiped and reused after the reply. */
struct arena *fcgi_arena(struct fcgi_request *request);
/* The body, in the request's arena. INVALID: shorter or longer than CONTENT_LENGTH says (an absent
 * or empty one says 0), or given up by the peer; LIMITED: over FCGI_BODY_MAX (one over 64 KiB never
 * gets here: its connection is closed); FAULT: out of memory. Once a request. */
enum status fcgi_body(struct fcgi_request *request, struct text *body);
/* Writes header block and body (either may be empty), ends the request and gives the connection
 * back. The request is gone afterwards. A peer that went away is no error. Never blocks longer than
 * the read timeout. */
void fcgi_reply(struct fcgi_request *request, struct text head, struct text body);

/* No new connections or requests; wakes every fcgi_accept. Async-signal-safe. Requests in flight
 * can still be answered. */
void fcgi_stop(struct fcgi *fcgi);
/* After all threads came back and all requests are answered. Removes the socket file. */
void fcgi_close(struct fcgi **fcgi);
void fcgi_counts(struct fcgi *fcgi, struct fcgi_counts *out);

#endif

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <fcgiapp.h>

#include "fcgi_private.h"

/* A request lives in one arena; what is kept over requests is its first block. */
enum { ARENA_CHUNK = 8192, ARENA_LIMIT = 2 * 1024 * 1024, FREE_MAX = 512 };

struct fcgi_request {
    FCGX_Request fcgx;
    struct fcgi *fcgi;
    struct fcgi_connection *connection;
    struct arena *arena;
    int copy; /* where libfcgi reads a rewritten request; -1: on the connection */
    bool aborted;
    struct fcgi_request *next; /* in the list of free ones */
};

/* --- the library --- */

static pthread_once_t started = PTHREAD_ONCE_INIT;
static bool start_worked;

/* libfcgi takes signals for itself, and lingers two seconds over every connection that it closes.
 */
static void start(void) {
    static const int signals[] = {SIGPIPE, SIGUSR1, SIGTERM};
    enum { SIGNALS = sizeof signals / sizeof signals[0] };
    struct sigaction before[SIGNALS];

    for (size_t i = 0; i < SIGNALS; i++)
        sigaction(signals[i], NULL, &before[i]);
    setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "0", 1);
    start_worked = FCGX_Init() == 0;
    for (size_t i = 0; i < SIGNALS; i++)
        sigaction(signals[i], &before[i], NULL);
    signal(SIGPIPE, SIG_IGN); /* it writes without MSG_NOSIGNAL */
}

bool fcgi_request_start(void) {
    pthread_once(&started, start);
    return start_worked;
}

/* --- life --- */

static struct fcgi_request *take_free(struct fcgi *fcgi) {
    struct fcgi_request *request;

    pthread_mutex_lock(&fcgi->lock);
    request = fcgi->free;
    if (request) {
        fcgi->free = request->next;
        fcgi->free_count--;
    }
    pthread_mutex_unlock(&fcgi->lock);
    return request;
}

static struct fcgi_request *get_request(struct fcgi *fcgi) {
    struct fcgi_request *request = take_free(fcgi);

    if (request)
        return request;
    request = calloc(1, sizeof *request);
    if (!request)
        return NULL;
    request->arena = arena_new(ARENA_CHUNK, ARENA_LIMIT);
    if (!request->arena || FCGX_InitRequest(&request->fcgx, -1, 0) != 0) {
        fcgi_request_free(request);
        return NULL;
    }
    request->fcgi = fcgi;
    request->copy = -1;
    return request;
}

void fcgi_request_free(struct fcgi_request *request) {
    arena_free(&request->arena);
    free(request);
}

struct fcgi_request *fcgi_request_next(struct fcgi_request *request) {
    return request->next;
}

static void put_request(struct fcgi *fcgi, struct fcgi_request *request) {
    bool keep;

    arena_reset(request->arena);
    request->connection = NULL;
    request->aborted = false;
    pthread_mutex_lock(&fcgi->lock);
    keep = fcgi->free_count < FREE_MAX;
    if (keep) {
        request->next = fcgi->free;
        fcgi->free = request;
        fcgi->free_count++;
    }
    pthread_mutex_unlock(&fcgi->lock);
    if (!keep)
        fcgi_request_free(request);
}

/* --- taking a request --- */

/* libfcgi is made to believe that it has accepted the descriptor and kept it from the request
 * before. When it gives up it closes the descriptor and, for want of a listener, returns an error.
 */
static bool hand_over(struct fcgi_request *request, int fd) {
    request->fcgx.ipcFd = fd;
    request->fcgx.keepConnection = 1;
    return FCGX_Accept_r(&request->fcgx) >= 0;
}

struct fcgi_request *fcgi_request_take(struct fcgi *fcgi, struct fcgi_connection *connection,
                                       int fd, bool aborted) {
    struct fcgi_request *request = get_request(fcgi);
    bool copied = fd != connection->fd;

    if (!request) {
        if (copied)
            close(fd);
        fcgi_connection_close(fcgi, connection);
        return NULL;
    }
    request->connection = connection;
    request->aborted = aborted;
    if (hand_over(request, fd)) {
        request->copy = copied ? fd : -1;
        return request;
    }
    if (!copied)
        connection->fd = -1;
    put_request(fcgi, request);
    atomic_fetch_add(&fcgi->protocol_errors, 1);
    fcgi_connection_close(fcgi, connection);
    return NULL;
}

/* --- reading it --- */

struct text fcgi_param(const struct fcgi_request *request, const char *name) {
    size_t len = strlen(name);

    for (char **entry = request->fcgx.envp; *entry; entry++) {
        if (strncmp(*entry, name, len) == 0 && (*entry)[len] == '=')
            return text_of(*entry + len + 1);
    }
    return text_of(NULL);
}

struct arena *fcgi_arena(struct fcgi_request *request) {
    return request->arena;
}

/* Up to `most` bytes; fewer at the end of the body. Wipes them in libfcgi's buffer, which it frees
 * as it is. */
static size_t read_some(FCGX_Stream *in, char *out, size_t most) {
    size_t len = 0;

    while (len < most) {
        int first = FCGX_GetChar(in);
        size_t here;

        if (first == EOF)
            break;
        out[len++] = (char)first;
        here = (size_t)(in->stop - in->rdNext);
        if (here > most - len)
            here = most - len;
        if (here > 0)
            FCGX_GetStr(out + len, (int)here, in);
        len += here;
        explicit_bzero(in->rdNext - here - 1, here + 1);
    }
    return len;
}

/* What stays unread would be taken for the next request. How much it was. */
static size_t drain(FCGX_Stream *in) {
    char bytes[2048];
    size_t len, sum = 0;

    do {
        len = read_some(in, bytes, sizeof bytes);
        explicit_bzero(bytes, len);
        sum += len;
    } while (len == sizeof bytes);
    return sum;
}

enum status fcgi_body(struct fcgi_request *request, struct text *body) {
    struct text length_text = fcgi_param(request, "CONTENT_LENGTH");
    unsigned long long length = 0;
    size_t len;
    char *bytes;

    if (length_text.len > 0 && !text_to_u64(length_text, &length))
        return ST_INVALID;
    if (length > FCGI_BODY_MAX)
        return ST_LIMITED;
    bytes = arena_alloc(request->arena, (size_t)length + 1);
    if (!bytes)
        return ST_FAULT;
    len = read_some(request->fcgx.in, bytes, (size_t)length);
    if (len < length || drain(request->fcgx.in) > 0 || request->aborted ||
        FCGX_GetError(request->fcgx.in) != 0)
        return ST_INVALID;
    *body = text_span(bytes, len);
    return ST_OK;
}

/* --- answering it --- */

static void put(FCGX_Stream *out, struct text text) {
    if (text.len > 0)
        FCGX_PutStr(text.data, (int)text.len, out);
}

/* Addresses are among them. */
static void wipe_params(char **entry) {
    for (; *entry; entry++)
        explicit_bzero(*entry, strlen(*entry));
}

/* Ends the request: one write for head, body and end, if they fit libfcgi's 8 KiB. libfcgi shall
 * never close what is in order; that it has closed when a write failed shows by ipcFd. */
static bool finish(struct fcgi_request *request) {
    bool keep = request->fcgx.keepConnection != 0;

    wipe_params(request->fcgx.envp);
    request->fcgx.keepConnection = 1;
    FCGX_Finish_r(&request->fcgx);
    request->connection->fd = request->fcgx.ipcFd;
    request->fcgx.ipcFd = -1;
    return keep && request->connection->fd >= 0;
}

void fcgi_reply(struct fcgi_request *request, struct text head, struct text body) {
    struct fcgi *fcgi = request->fcgi;
    struct fcgi_connection *connection = request->connection;
    bool keep;

    drain(request->fcgx.in);
    if (request->copy >= 0) {
        close(request->copy);
        request->copy = -1;
        request->fcgx.ipcFd = connection->fd;
    }
    put(request->fcgx.out, head);
    put(request->fcgx.out, body);
    keep = finish(request);
    put_request(fcgi, request);
    if (keep && !atomic_load(&fcgi->stopping))
        fcgi_connection_arm(fcgi, connection);
    else
        fcgi_connection_close(fcgi, connection);
}

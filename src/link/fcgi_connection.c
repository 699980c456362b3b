#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "fcgi_private.h"
#include "fcgi_record.h"

/* One look takes this much; a longer request is gathered. */
enum { LOOK = 32 * 1024, TICK_MS = 100 };

/* --- life --- */

static bool set_timeouts(int fd, int timeout_ms) {
    struct timeval timeout = {timeout_ms / 1000, timeout_ms % 1000 * 1000};

    return setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) == 0 &&
           setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout) == 0;
}

static void link_in(struct fcgi *fcgi, struct fcgi_connection *connection) {
    pthread_mutex_lock(&fcgi->lock);
    connection->next = fcgi->connections;
    if (connection->next)
        connection->next->previous = connection;
    fcgi->connections = connection;
    fcgi->open++;
    pthread_mutex_unlock(&fcgi->lock);
}

/* Whether the listener has waited for this. */
static bool link_out(struct fcgi *fcgi, struct fcgi_connection *connection) {
    bool was_full;

    pthread_mutex_lock(&fcgi->lock);
    if (connection->next)
        connection->next->previous = connection->previous;
    if (connection->previous)
        connection->previous->next = connection->next;
    else
        fcgi->connections = connection->next;
    fcgi->open--;
    was_full = fcgi->full;
    fcgi->full = false;
    pthread_mutex_unlock(&fcgi->lock);
    return was_full;
}

void fcgi_connection_close(struct fcgi *fcgi, struct fcgi_connection *connection) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLONESHOT, .data.ptr = &fcgi->listener};
    bool was_full = link_out(fcgi, connection);

    if (connection->fd >= 0)
        close(connection->fd);
    buffer_done(&connection->part);
    pthread_mutex_destroy(&connection->turn);
    free(connection);
    if (was_full)
        epoll_ctl(fcgi->epoll, EPOLL_CTL_MOD, fcgi->listener, &event);
}

/* Another thread may have the event before epoll_ctl returns here. The kernel orders their work,
 * but C does not know; so the other waits for the end of this. */
static void hand_over(struct fcgi *fcgi, struct fcgi_connection *connection, int operation) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLONESHOT, .data.ptr = connection};
    bool handed;

    pthread_mutex_lock(&connection->turn);
    handed = epoll_ctl(fcgi->epoll, operation, connection->fd, &event) == 0;
    pthread_mutex_unlock(&connection->turn);
    if (!handed)
        fcgi_connection_close(fcgi, connection);
}

static void take_over(struct fcgi_connection *connection) {
    pthread_mutex_lock(&connection->turn);
    pthread_mutex_unlock(&connection->turn);
}

void fcgi_connection_arm(struct fcgi *fcgi, struct fcgi_connection *connection) {
    hand_over(fcgi, connection, EPOLL_CTL_MOD);
}

void fcgi_connection_open(struct fcgi *fcgi, int fd) {
    struct fcgi_connection *connection = calloc(1, sizeof *connection);

    if (!connection || !set_timeouts(fd, fcgi->read_timeout_ms)) {
        free(connection);
        close(fd);
        return;
    }
    connection->fd = fd;
    pthread_mutex_init(&connection->turn, NULL);
    buffer_init(&connection->part, FCGI_REQUEST_BYTES_MAX + 1);
    link_in(fcgi, connection);
    hand_over(fcgi, connection, EPOLL_CTL_ADD);
}

/* --- deadlines of requests that are not complete --- */

void fcgi_tick(struct fcgi *fcgi) {
    static const struct timespec tick = {.tv_nsec = TICK_MS * 1000000L};
    struct itimerspec every = {.it_value = tick, .it_interval = tick};

    if (!fcgi->ticking)
        timerfd_settime(fcgi->timer, 0, &every, NULL);
    fcgi->ticking = true;
}

static void set_deadline(struct fcgi *fcgi, struct fcgi_connection *connection) {
    int64_t now_ms = clock_monotonic_ms();
    int64_t read_ms = now_ms + fcgi->read_timeout_ms;
    int64_t whole_ms = connection->started_ms + fcgi->request_timeout_ms;

    pthread_mutex_lock(&fcgi->lock);
    connection->deadline_ms = read_ms < whole_ms ? read_ms : whole_ms;
    fcgi_tick(fcgi);
    pthread_mutex_unlock(&fcgi->lock);
}

static bool clear_deadline(struct fcgi *fcgi, struct fcgi_connection *connection) {
    bool timed_out;

    pthread_mutex_lock(&fcgi->lock);
    connection->deadline_ms = 0;
    timed_out = connection->timed_out;
    pthread_mutex_unlock(&fcgi->lock);
    return timed_out;
}

/* Only shuts down: that makes an event, and who gets it closes. */
size_t fcgi_connection_sweep(struct fcgi *fcgi, int64_t now_ms) {
    size_t left = 0;

    for (struct fcgi_connection *c = fcgi->connections; c; c = c->next) {
        if (c->deadline_ms == 0)
            continue;
        if (c->deadline_ms > now_ms) {
            left++;
            continue;
        }
        c->deadline_ms = 0;
        c->timed_out = true;
        atomic_fetch_add(&fcgi->timeouts, 1);
        shutdown(c->fd, SHUT_RDWR);
    }
    return left;
}

/* --- reading --- */

static struct fcgi_request *fail(struct fcgi *fcgi, struct fcgi_connection *connection) {
    atomic_fetch_add(&fcgi->protocol_errors, 1);
    fcgi_connection_close(fcgi, connection);
    return NULL;
}

/* Copies them over from the socket, where `len` bytes are known to lie. */
static bool consume(int fd, uint8_t *bytes, size_t len) {
    while (len > 0) {
        ssize_t n = recv(fd, bytes, len, MSG_DONTWAIT);

        if (n <= 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

static bool say(int fd, const struct buffer *answers) {
    return answers->len == 0 || send(fd, answers->data, answers->len,
                                     MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)answers->len;
}

static struct fcgi_request *answer_management(struct fcgi *fcgi,
                                              struct fcgi_connection *connection) {
    struct buffer answers;
    bool good;

    buffer_init(&answers, FCGI_ANSWERS_MAX);
    good = fcgi_answer((const uint8_t *)connection->part.data, connection->part.len, &answers);
    good = say(connection->fd, &answers) && good;
    buffer_done(&answers);
    buffer_done(&connection->part);
    if (!good)
        return fail(fcgi, connection);
    fcgi_connection_arm(fcgi, connection);
    return NULL;
}

/* libfcgi reads the rewritten request from a file in memory, and never waits. */
static int store(const struct buffer *plain) {
    int fd = memfd_create("fcgi", MFD_CLOEXEC);

    if (fd >= 0 && pwrite(fd, plain->data, plain->len, 0) != (ssize_t)plain->len) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static struct fcgi_request *take_gathered(struct fcgi *fcgi, struct fcgi_connection *connection,
                                          bool aborted) {
    struct buffer plain, answers;
    int fd = -1;

    buffer_init(&plain, FCGI_REQUEST_BYTES_MAX);
    buffer_init(&answers, FCGI_ANSWERS_MAX);
    if (fcgi_rewrite((const uint8_t *)connection->part.data, connection->part.len, &plain,
                     &answers) &&
        say(connection->fd, &answers))
        fd = store(&plain);
    buffer_done(&plain);
    buffer_done(&answers);
    buffer_done(&connection->part);
    return fd >= 0 ? fcgi_request_take(fcgi, connection, fd, aborted) : fail(fcgi, connection);
}

static struct fcgi_request *wait_for_more(struct fcgi *fcgi, struct fcgi_connection *connection) {
    set_deadline(fcgi, connection);
    fcgi_connection_arm(fcgi, connection);
    return NULL;
}

/* Puts the bytes to the others that came before. Those of a next request stay in the socket. */
static struct fcgi_request *gather(struct fcgi *fcgi, struct fcgi_connection *connection,
                                   uint8_t *bytes, size_t len) {
    struct buffer *part = &connection->part;
    size_t before = part->len;
    struct fcgi_scan scan;

    if (before == 0)
        connection->started_ms = clock_monotonic_ms();
    buffer_add(part, bytes, len);
    if (part->failed)
        return fail(fcgi, connection);
    scan = fcgi_scan((const uint8_t *)part->data, part->len);
    if (scan.kind == FCGI_KIND_BAD)
        return fail(fcgi, connection);
    if (scan.kind != FCGI_KIND_PART) {
        len = scan.used - before;
        part->len = scan.used;
    }
    if (!consume(connection->fd, bytes, len))
        return fail(fcgi, connection);
    if (scan.kind == FCGI_KIND_PART)
        return wait_for_more(fcgi, connection);
    if (scan.kind == FCGI_KIND_MANAGEMENT)
        return answer_management(fcgi, connection);
    return take_gathered(fcgi, connection, scan.aborted);
}

struct fcgi_request *fcgi_connection_read(struct fcgi *fcgi, struct fcgi_connection *connection) {
    uint8_t bytes[LOOK];
    struct fcgi_request *request = NULL;
    struct fcgi_scan scan = {.kind = FCGI_KIND_PART};
    bool timed_out;
    ssize_t n;

    take_over(connection);
    timed_out = connection->part.len > 0 && clear_deadline(fcgi, connection);
    n = recv(connection->fd, bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        fcgi_connection_arm(fcgi, connection);
        return NULL;
    }
    if (n <= 0 || timed_out) {
        if (connection->part.len > 0 && !timed_out)
            return fail(fcgi, connection);
        fcgi_connection_close(fcgi, connection);
        return NULL;
    }
    if (connection->part.len == 0)
        scan = fcgi_scan(bytes, (size_t)n);
    if (scan.kind == FCGI_KIND_PLAIN && scan.used == (size_t)n)
        request = fcgi_request_take(fcgi, connection, connection->fd, false);
    else
        request = gather(fcgi, connection, bytes, (size_t)n);
    explicit_bzero(bytes, (size_t)n);
    return request;
}

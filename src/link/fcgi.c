#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "fcgi_private.h"

/* Connections taken at once, before somebody else gets a turn; and how long the listener rests when
 * descriptors have run out. */
enum { ACCEPTS_AT_ONCE = 64, REST_MS = 100 };

/* --- life --- */

static bool watch(struct fcgi *fcgi, int fd, uint32_t events, void *tag) {
    struct epoll_event event = {.events = events, .data.ptr = tag};

    return epoll_ctl(fcgi->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

static bool open_events(struct fcgi *fcgi) {
    fcgi->epoll = epoll_create1(EPOLL_CLOEXEC);
    fcgi->stop_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    fcgi->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    return fcgi->epoll >= 0 && fcgi->stop_event >= 0 && fcgi->timer >= 0 &&
           watch(fcgi, fcgi->listener, EPOLLIN | EPOLLONESHOT, &fcgi->listener) &&
           watch(fcgi, fcgi->timer, EPOLLIN | EPOLLET, &fcgi->timer) &&
           watch(fcgi, fcgi->stop_event, EPOLLIN, &fcgi->stop_event);
}

static struct fcgi *create(const struct fcgi_options *options) {
    struct fcgi *fcgi = calloc(1, sizeof *fcgi);

    if (!fcgi)
        return NULL;
    fcgi->listener = fcgi->epoll = fcgi->stop_event = fcgi->timer = -1;
    fcgi->read_timeout_ms = options->read_timeout_ms;
    fcgi->request_timeout_ms = options->request_timeout_ms;
    fcgi->connections_max = options->connections_max;
    pthread_mutex_init(&fcgi->lock, NULL);
    return fcgi;
}

enum status fcgi_open(const struct fcgi_options *options, struct fcgi **out, char *why,
                      size_t why_size) {
    struct fcgi *fcgi = create(options);
    enum status status = ST_FAULT;

    if (!fcgi || !fcgi_request_start()) {
        snprintf(why, why_size, "out of memory");
        goto done;
    }
    status = fcgi_listen(fcgi, options, why, why_size);
    if (status == ST_OK && !open_events(fcgi)) {
        snprintf(why, why_size, "epoll, eventfd or timerfd failed");
        status = ST_FAULT;
    }
    if (status == ST_OK) {
        *out = fcgi;
        return ST_OK;
    }
done:
    fcgi_close(&fcgi);
    return status;
}

static void close_if_open(int fd) {
    if (fd >= 0)
        close(fd);
}

void fcgi_close(struct fcgi **fcgi_pointer) {
    struct fcgi *fcgi = *fcgi_pointer;

    if (!fcgi)
        return;
    while (fcgi->connections)
        fcgi_connection_close(fcgi, fcgi->connections);
    while (fcgi->free) {
        struct fcgi_request *next = fcgi_request_next(fcgi->free);

        fcgi_request_free(fcgi->free);
        fcgi->free = next;
    }
    fcgi_unlisten(fcgi);
    close_if_open(fcgi->timer);
    close_if_open(fcgi->stop_event);
    close_if_open(fcgi->epoll);
    pthread_mutex_destroy(&fcgi->lock);
    free(fcgi->path);
    free(fcgi);
    *fcgi_pointer = NULL;
}

void fcgi_stop(struct fcgi *fcgi) {
    static const uint64_t one = 1;
    int before = errno;

    atomic_store(&fcgi->stopping, true);
    /* Never read again, so every thread sees it. It can only fail by being full of stops. */
    if (write(fcgi->stop_event, &one, sizeof one) < 0)
        errno = before;
}

void fcgi_counts(struct fcgi *fcgi, struct fcgi_counts *out) {
    out->accepted = atomic_load(&fcgi->accepted);
    out->refused_peers = atomic_load(&fcgi->refused_peers);
    out->protocol_errors = atomic_load(&fcgi->protocol_errors);
    out->timeouts = atomic_load(&fcgi->timeouts);
    out->emfile = atomic_load(&fcgi->emfile);
    pthread_mutex_lock(&fcgi->lock);
    out->open = fcgi->open;
    pthread_mutex_unlock(&fcgi->lock);
}

/* --- the listener --- */

static void listen_again(struct fcgi *fcgi) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLONESHOT, .data.ptr = &fcgi->listener};

    epoll_ctl(fcgi->epoll, EPOLL_CTL_MOD, fcgi->listener, &event);
}

/* Whether the listener has to wait until a connection closes. */
static bool is_full(struct fcgi *fcgi) {
    bool full;

    pthread_mutex_lock(&fcgi->lock);
    full = fcgi->full = fcgi->open >= fcgi->connections_max;
    pthread_mutex_unlock(&fcgi->lock);
    return full;
}

/* No descriptors or no memory: the listener would be readable for ever. */
static void rest(struct fcgi *fcgi) {
    atomic_fetch_add(&fcgi->emfile, 1);
    pthread_mutex_lock(&fcgi->lock);
    fcgi->listen_again_ms = clock_monotonic_ms() + REST_MS;
    fcgi_tick(fcgi);
    pthread_mutex_unlock(&fcgi->lock);
}

static bool is_out_of_something(int number) {
    return number == EMFILE || number == ENFILE || number == ENOBUFS || number == ENOMEM;
}

static void admit(struct fcgi *fcgi, int fd) {
    atomic_fetch_add(&fcgi->accepted, 1);
    if (fcgi_peer_may(fcgi, fd)) {
        fcgi_connection_open(fcgi, fd);
        return;
    }
    atomic_fetch_add(&fcgi->refused_peers, 1);
    close(fd);
}

static void accept_some(struct fcgi *fcgi) {
    for (int i = 0; i < ACCEPTS_AT_ONCE; i++) {
        int fd;

        if (is_full(fcgi))
            return;
        fd = accept4(fcgi->listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0) {
            admit(fcgi, fd);
        } else if (is_out_of_something(errno)) {
            rest(fcgi);
            return;
        } else if (errno == EAGAIN) {
            break;
        }
    }
    listen_again(fcgi);
}

/* --- the timer --- */

static void sweep(struct fcgi *fcgi) {
    static const struct itimerspec never = {0};
    int64_t now_ms = clock_monotonic_ms();
    bool listens = false;
    uint64_t ticks;

    if (read(fcgi->timer, &ticks, sizeof ticks) < 0)
        return; /* another thread was here */
    pthread_mutex_lock(&fcgi->lock);
    if (fcgi->listen_again_ms != 0 && now_ms >= fcgi->listen_again_ms) {
        fcgi->listen_again_ms = 0;
        listens = true;
    }
    if (fcgi_connection_sweep(fcgi, now_ms) == 0 && fcgi->listen_again_ms == 0) {
        timerfd_settime(fcgi->timer, 0, &never, NULL);
        fcgi->ticking = false;
    }
    pthread_mutex_unlock(&fcgi->lock);
    if (listens)
        listen_again(fcgi);
}

/* --- requests --- */

static struct fcgi_request *take_event(struct fcgi *fcgi, void *tag) {
    if (tag == &fcgi->listener)
        accept_some(fcgi);
    else if (tag == &fcgi->timer)
        sweep(fcgi);
    else if (tag != &fcgi->stop_event)
        return fcgi_connection_read(fcgi, tag);
    return NULL;
}

enum status fcgi_accept(struct fcgi *fcgi, struct pulse *pulse, struct fcgi_request **out) {
    struct fcgi_request *request = NULL;
    struct epoll_event event;

    while (!request) {
        pulse_idle(pulse);
        int n = epoll_wait(fcgi->epoll, &event, 1, -1);
        pulse_busy(pulse);

        /* A connection whose event is dropped here is closed by fcgi_close. */
        if (atomic_load(&fcgi->stopping))
            return ST_GONE;
        if (n == 1)
            request = take_event(fcgi, event.data.ptr);
    }
    *out = request;
    return ST_OK;
}

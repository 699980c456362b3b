/* load: many callers who sign, and who come back when they are told to.
 *
 *     load [options] PORT SLUG
 *
 *     -c N  connections (32)
 *     -n N  persons, 0: until SIGTERM or -t (0)
 *     -t S  seconds, 0: no end (0)
 *     -r N  persons a second, 0: as fast as they are served (0)
 *     -p P  prefix of addresses (p)
 *     -a F  file of who was acknowledged, one number a line
 *     -x N  percent who sign again (0)
 *     -q N  spread over SLUG-0 to SLUG-(N-1) (0: SLUG itself)
 *     -w S  patience at the end (30)
 *     -1    nobody comes back: what is refused is counted
 *     -k    a connection a request
 *
 * Person number i is PREFIX-i@example.org and calls from an address of its own (X-Forwarded-For).
 * Whoever gets 429, 503 or no answer comes back, with the same address, until it is acknowledged.
 * The last line of stdout is a JSON object. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

enum {
    CONNECTIONS_MAX = 8192,
    IN_MAX = 16384,
    OUT_MAX = 1024,
    SILENCE_US = 20000000,
    LOOK_US = 500000,
    EVENTS = 256
};

struct connection {
    int fd;
    bool used, connecting; /* used: it has answered before */
    bool busy;
    int64_t person, sent_us;
    size_t out_len, out_at, in_len;
    char out[OUT_MAX], in[IN_MAX + 1];
};

struct load_options options = {.connections = 32, .prefix = "p", .patience_s = 30};
volatile sig_atomic_t stopping;
int64_t started_us;

static struct connection *connections;
static struct connection *idle[CONNECTIONS_MAX];
static int idle_count, epoll_fd;

/* --- connections --- */

static void drop(struct connection *c) {
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
    c->used = c->connecting = false;
}

static void rest(struct connection *c) {
    c->busy = false;
    idle[idle_count++] = c;
}

/* No answer: nobody knows whether it was stored. */
static void fail(struct connection *c, int64_t *counter) {
    ++*counter;
    drop(c);
    if (!options.once)
        people_come_back(c->person,
                         load_now_us() + 50000 + (int64_t)(load_mix((uint64_t)c->person) % 100000));
    rest(c);
}

static void watch(struct connection *c, int how, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = c};
    epoll_ctl(epoll_fd, how, c->fd, &event);
}

static bool dial(struct connection *c) {
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)options.port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0)
        return false;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    c->connecting = true;
    if (connect(c->fd, (struct sockaddr *)&address, sizeof address) != 0 && errno != EINPROGRESS)
        return false;
    watch(c, EPOLL_CTL_ADD, EPOLLIN | EPOLLOUT);
    return true;
}

static void write_request(struct connection *c) {
    char body[256], slug[128];
    uint64_t caller = load_mix((uint64_t)c->person ^ load_mix((uint64_t)options.prefix[0]));
    int len = snprintf(body, sizeof body,
                       "{\"email\":\"%s-%lld@example.org\",\"given_name\":\"Ada\","
                       "\"family_name\":\"Example\",\"country\":\"%s\"}",
                       options.prefix, (long long)c->person, c->person % 3 ? "DE" : "FR");
    if (options.petitions)
        snprintf(slug, sizeof slug, "%s-%lld", options.slug,
                 (long long)(c->person % options.petitions));
    else
        snprintf(slug, sizeof slug, "%s", options.slug);
    c->out_at = 0;
    c->out_len = (size_t)snprintf(
        c->out, OUT_MAX,
        "POST /api/v1/petitions/%s/signatures HTTP/1.1\r\nHost: localhost\r\n%s"
        "X-Forwarded-For: 10.%u.%u.%u\r\nContent-Type: application/json\r\n"
        "Content-Length: %d\r\n\r\n%s",
        slug, options.fresh ? "Connection: close\r\n" : "", (unsigned)(caller & 255),
        (unsigned)(caller >> 8 & 255), (unsigned)(caller >> 16 & 255), len, body);
}

static void send_more(struct connection *c) {
    ssize_t n = send(c->fd, c->out + c->out_at, c->out_len - c->out_at, MSG_NOSIGNAL);
    if (n > 0)
        c->out_at += (size_t)n;
    else if (n < 0 && errno != EAGAIN)
        fail(c, c->used ? &failures.stale : c->connecting ? &failures.refused : &failures.errors);
}

static void begin(struct connection *c, int64_t person) {
    c->busy = true;
    c->person = person;
    c->sent_us = load_now_us();
    c->in_len = 0;
    write_request(c);
    if (c->fd >= 0)
        send_more(c);
    else if (!dial(c))
        fail(c, &failures.refused);
}

/* --- answers --- */

static const char *header(const char *head, const char *name) {
    size_t len = strlen(name);
    for (const char *line = strstr(head, "\r\n"); line; line = strstr(line + 2, "\r\n"))
        if (strncasecmp(line + 2, name, len) == 0)
            return line + 2 + len;
    return NULL;
}

/* 0: not all there yet. */
static size_t answer_length(const struct connection *c) {
    const char *end = strstr(c->in, "\r\n\r\n");
    if (!end)
        return 0;
    size_t head = (size_t)(end - c->in) + 4;
    const char *length = header(c->in, "Content-Length:");
    if (length && length < end)
        return c->in_len >= head + strtoul(length, NULL, 10) ? c->in_len : 0;
    const char *chunked = header(c->in, "Transfer-Encoding:");
    if (chunked && chunked < end)
        return strstr(end, "\r\n0\r\n\r\n") ? c->in_len : 0;
    return head;
}

static void turned_away(struct connection *c, int status, int64_t now) {
    const char *after = header(c->in, "Retry-After:");
    long wait = after ? strtol(after, NULL, 10) : 1;
    report_turned_away(now - c->sent_us, !after || wait < 1 || (status != 503 && status != 429),
                       c->in);
    if (!options.once)
        people_come_back(c->person, now + wait * 1000000);
}

static void take_answer(struct connection *c) {
    int64_t now = load_now_us();
    int status = c->in_len > 12 ? atoi(c->in + 9) : 0;
    const char *close_word = header(c->in, "Connection: close");
    report_status(status);
    if (status == 202) {
        people_acknowledge(c->person);
        report_accepted(now - c->sent_us);
    } else {
        turned_away(c, status, now);
    }
    if (close_word || options.fresh)
        drop(c);
    else
        c->used = true;
    rest(c);
}

static void receive(struct connection *c) {
    ssize_t n = recv(c->fd, c->in + c->in_len, IN_MAX - c->in_len, 0);
    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0 && !c->busy) {
        drop(c);
        return;
    }
    if (n <= 0) {
        /* A used connection that ends without a byte of an answer: HTTP lets the caller try again.
         */
        fail(c, c->in_len == 0 && c->used ? &failures.stale
                : c->out_at == 0          ? &failures.refused
                                          : &failures.errors);
        return;
    }
    if (!c->busy) { /* an answer to nothing, such as nginx's 408 */
        drop(c);
        return;
    }
    c->in_len += (size_t)n;
    c->in[c->in_len] = '\0';
    if (answer_length(c))
        take_answer(c);
    else if (c->in_len >= IN_MAX)
        fail(c, &failures.errors);
}

static void handle(struct connection *c, uint32_t events) {
    if (c->fd >= 0 && c->connecting && (events & EPOLLOUT)) {
        c->connecting = false;
        watch(c, EPOLL_CTL_MOD, EPOLLIN);
        if (!(events & (EPOLLERR | EPOLLHUP)))
            send_more(c);
    }
    if (c->fd >= 0 && (events & (EPOLLIN | EPOLLERR | EPOLLHUP)))
        receive(c);
}

/* --- the whole --- */

static void check_silence(int64_t now) {
    for (int i = 0; i < options.connections; i++)
        if (connections[i].busy && now - connections[i].sent_us > SILENCE_US)
            fail(&connections[i], &failures.silent);
}

static void start_visits(void) {
    int64_t now = load_now_us();
    while (idle_count) {
        int64_t person = people_next(now);
        if (person < 0)
            return;
        begin(idle[--idle_count], person);
    }
}

static void run(void) {
    struct epoll_event events[EVENTS];
    int64_t end_us = options.seconds ? started_us + options.seconds * 1000000 : INT64_MAX;
    int64_t patience_us = (int64_t)options.patience_s * 1000000, gone_us = 0, looked_us = 0;
    for (;;) {
        int64_t now = load_now_us();
        if (now >= end_us)
            stopping = 1;
        bool done = !people_are_waiting() && idle_count == options.connections;
        bool over = people_are_over();
        if (over && !gone_us)
            gone_us = now;
        if (over && (done || now - gone_us > patience_us))
            return;
        start_visits();
        int n = epoll_wait(epoll_fd, events, EVENTS, options.rate ? 1 : 10);
        for (int i = 0; i < n; i++)
            handle(events[i].data.ptr, events[i].events);
        if (now - looked_us > LOOK_US) {
            check_silence(now);
            looked_us = now;
        }
    }
}

static void stop(int signal_number) {
    (void)signal_number;
    stopping = 1;
}

static bool read_options(int argc, char **argv) {
    int letter;
    while ((letter = getopt(argc, argv, "c:n:t:r:p:a:x:q:w:1k")) != -1)
        switch (letter) {
        case 'c':
            options.connections = atoi(optarg);
            break;
        case 'n':
            options.persons = atoll(optarg);
            break;
        case 't':
            options.seconds = atoll(optarg);
            break;
        case 'r':
            options.rate = atoi(optarg);
            break;
        case 'p':
            options.prefix = optarg;
            break;
        case 'a':
            options.acks = optarg;
            break;
        case 'x':
            options.percent = atoi(optarg);
            break;
        case 'q':
            options.petitions = atoi(optarg);
            break;
        case 'w':
            options.patience_s = atoi(optarg);
            break;
        case '1':
            options.once = true;
            break;
        case 'k':
            options.fresh = true;
            break;
        default:
            return false;
        }
    if (argc - optind != 2)
        return false;
    options.port = atoi(argv[optind]);
    options.slug = argv[optind + 1];
    return options.connections > 0 && options.connections <= CONNECTIONS_MAX;
}

int main(int argc, char **argv) {
    if (!read_options(argc, argv)) {
        fputs("usage: load [-c N] [-n N] [-t S] [-r N] [-p P] [-a F] [-x N] [-q N] [-w S] [-1k] "
              "PORT SLUG\n",
              stderr);
        return 2;
    }
    signal(SIGTERM, stop);
    signal(SIGINT, stop);
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    connections = load_grow(NULL, (size_t)options.connections, sizeof *connections);
    report_start();
    for (int i = 0; i < options.connections; i++) {
        memset(&connections[i], 0, sizeof connections[i]);
        connections[i].fd = -1;
        idle[idle_count++] = &connections[i];
    }
    started_us = load_now_us();
    run();
    if (options.acks)
        people_write(options.acks);
    report_print(options.connections - idle_count);
    return 0;
}

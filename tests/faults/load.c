/* load: many callers who sign, and who come back when they are told to.
 *
 *     load [options] PORT SLUG
 *       -c N   connections (32)            -n N   persons, 0: until SIGTERM or -t (0)
 *       -t S   seconds, 0: no end (0)      -r N   persons a second, 0: as fast as they are served
 * (0) -p P   prefix of addresses (p)     -a F   file of who was acknowledged, one number a line -x
 * N   percent who sign again (0)  -q N   spread over SLUG-0 to SLUG-(N-1) (0: SLUG itself) -w S
 * patience at the end (30)    -1     nobody comes back: what is refused is counted -k     a
 * connection a request      -m     a second of Retry-After is 0.1 s
 *
 * Person number i is PREFIX-i@example.org and calls from an address of its own (X-Forwarded-For).
 * Whoever gets 429, 503 or no answer comes back, with the same address, until it is acknowledged.
 * The last line of stdout is a JSON object. One thread, epoll. */
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

enum {
    CONNECTIONS_MAX = 8192,
    IN_MAX = 16384,
    OUT_MAX = 1024,
    STATUS_MAX = 600,
    BUCKET_MS = 100,
    BUCKETS_MAX = 36000,
    SAMPLES_MAX = 4 << 20,
    SILENCE_US = 20000000,
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

struct visit {
    int64_t due_us, person;
};

static struct {
    int connections, port, percent, petitions, patience_s, rate;
    int64_t persons, seconds;
    const char *prefix, *acks, *slug;
    bool once, fresh, tenths;
} options = {.connections = 32, .prefix = "p", .patience_s = 30};

static struct connection *connections;
static struct connection *idle[CONNECTIONS_MAX];
static int idle_count;
static struct visit *heap; /* by due_us */
static size_t heap_count, heap_cap;
static uint8_t *acked; /* by person */
static size_t acked_cap;
static int64_t next_person, acked_count, repeats, errors, stale, refused, sent, silent;
static int64_t statuses[STATUS_MAX], last_ack_us, started_us;
static uint32_t *samples, *shed_samples;
static size_t samples_count, shed_count;
static uint32_t buckets[BUCKETS_MAX];
static char first_problem[400];
static int epoll_fd;
static volatile sig_atomic_t stopping;

static int64_t now_us(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

static uint64_t mix(uint64_t x) {
    x += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
}

static void *grow(void *memory, size_t count, size_t size) {
    void *grown = reallocarray(memory, count, size);
    if (!grown) {
        fputs("load: out of memory\n", stderr);
        exit(2);
    }
    return grown;
}

/* --- who comes next --- */

static void come_back(int64_t person, int64_t due_us) {
    if (heap_count == heap_cap) {
        heap_cap = heap_cap ? heap_cap * 2 : 1024;
        heap = grow(heap, heap_cap, sizeof *heap);
    }
    size_t at = heap_count++;
    while (at > 0 && heap[(at - 1) / 2].due_us > due_us) {
        heap[at] = heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap[at] = (struct visit){due_us, person};
}

static int64_t take_first(void) {
    int64_t person = heap[0].person;
    struct visit last = heap[--heap_count];
    size_t at = 0;
    for (size_t child = 1; child < heap_count; child = 2 * at + 1) {
        if (child + 1 < heap_count && heap[child + 1].due_us < heap[child].due_us)
            child++;
        if (heap[child].due_us >= last.due_us)
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = last;
    return person;
}

static bool may_start(int64_t now) {
    if (stopping || (options.persons && next_person >= options.persons))
        return false;
    if (heap_count > 200000)
        return false;
    return !options.rate || next_person + repeats < (now - started_us) * options.rate / 1000000;
}

/* -1: nobody. */
static int64_t next_visit(int64_t now) {
    if (heap_count && heap[0].due_us <= now)
        return take_first();
    if (!may_start(now))
        return -1;
    uint64_t dice = mix((uint64_t)(next_person * 7 + repeats));
    if (options.percent && next_person > 0 && (int)(dice % 100) < options.percent) {
        repeats++;
        return (int64_t)((dice >> 8) % (uint64_t)next_person);
    }
    if ((size_t)next_person >= acked_cap) {
        size_t cap = acked_cap ? acked_cap * 2 : 65536;
        acked = grow(acked, cap, 1);
        memset(acked + acked_cap, 0, cap - acked_cap);
        acked_cap = cap;
    }
    return next_person++;
}

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
        come_back(c->person, now_us() + 50000 + (int64_t)(mix((uint64_t)c->person) % 100000));
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
    uint64_t caller = mix((uint64_t)c->person ^ mix((uint64_t)options.prefix[0]));
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
        fail(c, c->used ? &stale : c->connecting ? &refused : &errors);
}

static void begin(struct connection *c, int64_t person) {
    c->busy = true;
    c->person = person;
    c->sent_us = now_us();
    c->in_len = 0;
    write_request(c);
    sent++;
    if (c->fd >= 0)
        send_more(c);
    else if (!dial(c))
        fail(c, &refused);
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

static void acknowledge(struct connection *c, int64_t now) {
    size_t bucket = (size_t)((now - started_us) / 1000 / BUCKET_MS);
    acked_count++;
    if (acked[c->person] < 255)
        acked[c->person]++;
    last_ack_us = now;
    if (samples_count < SAMPLES_MAX)
        samples[samples_count++] = (uint32_t)(now - c->sent_us);
    if (bucket < BUCKETS_MAX)
        buckets[bucket]++;
}

static void turned_away(struct connection *c, int status, int64_t now) {
    const char *after = header(c->in, "Retry-After:");
    long wait = after ? strtol(after, NULL, 10) : 1;
    if (shed_count < SAMPLES_MAX)
        shed_samples[shed_count++] = (uint32_t)(now - c->sent_us);
    if ((!after || wait < 1 || (status != 503 && status != 429)) && !first_problem[0])
        snprintf(first_problem, sizeof first_problem, "%.390s", c->in);
    if (!options.once)
        come_back(c->person, now + wait * (options.tenths ? 100000 : 1000000));
}

static void take_answer(struct connection *c) {
    int64_t now = now_us();
    int status = c->in_len > 12 ? atoi(c->in + 9) : 0;
    const char *close_word = header(c->in, "Connection: close");
    statuses[status > 0 && status < STATUS_MAX ? status : 0]++;
    if (status == 202)
        acknowledge(c, now);
    else
        turned_away(c, status, now);
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
        fail(c, c->in_len == 0 && c->used ? &stale : c->out_at == 0 ? &refused : &errors);
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
        fail(c, &errors);
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
            fail(&connections[i], &silent);
}

static void start_visits(void) {
    int64_t now = now_us();
    while (idle_count) {
        int64_t person = next_visit(now);
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
        int64_t now = now_us();
        if (now >= end_us)
            stopping = 1;
        bool done = !heap_count && idle_count == options.connections;
        bool over = stopping || (options.persons && next_person >= options.persons);
        if (over && !gone_us)
            gone_us = now;
        if (over && (done || now - gone_us > patience_us))
            return;
        start_visits();
        int n = epoll_wait(epoll_fd, events, EVENTS, options.rate ? 1 : 10);
        for (int i = 0; i < n; i++)
            handle(events[i].data.ptr, events[i].events);
        if (now - looked_us > 500000) {
            check_silence(now);
            looked_us = now;
        }
    }
}

static int compare(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static double at_ms(const uint32_t *sorted, size_t count, double part) {
    return count ? sorted[(size_t)((double)(count - 1) * part)] / 1000.0 : 0;
}

static void print_string(const char *text) {
    putchar('"');
    for (; *text; text++)
        if (*text == '"' || *text == '\\')
            printf("\\%c", *text);
        else if ((unsigned char)*text < 32)
            printf("\\u%04x", (unsigned)*text);
        else
            putchar(*text);
    putchar('"');
}

static void report(void) {
    int64_t now = now_us(), unique = 0;
    size_t last = (size_t)((now - started_us) / 1000 / BUCKET_MS);
    qsort(samples, samples_count, sizeof *samples, compare);
    qsort(shed_samples, shed_count, sizeof *shed_samples, compare);
    for (int64_t i = 0; i < next_person; i++)
        unique += acked[i] > 0;
    printf("{\"persons\":%lld,\"acked\":%lld,\"unique\":%lld,\"sent\":%lld,\"repeats\":%lld,"
           "\"errors\":%lld,\"stale\":%lld,\"refused\":%lld,\"silent\":%lld,\"waiting\":%zu,"
           "\"started\":%.6f,\"seconds\":%.3f,\"last_ack\":%.6f,",
           (long long)next_person, (long long)acked_count, (long long)unique, (long long)sent,
           (long long)repeats, (long long)errors, (long long)stale, (long long)refused,
           (long long)silent, heap_count + (size_t)(options.connections - idle_count),
           (double)started_us / 1e6, (double)(now - started_us) / 1e6, (double)last_ack_us / 1e6);
    printf("\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f,\"shed\":%zu,\"shed_p50_ms\":%.3f,"
           "\"shed_p99_ms\":%.3f,\"shed_max_ms\":%.3f,\"status\":{",
           at_ms(samples, samples_count, .5), at_ms(samples, samples_count, .99),
           at_ms(samples, samples_count, 1), shed_count, at_ms(shed_samples, shed_count, .5),
           at_ms(shed_samples, shed_count, .99), at_ms(shed_samples, shed_count, 1));
    const char *comma = "";
    for (int i = 0; i < STATUS_MAX; i++)
        if (statuses[i]) {
            printf("%s\"%d\":%lld", comma, i, (long long)statuses[i]);
            comma = ",";
        }
    printf("},\"tenths\":[");
    for (size_t i = 0; i <= last && i < BUCKETS_MAX; i++)
        printf("%s%u", i ? "," : "", buckets[i]);
    printf("],\"problem\":");
    print_string(first_problem);
    printf("}\n");
}

static void write_acks(void) {
    FILE *file = options.acks ? fopen(options.acks, "w") : NULL;
    for (int64_t i = 0; file && i < next_person; i++)
        if (acked[i])
            fprintf(file, "%lld\n", (long long)i);
    if (file && fclose(file) != 0)
        exit(2);
}

static void stop(int signal_number) {
    (void)signal_number;
    stopping = 1;
}

static bool read_options(int argc, char **argv) {
    int letter;
    while ((letter = getopt(argc, argv, "c:n:t:r:p:a:x:q:w:1km")) != -1)
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
        case 'm':
            options.tenths = true;
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
        fputs("usage: load [-c N] [-n N] [-t S] [-r N] [-p P] [-a F] [-x N] [-q N] [-w S] [-1km] "
              "PORT SLUG\n",
              stderr);
        return 2;
    }
    signal(SIGTERM, stop);
    signal(SIGINT, stop);
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    connections = grow(NULL, (size_t)options.connections, sizeof *connections);
    samples = grow(NULL, SAMPLES_MAX, sizeof *samples);
    shed_samples = grow(NULL, SAMPLES_MAX, sizeof *shed_samples);
    for (int i = 0; i < options.connections; i++) {
        memset(&connections[i], 0, sizeof connections[i]);
        connections[i].fd = -1;
        idle[idle_count++] = &connections[i];
    }
    started_us = now_us();
    run();
    write_acks();
    report();
    return 0;
}

#include "fake_postgres.h"

#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"

enum { MESSAGE_MAX = 1024 * 1024 };

/* --- messages --- */

static void add_int(struct buffer *out, size_t size, int64_t value) {
    uint8_t bytes[8];

    for (size_t i = size; i-- > 0; value >>= 8)
        bytes[i] = (uint8_t)(value & 0xff);
    buffer_add(out, bytes, size);
}

static void add_string(struct buffer *out, const char *string) {
    buffer_add(out, string, strlen(string) + 1);
}

static void add_message(struct buffer *out, char type, const struct buffer *content) {
    buffer_add(out, &type, 1);
    add_int(out, 4, (int64_t)content->len + 4);
    buffer_add(out, content->data, content->len);
}

static void add_plain(struct buffer *out, char type, const void *content, size_t len) {
    struct buffer body;

    buffer_init(&body, MESSAGE_MAX);
    buffer_add(&body, content, len);
    add_message(out, type, &body);
    buffer_done(&body);
}

static void add_setting(struct buffer *out, const char *name, const char *value) {
    struct buffer body;

    buffer_init(&body, MESSAGE_MAX);
    add_string(&body, name);
    add_string(&body, value);
    add_message(out, 'S', &body);
    buffer_done(&body);
}

static void add_report(struct buffer *out, char type, const char *severity, const char *sqlstate) {
    struct buffer body;

    buffer_init(&body, MESSAGE_MAX);
    add_string(&body, type == 'N' ? "SNOTICE" : severity[0] == 'F' ? "SFATAL" : "SERROR");
    add_string(&body, type == 'N' ? "VNOTICE" : severity[0] == 'F' ? "VFATAL" : "VERROR");
    buffer_add_string(&body, "C");
    add_string(&body, sqlstate);
    /* As PgBouncer says it, and for nothing else. */
    add_string(&body, strcmp(sqlstate, "08P01") == 0 ? "Munsupported startup parameter: options"
                                                     : "Mthe primary message");
    add_string(&body, "DFailing row contains (someone@example.org).");
    add_string(&body, "");
    add_message(out, type, &body);
    buffer_done(&body);
}

static void add_ready(struct buffer *out, const struct fake_postgres *fake) {
    add_plain(out, 'Z', fake->in_transaction ? "T" : "I", 1);
}

static void add_description(struct buffer *out, bool binary) {
    struct buffer body;

    buffer_init(&body, MESSAGE_MAX);
    add_int(&body, 2, 1);
    add_string(&body, "n");
    add_int(&body, 4, 0);
    add_int(&body, 2, 0);
    add_int(&body, 4, 23);
    add_int(&body, 2, 4);
    add_int(&body, 4, -1);
    add_int(&body, 2, binary);
    add_message(out, 'T', &body);
    buffer_done(&body);
}

static void add_row(struct buffer *out, int value, bool binary) {
    struct buffer body;
    char digit = (char)('0' + value);

    buffer_init(&body, MESSAGE_MAX);
    add_int(&body, 2, 1);
    add_int(&body, 4, binary ? 4 : 1);
    if (binary)
        add_int(&body, 4, value);
    else
        buffer_add(&body, &digit, 1);
    add_message(out, 'D', &body);
    buffer_done(&body);
}

/* --- answers --- */

struct asked {
    bool prepare, execute, query;
    bool process; /* the one question that comes with a connection */
};

static void add_good(struct buffer *out, struct fake_postgres *fake, struct asked asked, int rows) {
    bool binary = !asked.query;

    if (asked.prepare)
        add_plain(out, '1', "", 0);
    if (asked.execute)
        add_plain(out, '2', "", 0);
    if (asked.execute || asked.query) {
        add_description(out, binary);
        for (int i = 0; i < rows; i++)
            add_row(out, 7 + i, binary);
        add_plain(out, 'C', "SELECT 1", 9);
    }
    add_ready(out, fake);
}

/* What an act says; what it does is act_on's. */
static void add_answer(struct buffer *out, struct fake_postgres *fake, struct asked asked,
                       struct fake_step step) {
    if (step.act == FAKE_ERROR || step.act == FAKE_FATAL) {
        add_report(out, 'E', step.act == FAKE_FATAL ? "FATAL" : "ERROR", step.sqlstate);
        if (step.act == FAKE_ERROR)
            add_ready(out, fake);
        return;
    }
    if (step.act == FAKE_ROW_ERROR) {
        add_plain(out, '2', "", 0);
        add_description(out, true);
        add_row(out, 7, true);
        add_report(out, 'E', "ERROR", step.sqlstate);
        add_ready(out, fake);
        return;
    }
    if (step.act == FAKE_COPY) {
        add_plain(out, 'H', "\0\0\0", 3);
        return;
    }
    if (step.act == FAKE_NOTICE)
        add_report(out, 'N', "NOTICE", "00000");
    if (step.act == FAKE_BEGIN)
        fake->in_transaction = true;
    add_good(out, fake, asked, step.act == FAKE_ROWS ? 3 : 1);
}

static void say(int fd, const void *data, size_t len) {
    if (send(fd, data, len, MSG_NOSIGNAL) != (ssize_t)len)
        return; /* it went away, which is its right */
}

static void say_slowly(int fd, const struct buffer *out) {
    for (size_t i = 0; i < out->len; i++) {
        say(fd, out->data + i, 1);
        usleep(500);
    }
}

static void wait_for_end(int fd) {
    char bytes[4096];

    while (recv(fd, bytes, sizeof bytes, 0) > 0)
        ;
}

/* Until it hangs up, without reading. */
static void wait_deaf(int fd) {
    struct pollfd one = {.fd = fd, .events = 0};

    poll(&one, 1, -1);
}

static void say_later(int fd, struct fake_step step) {
    struct buffer later;

    buffer_init(&later, MESSAGE_MAX);
    usleep(20000);
    if (step.act == FAKE_OK_CLOSE)
        add_report(&later, 'E', "FATAL", "57P01");
    if (step.act == FAKE_NOTIFY)
        add_plain(&later, 'A', "\0\0\0\1channel\0", 13);
    say(fd, later.data, later.len);
    buffer_done(&later);
}

/* False: the connection ends. */
static bool act_on(struct fake_postgres *fake, int fd, struct asked asked, struct fake_step step) {
    struct buffer out;
    bool goes_on = step.act == FAKE_OK || step.act == FAKE_ROWS || step.act == FAKE_BEGIN ||
                   step.act == FAKE_ERROR || step.act == FAKE_ROW_ERROR || step.act == FAKE_SLOW ||
                   step.act == FAKE_NOTIFY || step.act == FAKE_NOTICE;

    if (step.act == FAKE_HANG)
        wait_for_end(fd);
    if (step.act == FAKE_GARBAGE)
        say(fd, "\xff\xff\xff\xff\xff\xff\xff\xff", 8);
    if (step.act == FAKE_HANG || step.act == FAKE_CLOSE || step.act == FAKE_GARBAGE)
        return false;
    buffer_init(&out, MESSAGE_MAX);
    add_answer(&out, fake, asked, step);
    if (step.act == FAKE_SLOW)
        say_slowly(fd, &out);
    else
        say(fd, out.data, step.act == FAKE_HALF ? out.len / 2 : out.len);
    buffer_done(&out);
    if (step.act == FAKE_OK_CLOSE || step.act == FAKE_NOTIFY || step.act == FAKE_OK_VANISH)
        say_later(fd, step);
    if (step.act == FAKE_COPY)
        wait_for_end(fd);
    if (step.act == FAKE_DEAF)
        wait_deaf(fd);
    return goes_on;
}

/* --- the other side --- */

static bool read_all(int fd, void *out, size_t len) {
    char *next = out;

    while (len > 0) {
        ssize_t n = recv(fd, next, len, 0);

        if (n <= 0)
            return false;
        next += n;
        len -= (size_t)n;
    }
    return true;
}

static size_t to_size(const uint8_t bytes[4]) {
    return (size_t)bytes[0] << 24 | (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3];
}

static char *read_content(int fd, size_t *len) {
    uint8_t size[4];
    char *content;

    if (!read_all(fd, size, sizeof size) || to_size(size) < 4)
        return NULL;
    *len = to_size(size) - 4;
    content = malloc(*len + 1);
    if (content && !read_all(fd, content, *len)) {
        free(content);
        return NULL;
    }
    return content;
}

/* Up to the next Sync or Query. False: the end. */
static bool read_asked(struct fake_postgres *fake, int fd, struct asked *asked) {
    char type, *content;
    size_t len;

    memset(asked, 0, sizeof *asked);
    for (;;) {
        if (!read_all(fd, &type, 1) || !(content = read_content(fd, &len)))
            return false;
        if (type == 'P')
            snprintf(fake->prepared_name, sizeof fake->prepared_name, "%s", content);
        asked->process = type == 'Q' && strcmp(content, "SELECT pg_backend_pid()") == 0;
        free(content);
        asked->prepare = asked->prepare || type == 'P';
        asked->execute = asked->execute || type == 'E';
        asked->query = type == 'Q';
        if (type == 'X')
            return false;
        if (type == 'S' || type == 'Q')
            return true;
    }
}

static struct fake_step take_step(struct fake_postgres *fake) {
    static const struct fake_step good = {FAKE_OK, NULL};

    return fake->next < fake->count ? fake->steps[fake->next++] : good;
}

static void greet(const struct fake_postgres *fake, int fd, enum fake_act act) {
    struct buffer out;

    buffer_init(&out, MESSAGE_MAX);
    add_plain(&out, 'R', "\0\0\0\0", 4);
    add_setting(&out, "server_version", "15.0");
    add_setting(&out, "in_hot_standby", act == FAKE_READ_ONLY ? "on" : "off");
    add_setting(&out, "default_transaction_read_only", "off");
    add_setting(&out, "client_encoding", "UTF8");
    add_plain(&out, 'K', act == FAKE_POOLED ? "\7\7\7\7\7\7\7\7" : "\0\0\0\1\0\0\0\2", 8);
    add_ready(&out, fake);
    say(fd, out.data, out.len);
    buffer_done(&out);
}

static bool begin(struct fake_postgres *fake, int fd) {
    struct fake_step step;
    size_t len = 0;
    char *content = read_content(fd, &len);

    if (!content)
        return false;
    for (size_t i = 0; i < len && i < sizeof fake->startup - 1; i++) {
        fake->startup[i] = content[i] ? content[i] : ' ';
        fake->startup[i + 1] = '\0';
    }
    free(content);
    fake->in_transaction = false;
    atomic_fetch_add(&fake->connections, 1);
    step = take_step(fake);
    if (step.act != FAKE_OK && step.act != FAKE_READ_ONLY && step.act != FAKE_POOLED)
        return act_on(fake, fd, (struct asked){0}, step) && false;
    greet(fake, fd, step.act);
    return true;
}

/* Which every connection asks for once: that of a good greeting. */
static void tell_process(const struct fake_postgres *fake, int fd) {
    struct buffer out;

    buffer_init(&out, MESSAGE_MAX);
    add_description(&out, false);
    add_row(&out, 1, false);
    add_plain(&out, 'C', "SELECT 1", 9);
    add_ready(&out, fake);
    say(fd, out.data, out.len);
    buffer_done(&out);
}

static void converse(struct fake_postgres *fake, int fd) {
    struct asked asked;

    if (!begin(fake, fd))
        return;
    while (read_asked(fake, fd, &asked)) {
        if (asked.process) {
            tell_process(fake, fd);
            continue;
        }
        atomic_fetch_add(&fake->prepares, asked.prepare);
        atomic_fetch_add(&fake->executions, asked.execute);
        atomic_fetch_add(&fake->queries, asked.query);
        if (!act_on(fake, fd, asked, take_step(fake)))
            return;
    }
}

static void *serve(void *argument) {
    struct fake_postgres *fake = argument;
    int fd;

    while ((fd = accept(fake->listener, NULL, NULL)) >= 0) {
        converse(fake, fd);
        close(fd);
    }
    return NULL;
}

void fake_postgres_start(struct fake_postgres *fake, const struct fake_step *steps, size_t count) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    memset(fake, 0, sizeof *fake);
    fake->steps = steps;
    fake->count = count;
    strcpy(fake->folder, "/tmp/countersign-fake-XXXXXX");
    if (!mkdtemp(fake->folder))
        abort();
    snprintf(address.sun_path, sizeof address.sun_path, "%s/.s.PGSQL.5432", fake->folder);
    fake->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(fake->listener, (const struct sockaddr *)&address, sizeof address) != 0 ||
        listen(fake->listener, 16) != 0 || pthread_create(&fake->thread, NULL, serve, fake) != 0)
        abort();
}

void fake_postgres_stop(struct fake_postgres *fake) {
    char path[128];

    shutdown(fake->listener, SHUT_RDWR);
    pthread_join(fake->thread, NULL);
    close(fake->listener);
    snprintf(path, sizeof path, "%s/.s.PGSQL.5432", fake->folder);
    unlink(path);
    rmdir(fake->folder);
}

#include "base/log.h"

#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/utf8.h"

/* A pipe takes a line of up to PIPE_BUF bytes whole or not at all. */
enum {
    LINE_MAX_BYTES = PIPE_BUF,
    LINE_ROOM = LINE_MAX_BYTES - 2,
    VALUE_MAX = 256,
    WAIT_MS = 10,
    TURN_MS = 1000
};

static const char *const level_names[LOG_LEVELS] = {"debug", "info", "warning", "error"};

static atomic_int least_level = LOG_INFO;
static atomic_uint_least64_t dropped;

/* One line at a time: the room that poll has seen another thread's line could take, and write would
 * wait for whoever reads. */
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static bool crowded;      /* there was no room for the last line, so the next waits for none */
static atomic_bool stuck; /* whose turn it was did not come back, so nobody waits for it */

void log_set_level(enum log_level level) {
    atomic_store_explicit(&least_level, (int)level, memory_order_relaxed);
}

bool log_has(enum log_level level) {
    return (int)level >= atomic_load_explicit(&least_level, memory_order_relaxed);
}

bool log_level_parse(struct text word, enum log_level *level) {
    for (int i = 0; i < LOG_LEVELS; i++) {
        if (text_is(word, level_names[i])) {
            *level = (enum log_level)i;
            return true;
        }
    }
    return false;
}

uint64_t log_dropped(void) {
    return atomic_load_explicit(&dropped, memory_order_relaxed);
}

struct line {
    char data[LINE_MAX_BYTES];
    size_t len;
    bool full;
};

static void put(struct line *line, const char *data, size_t len) {
    if (len > LINE_ROOM - line->len) {
        line->full = true;
        return;
    }
    memcpy(line->data + line->len, data, len);
    line->len += len;
}

static void put_string(struct line *line, const char *string) {
    put(line, string, strlen(string));
}

/* `bytes` is how the character stands in the value. */
static void put_character(struct line *line, int32_t point, struct text bytes) {
    if (point == UTF8_BAD) {
        put_string(line, "\\ufffd");
    } else if (point == '"' || point == '\\') {
        put(line, "\\", 1);
        put(line, bytes.data, bytes.len);
    } else if (point < 0x20 || (point >= 0x7F && point < 0xA0) || point == 0x2028 ||
               point == 0x2029) {
        char escape[8];
        snprintf(escape, sizeof escape, "\\u%04x", (unsigned)point & 0xFFFF);
        put_string(line, escape);
    } else {
        put(line, bytes.data, bytes.len);
    }
}

static void put_value(struct line *line, const char *value) {
    struct text whole = text_span(value, strnlen(value, VALUE_MAX + 4));
    struct text rest = utf8_cut(whole, VALUE_MAX);
    put(line, "\"", 1);
    while (rest.len > 0) {
        struct text before = rest;
        int32_t point = utf8_next(&rest);
        put_character(line, point, text_span(before.data, before.len - rest.len));
    }
    put(line, "\"", 1);
}

/* A field that does not fit is left out whole, with all behind it. */
static void put_field(struct line *line, const struct log_field *field) {
    size_t start = line->len;
    put(line, ",\"", 2);
    put_string(line, field->name);
    put(line, "\":", 2);
    if (field->string) {
        put_value(line, field->string);
    } else {
        char number[24];
        snprintf(number, sizeof number, "%lld", (long long)field->number);
        put_string(line, number);
    }
    line->len = line->full ? start : line->len;
}

/* One line may wait in write all the same, where another process has the pipe too. By the wall
 * clock, since clang's TSan does not see pthread_mutex_clocklock. */
static bool take_turn(void) {
    int64_t until_ms = clock_unix_ms() + (atomic_load(&stuck) ? 0 : TURN_MS);
    const struct timespec until = {until_ms / 1000, until_ms % 1000 * 1000000};
    bool taken = pthread_mutex_timedlock(&turn, &until) == 0;
    atomic_store(&stuck, !taken);
    return taken;
}

static bool send_line(const struct line *line) {
    struct pollfd ready = {.fd = STDERR_FILENO, .events = POLLOUT};
    if (!take_turn()) {
        return false;
    }
    crowded = poll(&ready, 1, crowded ? 0 : WAIT_MS) != 1;
    bool sent = !crowded && write(STDERR_FILENO, line->data, line->len) == (ssize_t)line->len;
    pthread_mutex_unlock(&turn);
    return sent;
}

void log_fields(enum log_level level, const char *event, const struct log_field *fields) {
    if (!log_has(level)) {
        return;
    }
    struct line line;
    line.len = 0;
    line.full = false;
    char time[CLOCK_TEXT_SIZE];
    clock_format(time, clock_unix_ms());
    put_string(&line, "{\"time\":\"");
    put_string(&line, time);
    put_string(&line, "\",\"level\":\"");
    put_string(&line, level_names[level]);
    put_string(&line, "\",\"event\":");
    put_value(&line, event);
    for (const struct log_field *field = fields; field->name && !line.full; field++) {
        put_field(&line, field);
    }
    /* LINE_ROOM has left place for them. */
    memcpy(line.data + line.len, "}\n", 2);
    line.len += 2;
    if (!send_line(&line)) {
        atomic_fetch_add_explicit(&dropped, 1, memory_order_relaxed);
    }
}

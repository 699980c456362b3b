#include "fastcgi.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"

/* --- building --- */

void fastcgi_add_padded(struct buffer *out, unsigned type, unsigned id, struct text content,
                        unsigned padding) {
    static const uint8_t zeros[255] = {0};
    const uint8_t header[8] = {1,
                               (uint8_t)type,
                               (uint8_t)(id >> 8),
                               (uint8_t)id,
                               (uint8_t)(content.len >> 8),
                               (uint8_t)content.len,
                               (uint8_t)padding};

    buffer_add(out, header, sizeof header);
    buffer_add_text(out, content);
    buffer_add(out, zeros, padding);
}

void fastcgi_add(struct buffer *out, unsigned type, unsigned id, const void *data, size_t len) {
    fastcgi_add_padded(out, type, id, text_span(data ? data : "", len), 0);
}

void fastcgi_add_begin(struct buffer *out, unsigned id, unsigned role, bool keep) {
    const uint8_t body[8] = {(uint8_t)(role >> 8), (uint8_t)role, keep};

    fastcgi_add(out, FASTCGI_BEGIN, id, body, sizeof body);
}

static void add_length(struct buffer *out, size_t len) {
    const uint8_t four[4] = {(uint8_t)(len >> 24 | 0x80), (uint8_t)(len >> 16), (uint8_t)(len >> 8),
                             (uint8_t)len};

    if (len < 128)
        buffer_add(out, four + 3, 1);
    else
        buffer_add(out, four, 4);
}

void fastcgi_add_pair(struct buffer *out, struct text name, struct text value) {
    add_length(out, name.len);
    add_length(out, value.len);
    buffer_add_text(out, name);
    buffer_add_text(out, value);
}

void fastcgi_add_params(struct buffer *out, unsigned id, const char *const *params) {
    struct buffer pairs;

    buffer_init(&pairs, 65535);
    for (; *params; params++) {
        struct text value = text_of(*params), name = text_cut(&value, '=');

        fastcgi_add_pair(&pairs, name, value);
    }
    if (pairs.len > 0)
        fastcgi_add(out, FASTCGI_PARAMS, id, pairs.data, pairs.len);
    fastcgi_add(out, FASTCGI_PARAMS, id, NULL, 0);
    buffer_done(&pairs);
}

void fastcgi_add_post(struct buffer *out, unsigned id, struct text body, bool keep) {
    char length[48];
    const char *const params[] = {"REQUEST_METHOD=POST", "REQUEST_URI=/sign", length,
                                  "REMOTE_ADDR=192.0.2.1", NULL};

    snprintf(length, sizeof length, "CONTENT_LENGTH=%zu", body.len);
    fastcgi_add_begin(out, id, 1, keep);
    fastcgi_add_params(out, id, params);
    while (body.len > 0) {
        size_t now = body.len < 32768 ? body.len : 32768;

        fastcgi_add(out, FASTCGI_STDIN, id, body.data, now);
        body = text_span(body.data + now, body.len - now);
    }
    fastcgi_add(out, FASTCGI_STDIN, id, NULL, 0);
}

/* --- talking --- */

int fastcgi_connect(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct timeval timeout = {.tv_sec = 5};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    close(fd);
    return -1;
}

bool fastcgi_send(int fd, const void *data, size_t len) {
    const char *next = data;

    while (len > 0) {
        ssize_t n = send(fd, next, len, MSG_NOSIGNAL);

        if (n <= 0)
            return false;
        next += n;
        len -= (size_t)n;
    }
    return true;
}

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

unsigned fastcgi_read_record(int fd, unsigned *id, uint8_t content[65536], size_t *len) {
    uint8_t header[8], padding[255];

    if (!read_all(fd, header, sizeof header))
        return 0;
    *id = (unsigned)header[2] << 8 | header[3];
    *len = (size_t)header[4] << 8 | header[5];
    if (!read_all(fd, content, *len) || !read_all(fd, padding, header[6]))
        return 0;
    return header[1];
}

void fastcgi_receive(int fd, unsigned id, struct fastcgi_reply *reply) {
    uint8_t content[65536];
    unsigned type, whose;
    size_t len;

    reply->len = reply->records_of_stderr = 0;
    reply->ended = reply->closed = false;
    reply->protocol_status = -1;
    while (!reply->ended && (type = fastcgi_read_record(fd, &whose, content, &len)) != 0) {
        if (whose != id)
            continue;
        if (type == FASTCGI_STDOUT && len < sizeof reply->body - reply->len) {
            memcpy(reply->body + reply->len, content, len);
            reply->len += len;
        }
        reply->records_of_stderr += type == FASTCGI_STDERR;
        reply->ended = type == FASTCGI_END;
        if (reply->ended && len == 8)
            reply->protocol_status = content[4];
    }
    reply->closed = !reply->ended;
    reply->body[reply->len] = '\0';
}

void fastcgi_exchange(int fd, const struct buffer *request, struct fastcgi_reply *reply) {
    fastcgi_send(fd, request->data, request->len);
    fastcgi_receive(fd, 1, reply);
}

bool fastcgi_is_closed(int fd, int within_ms) {
    int64_t deadline_ms = clock_monotonic_ms() + within_ms;
    struct pollfd one = {.fd = fd, .events = POLLIN};
    char bytes[4096];

    while (poll(&one, 1, clock_left_ms(deadline_ms)) > 0) {
        ssize_t n = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);

        if (n == 0 || (n < 0 && errno != EAGAIN))
            return true;
    }
    return false;
}

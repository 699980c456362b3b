#include "base/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"

enum { CHUNK = 16 * 1024 };

enum status source_refuse(struct source_fault *fault, const char *path, size_t line,
                          const char *format, ...) {
    char where[24] = "";
    if (line > 0) {
        snprintf(where, sizeof where, ":%zu", line);
    }
    size_t size = sizeof fault->message;
    int len = snprintf(fault->message, size, "%.300s%s: ", path, where);
    va_list args;
    va_start(args, format);
    vsnprintf(fault->message + len, size - (size_t)len, format, args);
    va_end(args);
    return ST_INVALID;
}

void source_path(char out[SOURCE_PATH_SIZE], const char *folder, const char *name) {
    int len = snprintf(out, SOURCE_PATH_SIZE, "%s/%s", folder, name);
    if (len < 0 || len >= SOURCE_PATH_SIZE) {
        out[0] = '\0';
    }
}

/* 0, or the errno of the read that failed. */
static int read_whole(int fd, size_t limit, struct buffer *out) {
    char chunk[CHUNK];
    ssize_t n = 1;
    while (n != 0 && out->len <= limit && !out->failed) {
        n = read(fd, chunk, sizeof chunk);
        if (n < 0 && errno != EINTR) {
            return errno;
        }
        buffer_add(out, chunk, n > 0 ? (size_t)n : 0);
    }
    return 0;
}

static enum status look(struct text content, size_t limit, const char *path,
                        struct source_fault *fault) {
    if (content.len > limit) {
        return source_refuse(fault, path, 0, "larger than %zu bytes", limit);
    }
    if (!utf8_valid(content) || memchr(content.data, '\0', content.len)) {
        return source_refuse(fault, path, 0, "not UTF-8");
    }
    return ST_OK;
}

static enum status keep(struct arena *arena, struct text content, struct text *out) {
    struct text copy = arena_copy(arena, content);
    if (!copy.data) {
        return ST_FAULT;
    }
    *out = copy;
    return ST_OK;
}

enum status source_read(struct arena *arena, const char *path, size_t limit,
                        struct source_fault *fault, struct text *out) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        bool missing = errno == ENOENT || errno == ENOTDIR;
        return missing ? ST_NOT_FOUND : source_refuse(fault, path, 0, "%s", strerror(errno));
    }
    struct buffer file;
    buffer_init(&file, limit + CHUNK);
    int failed = read_whole(fd, limit, &file);
    enum status status = ST_FAULT;
    if (failed) {
        status = source_refuse(fault, path, 0, "%s", strerror(failed));
    } else if (!file.failed) {
        struct text content = file.len > 0 ? buffer_text(&file) : text_of("");
        status = look(content, limit, path, fault);
        status = status == ST_OK ? keep(arena, content, out) : status;
    }
    buffer_done(&file);
    close(fd);
    return status;
}

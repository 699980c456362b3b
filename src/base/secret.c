#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/random.h"

enum { ROOM_MIN = 4096 }; /* files of /proc say 0 */

enum status secret_start(void) {
    static const struct rlimit none = {0, 0};
    if (random_start() != ST_OK || sodium_init() < 0 || setrlimit(RLIMIT_CORE, &none) != 0 ||
        prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L) != 0) {
        return ST_FAULT;
    }
    return ST_OK;
}

void *secret_new(size_t size) {
    void *secret = sodium_malloc(size);
    if (secret) {
        memset(secret, 0, size);
    }
    return secret;
}

void secret_free(void *secret_pointer_pointer) {
    void *secret;
    memcpy(&secret, secret_pointer_pointer, sizeof secret);
    sodium_free(secret);
    memset(secret_pointer_pointer, 0, sizeof secret);
}

/* Bytes read, up to `size`; -1: a read failed. */
static ssize_t read_whole(int fd, char *data, size_t size) {
    size_t len = 0;
    while (len < size) {
        ssize_t got = read(fd, data + len, size - len);
        if (got == 0) {
            break;
        }
        if (got < 0 && errno != EINTR) {
            return -1;
        }
        len += got > 0 ? (size_t)got : 0;
    }
    return (ssize_t)len;
}

/* Guarded memory is filled and locked as a whole, so it is not taken for what a file could be at
 * most. */
static size_t room_for(int fd, size_t limit) {
    struct stat file;
    if (fstat(fd, &file) != 0 || !S_ISREG(file.st_mode)) {
        return limit; /* a pipe does not tell */
    }
    size_t size = file.st_size > ROOM_MIN ? (size_t)file.st_size : ROOM_MIN;
    return size < limit ? size : limit;
}

enum status secret_read_fd(int fd, size_t limit, struct text *out) {
    enum status status = ST_FAULT;
    size_t room = room_for(fd, limit);
    char *data = secret_new(room + 1);
    ssize_t len = data ? read_whole(fd, data, room + 1) : -1;
    if (len > (ssize_t)room) {
        status = ST_INVALID;
    } else if (len >= 0) {
        *out = text_span(data, (size_t)len);
        data = NULL;
        status = ST_OK;
    }
    secret_free(&data);
    return status;
}

enum status secret_read_file(const char *path, size_t limit, struct text *out) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return ST_NOT_FOUND;
    }
    enum status status = secret_read_fd(fd, limit, out);
    close(fd);
    return status;
}

void secret_cut_line(struct text *secret) {
    char *end = secret->data ? strpbrk(secret->data, "\r\n") : NULL;
    if (end) {
        *end = '\0';
    }
    *secret = text_of(secret->data);
}

#include "link/number.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { MODE = 0640 };

static enum status refuse(enum status status, char *why, size_t why_size, const char *what) {
    snprintf(why, why_size, "%s", what);
    return status;
}

/* -1: somebody has it, or errno says what is wrong. */
static int lock(const char *path) {
    char name[NUMBER_PATH_SIZE + sizeof ".lock"];
    snprintf(name, sizeof name, "%s.lock", path);
    int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, MODE);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
        int number = errno;
        close(fd);
        errno = number;
        return -1;
    }
    return fd;
}

static enum status take_lowest(const char *pattern, const char *star, struct number *out, char *why,
                               size_t why_size) {
    struct number number = {.fd = -1};
    for (int value = 1; value <= NUMBER_MOST; value++) {
        int len = snprintf(number.path, sizeof number.path, "%.*s%d%s", (int)(star - pattern),
                           pattern, value, star + 1);
        if (len < 0 || (size_t)len >= sizeof number.path)
            return refuse(ST_INVALID, why, why_size, "the path is too long");
        number.value = value;
        number.fd = lock(number.path);
        if (number.fd >= 0) {
            *out = number;
            return ST_OK;
        }
        if (errno != EWOULDBLOCK && errno != EINTR) {
            snprintf(why, why_size, "cannot lock a number: %s", strerror(errno));
            return ST_FAULT;
        }
    }
    return refuse(ST_BUSY, why, why_size, "every number is taken by a process that lives");
}

enum status number_take(const char *pattern, struct number *out, char *why, size_t why_size) {
    const char *star = strchr(pattern, '*');
    if (star && strchr(star + 1, '*'))
        return refuse(ST_INVALID, why, why_size, "the path may have one * only");
    if (star)
        return take_lowest(pattern, star, out, why, why_size);
    if (strlen(pattern) >= sizeof out->path)
        return refuse(ST_INVALID, why, why_size, "the path is too long");
    *out = (struct number){.fd = -1};
    memcpy(out->path, pattern, strlen(pattern) + 1);
    return ST_OK;
}

void number_done(struct number *number) {
    if (number->fd >= 0)
        close(number->fd);
    number->fd = -1;
}

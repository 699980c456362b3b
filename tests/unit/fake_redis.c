#include "fake_redis.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static bool perform(int fd, struct fake_redis_step step) {
    if (step.delay_ms > 1000) {
        char bytes[256];

        while (recv(fd, bytes, sizeof bytes, 0) > 0)
            ;
        return false;
    }
    if (step.delay_ms > 0)
        usleep((unsigned)step.delay_ms * 1000);
    if (!step.bytes)
        return false;
    for (size_t i = 0; step.slowly && i < strlen(step.bytes); i++) {
        if (send(fd, step.bytes + i, 1, MSG_NOSIGNAL) != 1)
            return false; /* nobody listens any more */
        usleep(1000);
    }
    if (!step.slowly)
        send(fd, step.bytes, strlen(step.bytes), MSG_NOSIGNAL);
    return true;
}

static void note(struct fake_redis *fake, const char *bytes) {
    pthread_mutex_lock(&fake->lock);
    strcpy(fake->last, bytes);
    pthread_mutex_unlock(&fake->lock);
}

const char *fake_redis_last(struct fake_redis *fake) {
    static char copy[sizeof fake->last];

    pthread_mutex_lock(&fake->lock);
    strcpy(copy, fake->last);
    pthread_mutex_unlock(&fake->lock);
    return copy;
}

static void converse(struct fake_redis *fake, int fd) {
    static const struct fake_redis_step good = {"+OK\r\n", 0, false};
    char bytes[sizeof fake->last];
    ssize_t n;

    while ((n = recv(fd, bytes, sizeof bytes - 1, 0)) > 0) {
        bytes[n] = '\0';
        note(fake, bytes);
        atomic_fetch_add(&fake->commands, 1);
        if (!perform(fd, fake->next < fake->count ? fake->steps[fake->next++] : good))
            return;
    }
}

static void *serve(void *argument) {
    struct fake_redis *fake = argument;
    int fd;

    while ((fd = accept(fake->listener, NULL, NULL)) >= 0) {
        atomic_fetch_add(&fake->connections, 1);
        converse(fake, fd);
        close(fd);
    }
    return NULL;
}

static void begin(struct fake_redis *fake, const struct fake_redis_step *steps, size_t count) {
    memset(fake, 0, sizeof *fake);
    fake->steps = steps;
    fake->count = count;
    pthread_mutex_init(&fake->lock, NULL);
}

static void open_listener(struct fake_redis *fake, const struct sockaddr *where, socklen_t size) {
    fake->listener = socket(where->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(fake->listener, where, size) != 0 || listen(fake->listener, 8) != 0 ||
        pthread_create(&fake->thread, NULL, serve, fake) != 0)
        abort();
}

void fake_redis_start_tcp(struct fake_redis *fake, const struct fake_redis_step *steps,
                          size_t count) {
    struct sockaddr_in where = {.sin_family = AF_INET};
    socklen_t size = sizeof where;

    begin(fake, steps, count);
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    open_listener(fake, (const struct sockaddr *)&where, sizeof where);
    if (getsockname(fake->listener, (struct sockaddr *)&where, &size) != 0)
        abort();
    fake->port = ntohs(where.sin_port);
}

void fake_redis_start(struct fake_redis *fake, const struct fake_redis_step *steps, size_t count) {
    struct sockaddr_un where = {.sun_family = AF_UNIX};

    begin(fake, steps, count);
    strcpy(fake->folder, "/tmp/countersign-redis-XXXXXX");
    if (!mkdtemp(fake->folder))
        abort();
    snprintf(fake->path, sizeof fake->path, "%s/socket", fake->folder);
    snprintf(fake->address, sizeof fake->address, "unix:%s", fake->path);
    strcpy(where.sun_path, fake->path);
    open_listener(fake, (const struct sockaddr *)&where, sizeof where);
}

void fake_redis_stop(struct fake_redis *fake) {
    shutdown(fake->listener, SHUT_RDWR);
    pthread_join(fake->thread, NULL);
    close(fake->listener);
    if (fake->folder[0]) {
        unlink(fake->path);
        rmdir(fake->folder);
    }
    pthread_mutex_destroy(&fake->lock);
}

#include "link/service.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"

enum {
    FIRST_PASSED_IN = 3,
    WATCHDOG_US = 60000000,
    WATCHDOG_LEAST_US = 4000,
    US_PER_MS = 1000,
    MS_PER_S = 1000,
    NS_PER_MS = 1000000
};

/* The value of a variable that is a positive number; 0: it is none. */
static long long number_in(const char *name) {
    const char *value = getenv(name);
    char *end = NULL;
    long long number;

    if (!value || value[0] < '0' || value[0] > '9')
        return 0;
    errno = 0;
    number = strtoll(value, &end, 10);
    return errno == 0 && *end == '\0' ? number : 0;
}

static bool is_for_us(const char *pid_name) {
    return number_in(pid_name) == getpid();
}

/* Names that begin with @ are of the kernel's own space: a zero stands there. */
static socklen_t address_of(const char *name, struct sockaddr_un *out) {
    size_t len = strlen(name);

    if ((name[0] != '/' && name[0] != '@') || len >= sizeof out->sun_path)
        return 0;
    *out = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(out->sun_path, name, len);
    if (name[0] == '@')
        out->sun_path[0] = '\0';
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + (name[0] == '/'));
}

static int connect_to(const char *name) {
    struct sockaddr_un address;
    socklen_t size = name ? address_of(name, &address) : 0;
    int fd = size > 0 ? socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0) : -1;

    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, size) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

/* A time so short that nobody could look so often counts as not given. */
static long long watchdog_us(void) {
    bool ours = !getenv("WATCHDOG_PID") || is_for_us("WATCHDOG_PID");
    long long us = ours ? number_in("WATCHDOG_USEC") : 0;
    return us >= WATCHDOG_LEAST_US ? us : WATCHDOG_US;
}

void service_open(struct service *service) {
    sigemptyset(&service->signals);
    sigaddset(&service->signals, SIGTERM);
    sigaddset(&service->signals, SIGINT);
    sigaddset(&service->signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &service->signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    service->news = connect_to(getenv("NOTIFY_SOCKET"));
    /* As many looks and one more fit into the time: a piece of work may begin right after one. */
    service->every_ms = watchdog_us() / US_PER_MS / (PULSE_LOOKS + 1);
    service_watch(service, NULL, 0);
}

void service_close(struct service *service) {
    if (service->news >= 0)
        close(service->news);
    service->news = -1;
}

enum status service_listener(int *fd) {
    long long sockets = is_for_us("LISTEN_PID") ? number_in("LISTEN_FDS") : 0;

    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    if (sockets > 1)
        return ST_INVALID;
    *fd = sockets == 1 ? FIRST_PASSED_IN : -1;
    return ST_OK;
}

void service_say(const struct service *service, const char *news) {
    if (service->news >= 0)
        (void)!send(service->news, news, strlen(news), MSG_NOSIGNAL);
}

void service_watch(struct service *service, struct pulse *pulses, size_t count) {
    service->pulses = pulses;
    service->pulse_count = count;
}

/* No clean-up: it would wait for the thread that hangs. */
static void look(const struct service *service) {
    const struct pulse *hangs = pulse_look(service->pulses, service->pulse_count);

    if (hangs) {
        log_event(LOG_ERROR, "hangs", LOG_STR("thread", hangs->name));
        _exit(SERVICE_HANGS);
    }
    service_say(service, "WATCHDOG=1");
}

int service_wait(const struct service *service) {
    const struct timespec every = {service->every_ms / MS_PER_S,
                                   service->every_ms % MS_PER_S * NS_PER_MS};
    int got = -1;

    while (got < 0) {
        got = sigtimedwait(&service->signals, NULL, &every);
        if (got < 0 && errno == EAGAIN)
            look(service);
    }
    return got;
}

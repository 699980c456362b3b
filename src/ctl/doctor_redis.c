#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/weburl.h"
#include "ctl/doctor.h"
#include "ctl/own_address.h"
#include "store/health.h"

enum { TRY_MS = 300, DEFAULT_PORT = 6379, ADDRESS_SIZE = 64 };

/* --- what it is set to --- */

static void look_at_settings(struct doctor *doctor, const struct health_redis *health) {
    if (!health->tells_about_itself) {
        doctor_say(doctor, DOCTOR_OK, "Redis",
                   "memory and persistence not looked at: this user may not ask (INFO)");
        return;
    }
    bool good =
        strcmp(health->policy, "noeviction") == 0 || strncmp(health->policy, "volatile-", 9) == 0;
    doctor_judge(doctor, !good, DOCTOR_WARN, CHECK_REDIS_POLICY, "%s", health->policy);
    doctor_judge(doctor, health->persists, DOCTOR_WARN, CHECK_REDIS_DISK, "%s",
                 health->persists ? "on" : "off");
    doctor_judge(doctor, !health->bounded, DOCTOR_WARN, CHECK_REDIS_MEMORY, "%s",
                 health->bounded ? "bounded" : "maxmemory 0");
}

static void look_at_user(struct doctor *doctor, const struct health_redis *health) {
    bool works = health->reaches_keys && health->runs_scripts;
    bool limited = !health->reaches_others && !health->reaches_commands;
    doctor_say(doctor, works ? DOCTOR_OK : DOCTOR_NO, "Redis", "%s",
               works ? "answers; keys and scripts can be used"
                     : "this user may not use cs:* or scripts: load deploy/redis/users.acl");
    doctor_judge(doctor, !limited, DOCTOR_WARN, CHECK_REDIS_RIGHTS, "%s",
                 limited ? "limited to its keys and commands" : "more than its keys and commands");
}

/* --- who gets in --- */

static bool is_at_socket(const char *address) {
    return strncmp(address, "unix:", 5) == 0;
}

/* A unix socket is guarded by its mode. */
static bool is_private(const char *address) {
    struct stat found;
    return is_at_socket(address) && (stat(address + 5, &found) != 0 || (found.st_mode & 0002) == 0);
}

/* Whether who gives no password may read keys there. */
static bool is_open(struct doctor *doctor, const char *address) {
    struct redis_options options = {.address = address,
                                    .timeout_ms = 1000,
                                    .sentinel_password = doctor->context->sentinel_password};
    struct redis *stranger = NULL;
    bool open = redis_new(&options, &stranger) == ST_OK && health_redis_answers(stranger);
    redis_free(&stranger);
    return open;
}

/* Sentinels are asked as ourselves: it is Redis' door. One that has a socket may have another. */
static void look_at_door(struct doctor *doctor, const char *address, int tcp_port) {
    char other[ADDRESS_SIZE];
    snprintf(other, sizeof other, "redis://127.0.0.1:%d", tcp_port);
    bool beside = is_at_socket(address) && tcp_port > 0, closed = is_private(address);
    bool open = (!closed && is_open(doctor, address)) || (beside && is_open(doctor, other));
    doctor_judge(doctor, open, DOCTOR_NO, CHECK_REDIS_OPEN, "%s",
                 open                ? "no password is needed"
                 : closed && !beside ? "a socket that is not for everybody"
                                     : "a password is needed");
}

static bool accepts(struct sockaddr *address, socklen_t len) {
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), error = -1;
    socklen_t size = sizeof error;
    if (fd < 0) {
        return false;
    }
    struct pollfd ready = {.fd = fd, .events = POLLOUT};
    /* It does not wait, so it may fail now as one that is under way. */
    bool begun = connect(fd, address, len) == 0 || errno == EINPROGRESS || errno == EAGAIN;
    bool ended = begun && poll(&ready, 1, TRY_MS) == 1;
    bool accepted = ended && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
    close(fd);
    return accepted;
}

/* Of the addresses of this host that other hosts know, one that answers at this port; text for
 * people, "": none. */
static void find_open(int port, char out[INET_ADDRSTRLEN]) {
    struct in_addr own[OWN_ADDRESSES_MAX];
    size_t count = own_addresses(own);
    out[0] = '\0';
    for (size_t i = 0; i < count && out[0] == '\0'; i++) {
        struct sockaddr_in address = {
            .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = own[i]};
        if (accepts((struct sockaddr *)&address, sizeof address)) {
            inet_ntop(AF_INET, &own[i], out, INET_ADDRSTRLEN);
        }
    }
}

static int port_of(const char *address) {
    const char *port = strrchr(address, ':');
    long number = port != NULL ? strtol(port + 1, NULL, 10) : 0;
    return number > 0 && number < 65536 ? (int)number : DEFAULT_PORT;
}

/* Only where its workers are on the same host: elsewhere it has to be reached. */
static void look_at_reach(struct doctor *doctor, const char *address, int tcp_port) {
    char open[INET_ADDRSTRLEN];
    struct text url = text_of(address);
    bool here = text_starts(url, "redis://") && weburl_host_is_here(weburl_host(url));
    if (!here && !(is_at_socket(address) && tcp_port > 0)) {
        return;
    }
    find_open(is_at_socket(address) ? tcp_port : port_of(address), open);
    doctor_judge(doctor, open[0] != '\0', DOCTOR_NO, CHECK_REDIS_REACHED, "%s",
                 open[0] != '\0' ? open : "by this host alone");
}

void doctor_redis(struct doctor *doctor) {
    struct health_redis health;
    const char *address = doctor->context->settings.redis;
    if (context_redis(doctor->context) != OUTCOME_DONE) {
        doctor_say(doctor, DOCTOR_NO, "Redis", "cannot be asked: see the message above");
        return;
    }
    enum status status = health_redis(doctor->context->redis, &health);
    if (status != ST_OK) {
        doctor_say(doctor, status == ST_UNAVAILABLE ? DOCTOR_AWAY : DOCTOR_NO, "Redis", "%s: %s",
                   redis_code(doctor->context->redis),
                   status == ST_UNAVAILABLE
                       ? "start it, or check `redis`, `redis_user` and the password"
                       : "this user may not ask for the time");
        return;
    }
    look_at_user(doctor, &health);
    look_at_settings(doctor, &health);
    look_at_door(doctor, address, health.tcp_port);
    look_at_reach(doctor, address, health.tcp_port);
    doctor_clock(doctor, "Redis' clock", health.skew_ms);
}

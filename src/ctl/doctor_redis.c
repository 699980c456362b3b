#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/doctor.h"
#include "store/health.h"

enum { TRY_MS = 300, DEFAULT_PORT = 6379 };

/* ---- what it is set to -------------------------------------------------------------------------
 */

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

/* ---- who gets in -------------------------------------------------------------------------------
 */

/* A unix socket is guarded by its mode. */
static bool is_private(const char *address) {
    struct stat found;
    return strncmp(address, "unix:", 5) == 0 &&
           (stat(address + 5, &found) != 0 || (found.st_mode & 0002) == 0);
}

/* Sentinels are asked as ourselves: it is Redis' door. */
static void look_at_door(struct doctor *doctor, const char *address) {
    struct redis_options options = {.address = address,
                                    .timeout_ms = 1000,
                                    .sentinel_password = doctor->context->sentinel_password};
    struct redis *stranger = NULL;
    if (is_private(address)) {
        doctor_say(doctor, DOCTOR_OK, "redis_open", "a socket that is not for everybody");
        return;
    }
    bool open = redis_new(&options, &stranger) == ST_OK && health_redis_answers(stranger);
    redis_free(&stranger);
    doctor_judge(doctor, open, DOCTOR_NO, CHECK_REDIS_OPEN, "%s",
                 open ? "no password is needed" : "a password is needed");
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
static void find_open(uint16_t port, char out[INET_ADDRSTRLEN]) {
    struct ifaddrs *list = NULL;
    out[0] = '\0';
    if (getifaddrs(&list) != 0) {
        return;
    }
    for (const struct ifaddrs *one = list; one != NULL && out[0] == '\0'; one = one->ifa_next) {
        struct sockaddr_in address;
        if (one->ifa_addr == NULL || one->ifa_addr->sa_family != AF_INET) {
            continue;
        }
        memcpy(&address, one->ifa_addr, sizeof address);
        address.sin_port = htons(port);
        if (ntohl(address.sin_addr.s_addr) >> 24 != 127 &&
            accepts((struct sockaddr *)&address, sizeof address)) {
            inet_ntop(AF_INET, &address.sin_addr, out, INET_ADDRSTRLEN);
        }
    }
    freeifaddrs(list);
}

/* Only where its workers are on the same host: elsewhere it has to be reached. */
static void look_at_reach(struct doctor *doctor, const char *address) {
    static const char *const here[] = {"redis://127.", "redis://localhost", "redis://[::1]"};
    char open[INET_ADDRSTRLEN];
    bool local = false;
    for (size_t i = 0; i < sizeof here / sizeof here[0]; i++) {
        local |= strncmp(address, here[i], strlen(here[i])) == 0;
    }
    if (!local) {
        return;
    }
    const char *port = strrchr(address, ':');
    long number = port != NULL ? strtol(port + 1, NULL, 10) : 0;
    find_open((uint16_t)(number > 0 && number < 65536 ? number : DEFAULT_PORT), open);
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
    look_at_door(doctor, address);
    look_at_reach(doctor, address);
    doctor_clock(doctor, "Redis' clock", health.skew_ms);
}

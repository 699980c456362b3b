/* What a service manager passes in and is told: a socket plays the manager. */
#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "link/service.h"
#include "unit.h"

#define COUNT(array) (int)(sizeof(array) / sizeof(array)[0])

static char path[108], got[256];
static int manager;

static void listen_at(const char *name, socklen_t name_size) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    memcpy(address.sun_path, name, name_size);
    manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(
        bind(manager, (struct sockaddr *)&address, (socklen_t)(sizeof(sa_family_t) + name_size)),
        0);
}

static void clear(void) {
    static const char *const names[] = {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID",
                                        "LISTEN_PID",    "LISTEN_FDS",    "LISTEN_FDNAMES"};

    for (int i = 0; i < COUNT(names); i++)
        unsetenv(names[i]);
}

static void begin(void) {
    clear();
    snprintf(path, sizeof path, "%s/manager", unit_folder());
    unlink(path);
    listen_at(path, (socklen_t)strlen(path) + 1);
    setenv("NOTIFY_SOCKET", path, 1);
}

static void end(void) {
    close(manager);
    clear();
}

static const char *heard(void) {
    ssize_t n = recv(manager, got, sizeof got - 1, MSG_DONTWAIT);

    got[n > 0 ? n : 0] = '\0';
    return got;
}

static void set_us(const char *name, long long value) {
    char digits[32];

    snprintf(digits, sizeof digits, "%lld", value);
    setenv(name, digits, 1);
}

START_TEST(news_reach_the_manager) {
    struct service service;

    service_open(&service);
    ck_assert_int_eq(service.every_ms, 15000);
    service_say(&service, "READY=1");
    ck_assert_str_eq(heard(), "READY=1");
    close(manager);
    service_say(&service, "STOPPING=1"); /* it went away: nothing happens */
    service_close(&service);
    service_say(&service, "STOPPING=1");
    service_close(&service);
}
END_TEST

START_TEST(a_name_of_the_kernels_own_space_will_do) {
    struct service service;

    snprintf(path, sizeof path, "@countersign-test-%d", (int)getpid());
    setenv("NOTIFY_SOCKET", path, 1);
    path[0] = '\0';
    close(manager);
    listen_at(path, (socklen_t)strlen(path + 1) + 1);
    service_open(&service);
    service_say(&service, "READY=1");
    ck_assert_str_eq(heard(), "READY=1");
    service_close(&service);
}
END_TEST

static const char *const no_names[] = {
    "", "relative", "/nowhere/at/all",
    ("/0123456789012345678901234567890123456789012345678901234567"
     "890123456789012345678901234567890123456789012345678901")};

START_TEST(a_manager_that_cannot_be_reached_is_none) {
    struct service service;

    setenv("NOTIFY_SOCKET", no_names[_i], 1);
    setenv("WATCHDOG_USEC", "1000000", 1);
    service_open(&service);
    ck_assert_int_eq(service.news, -1);
    ck_assert_int_eq(service.every_ms, 250);
    service_close(&service);
}
END_TEST

static struct pulse pulses[2];

/* Comes round until the manager has heard of it. */
static void *comes_round(void *unused) {
    static const struct timespec pause = {0, 1000000};

    while (strcmp(heard(), "WATCHDOG=1") != 0) {
        pulse_busy(&pulses[1]);
        nanosleep(&pause, NULL);
    }
    pulse_idle(&pulses[1]);
    kill(getpid(), SIGTERM);
    return unused;
}

START_TEST(the_watchdog_hears_of_us_while_threads_come_round) {
    struct service service;
    pthread_t thread;

    set_us("WATCHDOG_USEC", 800000);
    set_us("WATCHDOG_PID", getpid());
    service_open(&service);
    service_watch(&service, pulses, 2);
    ck_assert_int_eq(service.every_ms, 200);
    ck_assert_int_eq(pthread_create(&thread, NULL, comes_round, NULL), 0);
    ck_assert_int_eq(service_wait(&service), SIGTERM);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    service_close(&service);
}
END_TEST

START_TEST(P12_a_thread_that_hangs_ends_the_process) {
    struct pulse own[] = {{.name = "waits"}, {.name = "works"}};
    struct service service;
    int status = 0;
    pid_t child;

    set_us("WATCHDOG_USEC", 8000);
    service_open(&service);
    service_watch(&service, own, 2);
    pulse_busy(&own[1]);
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0)
        _exit(service_wait(&service));
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), SERVICE_HANGS);
    service_close(&service);
}
END_TEST

START_TEST(a_watchdog_that_nobody_could_please_is_not_given) {
    struct service service;

    set_us("WATCHDOG_USEC", 3999);
    service_open(&service);
    ck_assert_int_eq(service.every_ms, 15000);
    service_close(&service);
}
END_TEST

START_TEST(the_watchdog_of_another_process_is_not_ours) {
    struct service service;

    set_us("WATCHDOG_USEC", 10000);
    set_us("WATCHDOG_PID", getppid());
    service_open(&service);
    ck_assert_int_eq(service.every_ms, 15000);
    service_close(&service);
}
END_TEST

static const struct {
    long long sockets;
    int for_us;
    enum status status;
    int fd;
} passed[] = {{0, 1, ST_OK, -1}, {1, 1, ST_OK, 3}, {1, 0, ST_OK, -1}, {2, 1, ST_INVALID, -7}};

START_TEST(one_socket_is_taken_once) {
    int fd = -7;

    set_us("LISTEN_FDS", passed[_i].sockets);
    set_us("LISTEN_PID", passed[_i].for_us ? getpid() : getppid());
    ck_assert_int_eq(service_listener(&fd), passed[_i].status);
    ck_assert_int_eq(fd, passed[_i].fd);
    ck_assert_int_eq(service_listener(&fd), ST_OK);
    ck_assert_int_eq(fd, -1);
}
END_TEST

static const char *const no_numbers[] = {"", "x", "1x", "-1", " 1", "99999999999999999999"};

START_TEST(what_is_no_number_is_not_given) {
    struct service service;
    int fd = -7;

    set_us("LISTEN_PID", getpid());
    setenv("LISTEN_FDS", no_numbers[_i], 1);
    ck_assert_int_eq(service_listener(&fd), ST_OK);
    ck_assert_int_eq(fd, -1);
    setenv("WATCHDOG_USEC", no_numbers[_i], 1);
    service_open(&service);
    ck_assert_int_eq(service.every_ms, 15000);
    service_close(&service);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("service");
    TCase *cases = tcase_create("service");

    tcase_add_checked_fixture(cases, begin, end);
    tcase_add_test(cases, news_reach_the_manager);
    tcase_add_test(cases, a_name_of_the_kernels_own_space_will_do);
    tcase_add_loop_test(cases, a_manager_that_cannot_be_reached_is_none, 0, COUNT(no_names));
    tcase_add_test(cases, the_watchdog_hears_of_us_while_threads_come_round);
    tcase_add_test(cases, P12_a_thread_that_hangs_ends_the_process);
    tcase_add_test(cases, a_watchdog_that_nobody_could_please_is_not_given);
    tcase_add_test(cases, the_watchdog_of_another_process_is_not_ours);
    tcase_add_loop_test(cases, one_socket_is_taken_once, 0, COUNT(passed));
    tcase_add_loop_test(cases, what_is_no_number_is_not_given, 0, COUNT(no_numbers));
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

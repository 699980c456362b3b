/* link/fcgi as a part of a process: its writes, threads, limits, and very many requests. */
#include "unit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "fastcgi.h"
#include "fcgi_service.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { MANY = 10000, SANITIZED = 1 };
#else
enum { MANY = 100000, SANITIZED = 0 };
#endif

static struct fcgi_service service;
static struct buffer request;
static struct fastcgi_reply reply;
static atomic_int writes;

/* In place of the C library's, so that the writes of libfcgi can be counted. */
ssize_t write(int fd, const void *data, size_t len) {
    atomic_fetch_add(&writes, 1);
    return syscall(SYS_write, fd, data, len);
}

static void set_up(void) {
    fcgi_service_prepare(&service);
    buffer_init(&request, 1024 * 1024);
    fastcgi_add_post(&request, 1, text_of("hello"), true);
}

static void tear_down(void) {
    if (service.fcgi)
        fcgi_service_stop(&service);
    rmdir(service.folder);
    buffer_done(&request);
}

/* Without threads: the test itself accepts. */
static void open_alone(void) {
    struct fcgi_options options = fcgi_service_options(&service);

    fcgi_service_start_with(&service, 0, &options);
}

static long resident_pages(void) {
    long all = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    ck_assert_int_eq(fscanf(file, "%ld %ld", &all, &resident), 2);
    fclose(file);
    return resident;
}

/* --- answering --- */

static struct fcgi_request *take(int fd) {
    struct pulse pulse = {"io", 0, 0, 0};
    struct fcgi_request *taken = NULL;

    ck_assert(fastcgi_send(fd, request.data, request.len));
    ck_assert_int_eq(fcgi_accept(service.fcgi, &pulse, &taken), ST_OK);
    return taken;
}

START_TEST(an_answer_is_one_write_and_has_no_records_of_stderr) {
    int fd;

    open_alone();
    fd = fastcgi_connect(service.path);
    for (int i = 0; i < 3; i++) {
        struct fcgi_request *taken = take(fd);

        atomic_store(&writes, 0);
        fcgi_reply(taken, text_of("Status: 202 Accepted\r\n\r\n"), text_of("{}"));
        ck_assert_int_eq(atomic_load(&writes), 1);
        fastcgi_receive(fd, 1, &reply);
        ck_assert_str_eq(reply.body, "Status: 202 Accepted\r\n\r\n{}");
        ck_assert_uint_eq(reply.records_of_stderr, 0);
    }
    close(fd);
}
END_TEST

START_TEST(an_answer_may_be_empty) {
    int fd;

    open_alone();
    fd = fastcgi_connect(service.path);
    fcgi_reply(take(fd), text_of(NULL), text_of(""));
    fastcgi_receive(fd, 1, &reply);
    ck_assert(reply.ended);
    ck_assert_uint_eq(reply.len, 0);
    close(fd);
}
END_TEST

START_TEST(a_request_has_memory_that_is_reset) {
    struct fcgi_request *taken;
    int fd;

    open_alone();
    fd = fastcgi_connect(service.path);
    taken = take(fd);
    ck_assert_ptr_nonnull(arena_alloc(fcgi_arena(taken), 100000));
    fcgi_reply(taken, text_of("Status: 200\r\n\r\n"), text_of(""));
    taken = take(fd);
    ck_assert_uint_eq(arena_used(fcgi_arena(taken)), 0);
    fcgi_reply(taken, text_of("Status: 200\r\n\r\n"), text_of(""));
    close(fd);
}
END_TEST

static void *reply_late(void *taken) {
    usleep(50000);
    fcgi_reply(taken, text_of("Status: 200\r\n\r\n"), text_of("late"));
    return NULL;
}

START_TEST(another_thread_may_answer) {
    pthread_t thread;
    int fd;

    open_alone();
    fd = fastcgi_connect(service.path);
    ck_assert_int_eq(pthread_create(&thread, NULL, reply_late, take(fd)), 0);
    fastcgi_receive(fd, 1, &reply);
    ck_assert_ptr_nonnull(strstr(reply.body, "late"));
    pthread_join(thread, NULL);
    close(fd);
}
END_TEST

START_TEST(a_peer_that_left_is_no_error) {
    struct fcgi_counts counts;

    open_alone();
    for (int i = 0; i < 10; i++) {
        int fd = fastcgi_connect(service.path);
        struct fcgi_request *taken = take(fd);

        close(fd);
        fcgi_reply(taken, text_of("Status: 200\r\n\r\n"), text_of("x"));
    }
    counts = fcgi_service_counts(&service);
    ck_assert_uint_eq(counts.open, 0);
    ck_assert_uint_eq(counts.accepted, 10);
    ck_assert_uint_eq(counts.protocol_errors, 0);
}
END_TEST

START_TEST(a_peer_that_does_not_read_is_waited_for_no_longer_than_the_time_out) {
    static char much[4 * 1024 * 1024];
    struct fcgi_request *taken;
    int64_t started_ms;
    int fd;

    open_alone();
    fd = fastcgi_connect(service.path);
    taken = take(fd);
    started_ms = clock_monotonic_ms();
    fcgi_reply(taken, text_of("Status: 200\r\n\r\n"), text_span(much, sizeof much));
    ck_assert_int_ge(clock_monotonic_ms() - started_ms, 250);
    ck_assert_int_lt(clock_monotonic_ms() - started_ms, 20000);
    ck_assert_uint_eq(fcgi_service_counts(&service).open, 0);
    close(fd);
}
END_TEST

/* --- limits --- */

START_TEST(connections_over_the_limit_wait_in_the_backlog) {
    struct fcgi_options options = fcgi_service_options(&service);
    int fds[4];

    options.connections_max = 3;
    fcgi_service_start_with(&service, 2, &options);
    for (int i = 0; i < 4; i++) {
        fds[i] = fastcgi_connect(service.path);
        fastcgi_send(fds[i], request.data, request.len);
    }
    for (int i = 0; i < 3; i++) {
        fastcgi_receive(fds[i], 1, &reply);
        ck_assert(reply.ended);
    }
    ck_assert_uint_eq(fcgi_service_counts(&service).open, 3);
    close(fds[1]);
    fastcgi_receive(fds[3], 1, &reply);
    ck_assert(reply.ended);
    close(fds[0]);
    close(fds[2]);
    close(fds[3]);
    ck_assert(fcgi_service_answers(&service, 500));
}
END_TEST

static int64_t cpu_ms(void) {
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_utime.tv_sec * 1000 + usage.ru_utime.tv_usec / 1000 +
           usage.ru_stime.tv_sec * 1000 + usage.ru_stime.tv_usec / 1000;
}

START_TEST(P16_without_descriptors_the_listener_rests_and_comes_back) {
    struct fcgi_options options = fcgi_service_options(&service);
    struct rlimit before, few;
    int fds[10];
    int64_t used_ms;

    fcgi_service_start_with(&service, 2, &options);
    ck_assert(fcgi_service_answers(&service, 500));
    for (int i = 0; i < 10; i++)
        fds[i] = socket(AF_UNIX, SOCK_STREAM, 0);
    getrlimit(RLIMIT_NOFILE, &before);
    few = before;
    few.rlim_cur = (rlim_t)fds[9] + 3;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, service.path);
    for (int i = 0; i < 10; i++)
        ck_assert_int_eq(connect(fds[i], (const struct sockaddr *)&address, sizeof address), 0);
    used_ms = cpu_ms();
    usleep(500000);
    used_ms = cpu_ms() - used_ms;
    ck_assert_uint_ge(fcgi_service_counts(&service).emfile, 2);
    ck_assert_uint_le(fcgi_service_counts(&service).emfile, 10);
    ck_assert_int_lt(used_ms, 200);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
    ck_assert(fcgi_service_answers(&service, 1000));
    for (int i = 0; i < 10; i++)
        close(fds[i]);
}
END_TEST

START_TEST(P15_very_many_requests_leave_nothing_behind) {
    struct fcgi_options options = fcgi_service_options(&service);
    int descriptors = 0, fd;
    long pages = 0;

    fcgi_service_start_with(&service, 2, &options);
    fd = fastcgi_connect(service.path);
    for (int i = 0; i < MANY; i++) {
        if (i == MANY / 10) {
            descriptors = fcgi_service_descriptors();
            pages = resident_pages();
        }
        if (i % 100 == 99) {
            close(fd);
            fd = fastcgi_connect(service.path);
        }
        fastcgi_exchange(fd, &request, &reply);
        ck_assert(reply.ended);
    }
    close(fd);
    fd = fastcgi_connect(service.path);
    fastcgi_exchange(fd, &request, &reply);
    usleep(50000);
    ck_assert_int_le(fcgi_service_descriptors(), descriptors);
    if (!SANITIZED)
        ck_assert_int_le(resident_pages(), pages + 64);
    close(fd);
}
END_TEST

static void *hammer(void *argument) {
    struct fastcgi_reply *own = malloc(sizeof *own);
    struct buffer mine;
    int fd = fastcgi_connect(service.path);
    long good = 0;

    (void)argument;
    buffer_init(&mine, 4096);
    for (int i = 0; i < MANY / 20; i++) {
        char body[32];

        snprintf(body, sizeof body, "%d-%d", fd, i);
        buffer_reset(&mine);
        fastcgi_add_post(&mine, 1, text_of(body), true);
        fastcgi_exchange(fd, &mine, own);
        good += own->ended && strcmp(strchr(own->body, '|') + 1, body) == 0;
    }
    buffer_done(&mine);
    close(fd);
    free(own);
    return (void *)(intptr_t)good;
}

START_TEST(many_peers_at_once_get_their_own_answers) {
    struct fcgi_options options = fcgi_service_options(&service);
    pthread_t threads[8];

    fcgi_service_start_with(&service, 4, &options);
    for (int i = 0; i < 8; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, hammer, NULL), 0);
    for (int i = 0; i < 8; i++) {
        void *good = NULL;

        pthread_join(threads[i], &good);
        ck_assert_int_eq((intptr_t)good, MANY / 20);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("fcgi_process");
    TCase *tcase = tcase_create("cases");
    static const TTest *const *const tests[] = {
        &an_answer_is_one_write_and_has_no_records_of_stderr,
        &an_answer_may_be_empty,
        &a_request_has_memory_that_is_reset,
        &another_thread_may_answer,
        &a_peer_that_left_is_no_error,
        &a_peer_that_does_not_read_is_waited_for_no_longer_than_the_time_out,
        &connections_over_the_limit_wait_in_the_backlog,
        &P16_without_descriptors_the_listener_rests_and_comes_back,
        &P15_very_many_requests_leave_nothing_behind,
        &many_peers_at_once_get_their_own_answers,
    };

    tcase_set_timeout(tcase, 100);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
        tcase_add_test(tcase, *tests[i]);
    suite_add_tcase(suite, tcase);
    return unit_run(suite);
}

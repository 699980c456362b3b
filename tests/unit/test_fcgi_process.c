/* link/fcgi over its life: opening, stopping, limits of the process, very many requests; and what
 * it leans on in libfcgi. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <fcgiapp.h>

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
static char why[256];
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

    ck_assert_int_eq(fcgi_open(&options, &service.fcgi, why, sizeof why), ST_OK);
}

static int count_descriptors(void) {
    DIR *folder = opendir("/proc/self/fd");
    int count = 0;

    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

static long resident_pages(void) {
    long all = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    ck_assert_int_eq(fscanf(file, "%ld %ld", &all, &resident), 2);
    fclose(file);
    return resident;
}

/* --- opening --- */

START_TEST(a_socket_file_is_there_while_it_is_open) {
    struct stat file;

    open_alone();
    ck_assert_int_eq(stat(service.path, &file), 0);
    ck_assert(S_ISSOCK(file.st_mode));
    fcgi_close(&service.fcgi);
    ck_assert_int_ne(stat(service.path, &file), 0);
}
END_TEST

START_TEST(an_old_socket_file_is_replaced_and_a_successors_is_left) {
    struct fcgi_options options = fcgi_service_options(&service);
    struct fcgi *second = NULL;

    open_alone();
    ck_assert_int_eq(fcgi_open(&options, &second, why, sizeof why), ST_OK);
    fcgi_close(&service.fcgi);
    ck_assert_int_eq(access(service.path, F_OK), 0);
    fcgi_close(&second);
    ck_assert_int_ne(access(service.path, F_OK), 0);
}
END_TEST

static void check_not_opened(const char *path, enum status expected) {
    struct fcgi_options options = fcgi_service_options(&service);
    struct fcgi *none = NULL;
    int before = count_descriptors();

    options.socket = path;
    why[0] = '\0';
    ck_assert_int_eq(fcgi_open(&options, &none, why, sizeof why), expected);
    ck_assert_ptr_null(none);
    ck_assert_str_ne(why, "");
    ck_assert_int_eq(count_descriptors(), before);
}

START_TEST(a_path_that_cannot_be_is_invalid) {
    char longest[200];

    memset(longest, 'x', sizeof longest - 1);
    longest[0] = '/';
    longest[sizeof longest - 1] = '\0';
    check_not_opened(longest, ST_INVALID);
    check_not_opened("relative", ST_INVALID);
    check_not_opened("/nonexistent/socket", ST_INVALID);
    check_not_opened("/etc/passwd", ST_INVALID);
    ck_assert_int_eq(access("/etc/passwd", F_OK), 0);
}
END_TEST

START_TEST(a_listener_may_be_passed_in) {
    struct fcgi_options options = fcgi_service_options(&service);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    strcpy(address.sun_path, service.path);
    ck_assert_int_eq(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    options.inherited_fd = fd;
    ck_assert_int_eq(fcgi_open(&options, &service.fcgi, why, sizeof why), ST_INVALID);
    ck_assert_int_eq(listen(fd, 16), 0);
    options.socket = NULL;
    fcgi_service_start_with(&service, 1, &options);
    ck_assert(fcgi_service_answers(&service, 500));
    fcgi_service_stop(&service);
    ck_assert_int_eq(access(service.path, F_OK), 0);
    unlink(service.path);
}
END_TEST

START_TEST(a_descriptor_that_does_not_listen_is_invalid) {
    struct fcgi_options options = fcgi_service_options(&service);
    int ends[2];

    ck_assert_int_eq(pipe(ends), 0);
    options.inherited_fd = ends[0];
    ck_assert_int_eq(fcgi_open(&options, &service.fcgi, why, sizeof why), ST_INVALID);
    close(ends[1]);
}
END_TEST

static void on_signal(int number) {
    (void)number;
}

START_TEST(signals_stay_the_programs) {
    struct sigaction action = {.sa_handler = on_signal}, after;

    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGUSR1, &action, NULL);
    open_alone();
    sigaction(SIGTERM, NULL, &after);
    ck_assert(after.sa_handler == on_signal);
    sigaction(SIGUSR1, NULL, &after);
    ck_assert(after.sa_handler == on_signal);
    sigaction(SIGPIPE, NULL, &after);
    ck_assert(after.sa_handler == SIG_IGN);
}
END_TEST

/* --- stopping --- */

START_TEST(P9_idle_and_half_open_connections_do_not_delay_the_end) {
    int fds[60];

    struct fcgi_options options = fcgi_service_options(&service);
    fcgi_service_start_with(&service, 2, &options);
    for (int i = 0; i < 60; i++) {
        fds[i] = fastcgi_connect(service.path);
        if (i % 3 == 1)
            fastcgi_exchange(fds[i], &request, &reply);
        if (i % 3 == 2)
            fastcgi_send(fds[i], request.data, 20);
    }
    ck_assert_int_lt(fcgi_service_stop(&service), SANITIZED ? 2000 : 500);
    for (int i = 0; i < 60; i++) {
        ck_assert(fastcgi_is_closed(fds[i], 100));
        close(fds[i]);
    }
}
END_TEST

START_TEST(P8_a_request_in_flight_is_answered_after_the_stop) {
    struct fcgi_request *taken = NULL, *none = NULL;
    int fd;

    open_alone();
    fd = fastcgi_connect(service.path);
    ck_assert(fastcgi_send(fd, request.data, request.len));
    ck_assert_int_eq(fcgi_accept(service.fcgi, &taken), ST_OK);
    fcgi_stop(service.fcgi);
    ck_assert_int_eq(fcgi_accept(service.fcgi, &none), ST_GONE);
    fcgi_reply(taken, text_of("Status: 200 OK\r\n\r\n"), text_of("done"));
    fastcgi_receive(fd, 1, &reply);
    ck_assert(reply.ended);
    ck_assert_ptr_nonnull(strstr(reply.body, "done"));
    ck_assert(fastcgi_is_closed(fd, 100));
    close(fd);
}
END_TEST

/* --- answering --- */

static struct fcgi_request *take(int fd) {
    struct fcgi_request *taken = NULL;

    ck_assert(fastcgi_send(fd, request.data, request.len));
    ck_assert_int_eq(fcgi_accept(service.fcgi, &taken), ST_OK);
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

START_TEST(a_request_has_memory_and_a_place_for_state) {
    struct fcgi_request *taken;
    int fd, state = 5;

    open_alone();
    fd = fastcgi_connect(service.path);
    taken = take(fd);
    ck_assert_ptr_null(fcgi_state(taken));
    fcgi_set_state(taken, &state);
    ck_assert_ptr_eq(fcgi_state(taken), &state);
    ck_assert_ptr_nonnull(arena_alloc(fcgi_arena(taken), 100000));
    fcgi_reply(taken, text_of("Status: 200\r\n\r\n"), text_of(""));
    taken = take(fd);
    ck_assert_ptr_null(fcgi_state(taken));
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
    ck_assert_int_lt(clock_monotonic_ms() - started_ms, 1000);
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
            descriptors = count_descriptors();
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
    ck_assert_int_le(count_descriptors(), descriptors);
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

/* --- what is leant on in libfcgi --- */

static FCGX_Request handed;

static void hand_over(int fd) {
    FCGX_InitRequest(&handed, -1, 0);
    handed.ipcFd = fd;
    handed.keepConnection = 1;
}

static bool is_open(int fd) {
    return fcntl(fd, F_GETFD) >= 0;
}

START_TEST(libfcgi_takes_a_descriptor_and_gives_it_back) {
    int ends[2];

    open_alone();
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    for (int i = 0; i < 2; i++) {
        ck_assert(fastcgi_send(ends[1], request.data, request.len));
        hand_over(ends[0]);
        ck_assert_int_eq(FCGX_Accept_r(&handed), 0);
        ck_assert_int_eq(handed.ipcFd, ends[0]);
        ck_assert_int_eq(handed.keepConnection, 1);
        ck_assert_str_eq(handed.envp[0], "FCGI_ROLE=RESPONDER");
        ck_assert_str_eq(handed.envp[1], "REQUEST_METHOD=POST");
        FCGX_Finish_r(&handed);
        ck_assert_int_eq(handed.ipcFd, ends[0]);
        ck_assert(is_open(ends[0]));
        fastcgi_receive(ends[1], 1, &reply);
        ck_assert(reply.ended);
    }
    close(ends[0]);
    close(ends[1]);
}
END_TEST

START_TEST(libfcgi_closes_a_descriptor_on_which_no_request_lies) {
    static const char *const kinds[] = {"", "garbage!", "\1\1\0"};

    open_alone();
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        int ends[2];

        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
        fastcgi_send(ends[1], kinds[i], strlen(kinds[i]));
        close(ends[1]);
        hand_over(ends[0]);
        ck_assert_int_eq(FCGX_Accept_r(&handed), -EBADF);
        ck_assert(!is_open(ends[0]));
    }
}
END_TEST

START_TEST(libfcgi_closes_a_descriptor_that_cannot_be_written) {
    int ends[2];

    open_alone();
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    ck_assert(fastcgi_send(ends[1], request.data, request.len));
    hand_over(ends[0]);
    ck_assert_int_eq(FCGX_Accept_r(&handed), 0);
    close(ends[1]);
    FCGX_PutStr("x", 1, handed.out);
    FCGX_Finish_r(&handed);
    ck_assert_int_eq(handed.ipcFd, -1);
    ck_assert(!is_open(ends[0]));
}
END_TEST

START_TEST(libfcgi_reads_and_answers_on_two_descriptors) {
    FILE *copy = tmpfile();
    int ends[2];

    open_alone();
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    ck_assert_int_eq(pwrite(fileno(copy), request.data, request.len, 0), (ssize_t)request.len);
    hand_over(fileno(copy));
    ck_assert_int_eq(FCGX_Accept_r(&handed), 0);
    handed.ipcFd = ends[0];
    FCGX_PutStr("other", 5, handed.out);
    FCGX_Finish_r(&handed);
    fastcgi_receive(ends[1], 1, &reply);
    ck_assert_str_eq(reply.body, "other");
    fclose(copy);
    close(ends[0]);
    close(ends[1]);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("fcgi_process");
    TCase *tcase = tcase_create("life");
    static const TTest *const *const tests[] = {
        &a_socket_file_is_there_while_it_is_open,
        &an_old_socket_file_is_replaced_and_a_successors_is_left,
        &a_path_that_cannot_be_is_invalid,
        &a_listener_may_be_passed_in,
        &a_descriptor_that_does_not_listen_is_invalid,
        &signals_stay_the_programs,
        &P9_idle_and_half_open_connections_do_not_delay_the_end,
        &P8_a_request_in_flight_is_answered_after_the_stop,
        &an_answer_is_one_write_and_has_no_records_of_stderr,
        &an_answer_may_be_empty,
        &a_request_has_memory_and_a_place_for_state,
        &another_thread_may_answer,
        &a_peer_that_left_is_no_error,
        &a_peer_that_does_not_read_is_waited_for_no_longer_than_the_time_out,
        &connections_over_the_limit_wait_in_the_backlog,
        &P16_without_descriptors_the_listener_rests_and_comes_back,
        &P15_very_many_requests_leave_nothing_behind,
        &many_peers_at_once_get_their_own_answers,
        &libfcgi_takes_a_descriptor_and_gives_it_back,
        &libfcgi_closes_a_descriptor_on_which_no_request_lies,
        &libfcgi_closes_a_descriptor_that_cannot_be_written,
        &libfcgi_reads_and_answers_on_two_descriptors,
    };

    tcase_set_timeout(tcase, 100);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
        tcase_add_test(tcase, *tests[i]);
    suite_add_tcase(suite, tcase);
    return unit_run(suite);
}

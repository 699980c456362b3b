#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"

/* What the call wrote to stderr. */
static char captured[16384];

static int real_stderr = -1;
static int pipe_ends[2];

static void capture_start(void) {
    ck_assert_int_eq(pipe(pipe_ends), 0);
    real_stderr = dup(STDERR_FILENO);
    dup2(pipe_ends[1], STDERR_FILENO);
}

static void capture_stop(void) {
    dup2(real_stderr, STDERR_FILENO);
    close(real_stderr);
    close(pipe_ends[1]);
    size_t len = 0;
    ssize_t got;
    while ((got = read(pipe_ends[0], captured + len, sizeof captured - 1 - len)) > 0) {
        len += (size_t)got;
    }
    captured[len] = '\0';
    close(pipe_ends[0]);
}

static json_t *parse_line(void) {
    json_error_t error;
    json_t *line = json_loads(captured, JSON_REJECT_DUPLICATES, &error);
    ck_assert_msg(line != NULL, "%s: %s", error.text, captured);
    ck_assert_ptr_eq(strchr(captured, '\n'), captured + strlen(captured) - 1);
    return line;
}

static const char *get(const json_t *line, const char *name) {
    const char *value = json_string_value(json_object_get(line, name));
    return value ? value : "(none)";
}

START_TEST(a_line_is_one_json_object) {
    capture_start();
    log_event(LOG_WARNING, "redis_away", LOG_STR("code", "timeout"), LOG_INT("tries", -3));
    capture_stop();
    json_t *line = parse_line();
    ck_assert_str_eq(get(line, "level"), "warning");
    ck_assert_str_eq(get(line, "event"), "redis_away");
    ck_assert_str_eq(get(line, "code"), "timeout");
    ck_assert_int_eq(json_integer_value(json_object_get(line, "tries")), -3);
    ck_assert_uint_eq(strlen(get(line, "time")), strlen("2026-11-24T04:21:00.123Z"));
    json_decref(line);
}
END_TEST

START_TEST(an_event_needs_no_field) {
    capture_start();
    log_event(LOG_ERROR, "stopped");
    capture_stop();
    json_t *line = parse_line();
    ck_assert_str_eq(get(line, "event"), "stopped");
    ck_assert_uint_eq(json_object_size(line), 3);
    json_decref(line);
}
END_TEST

START_TEST(Q12_line_ends_controls_and_quotes_are_escaped) {
    capture_start();
    log_event(LOG_INFO, "x", LOG_STR("v", "a\nb\r\x1B[31m\"\\\x7F\xC2\x9B\xE2\x80\xA8"),
              LOG_STR("none", NULL));
    capture_stop();
    ck_assert_ptr_null(strchr(captured, '\x1B'));
    ck_assert_ptr_nonnull(
        strstr(captured, "a\\u000ab\\u000d\\u001b[31m\\\"\\\\\\u007f\\u009b\\u2028"));
    json_t *line = parse_line();
    ck_assert_str_eq(get(line, "v"), "a\nb\r\x1B[31m\"\\\x7F\xC2\x9B\xE2\x80\xA8");
    ck_assert_str_eq(get(line, "none"), "");
    json_decref(line);
}
END_TEST

START_TEST(Q12_values_are_cut_and_bad_bytes_replaced) {
    char large[10001];
    memset(large, 'x', 10000);
    large[10000] = '\0';
    memcpy(large + 254, "\xE2\x82\xAC", 3); /* the cut goes through it */
    capture_start();
    log_event(LOG_INFO, "x", LOG_STR("large", large), LOG_STR("bad", "a\xFFz\xC3"));
    capture_stop();
    json_t *line = parse_line();
    ck_assert_uint_eq(strlen(get(line, "large")), 254);
    ck_assert_str_eq(get(line, "bad"), "a\xEF\xBF\xBDz\xEF\xBF\xBD");
    json_decref(line);
}
END_TEST

START_TEST(a_line_never_grows_beyond_what_a_pipe_takes_whole) {
    char value[257];
    memset(value, '\x01', 256);
    value[256] = '\0';
    capture_start();
    log_event(LOG_INFO, "x", LOG_STR("a", value), LOG_STR("b", value), LOG_STR("c", value),
              LOG_STR("d", value), LOG_INT("e", 1));
    capture_stop();
    ck_assert_uint_le(strlen(captured), 4096);
    json_t *line = parse_line();
    ck_assert_uint_eq(strlen(get(line, "b")), 256);
    ck_assert_ptr_null(json_object_get(line, "c"));
    json_decref(line);
}
END_TEST

START_TEST(what_is_below_the_level_is_not_written) {
    capture_start();
    log_event(LOG_DEBUG, "quiet");
    log_set_level(LOG_DEBUG);
    log_event(LOG_DEBUG, "loud");
    log_set_level(LOG_ERROR);
    log_event(LOG_WARNING, "quiet");
    log_set_level(LOG_INFO);
    capture_stop();
    json_t *line = parse_line();
    ck_assert_str_eq(get(line, "event"), "loud");
    json_decref(line);
}
END_TEST

START_TEST(levels_have_words) {
    enum log_level level = LOG_INFO;
    ck_assert(log_level_parse(text_of("error"), &level));
    ck_assert_int_eq(level, LOG_ERROR);
    ck_assert(!log_level_parse(text_of("ERROR"), &level));
    ck_assert(!log_level_parse(text_of(NULL), &level));
    ck_assert_int_eq(level, LOG_ERROR);
}
END_TEST

START_TEST(O1_a_line_that_cannot_be_written_is_dropped_and_counted) {
    uint64_t before = log_dropped();
    int saved = dup(STDERR_FILENO);
    int full = open("/dev/full", O_WRONLY);
    dup2(full, STDERR_FILENO);
    log_event(LOG_INFO, "lost");
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(full);
    ck_assert_uint_eq(log_dropped(), before + 1);
}
END_TEST

START_TEST(a_reader_that_sleeps_blocks_nobody) {
    uint64_t before = log_dropped();
    capture_start();
    for (int i = 0; i < 1000 && log_dropped() == before; i++) {
        log_event(LOG_INFO, "many", LOG_STR("a", "0123456789012345678901234567890123456789"));
    }
    dup2(real_stderr, STDERR_FILENO);
    close(real_stderr);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    ck_assert_uint_gt(log_dropped(), before);
}
END_TEST

static void *write_large(void *value) {
    log_event(LOG_INFO, "large", LOG_STR("a", value), LOG_STR("b", value), LOG_STR("c", value),
              LOG_STR("d", value), LOG_STR("e", value), LOG_STR("f", value), LOG_STR("g", value),
              LOG_STR("h", value), LOG_STR("i", value), LOG_STR("j", value));
    return NULL;
}

/* All of them wait for room, and then there is some for one. */
START_TEST(no_thread_takes_the_room_that_another_has_seen) {
    static const struct timespec soon = {0, 2000000};
    const struct timespec late = {time(NULL) + 20, 0};
    char line[4096], value[257] = "";
    pthread_t threads[4];
    memset(value, 'x', sizeof value - 1);
    capture_start();
    ck_assert_int_eq(fcntl(pipe_ends[1], F_SETPIPE_SZ, 4096), 4096);
    fcntl(pipe_ends[0], F_SETFL, O_NONBLOCK);
    for (int round = 0; round < 20; round++) {
        write_large(value);
        for (int i = 0; i < 4; i++) {
            pthread_create(&threads[i], NULL, write_large, value);
        }
        nanosleep(&soon, NULL);
        ck_assert_int_gt(read(pipe_ends[0], line, sizeof line), 0);
        for (int i = 0; i < 4; i++) {
            ck_assert_int_eq(pthread_timedjoin_np(threads[i], NULL, &late), 0);
        }
        (void)!read(pipe_ends[0], line, sizeof line);
    }
    capture_stop();
}
END_TEST

/* A socket with room for a part of it, as a pipe has into which another process writes too. */
START_TEST(a_line_that_waits_in_write_keeps_no_other) {
    int ends[2], small = 1, there = 0;
    char part[4096], value[257] = "";
    pthread_t thread;
    uint64_t before = log_dropped();
    memset(value, 'x', sizeof value - 1);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    ck_assert_int_eq(write(ends[1], "x", 1), 1);
    real_stderr = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    pthread_create(&thread, NULL, write_large, value);
    while (there < 2) {
        ck_assert_int_eq(ioctl(ends[0], FIONREAD, &there), 0);
    }
    log_event(LOG_ERROR, "hangs");
    ck_assert_uint_eq(log_dropped(), before + 1);
    ck_assert(pthread_tryjoin_np(thread, NULL) == EBUSY);
    for (bool done = false, got = true; !done || got;) {
        done = done || pthread_tryjoin_np(thread, NULL) == 0;
        got = recv(ends[0], part, sizeof part, MSG_DONTWAIT) > 0;
    }
    log_event(LOG_INFO, "goes on");
    ck_assert_uint_eq(log_dropped(), before + 1);
    dup2(real_stderr, STDERR_FILENO);
    close(real_stderr);
    close(ends[0]);
    close(ends[1]);
}
END_TEST

static void *write_many(void *argument) {
    (void)argument;
    for (int i = 0; i < 20; i++) {
        log_event(LOG_INFO, "threaded", LOG_INT("i", i));
    }
    return NULL;
}

START_TEST(lines_of_threads_do_not_mix) {
    pthread_t threads[3];
    capture_start();
    for (int i = 0; i < 3; i++) {
        pthread_create(&threads[i], NULL, write_many, NULL);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
    }
    capture_stop();
    int lines = 0;
    for (char *line = strtok(captured, "\n"); line; line = strtok(NULL, "\n"), lines++) {
        json_t *object = json_loads(line, 0, NULL);
        ck_assert_ptr_nonnull(object);
        json_decref(object);
    }
    ck_assert_int_eq(lines, 60);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("log");
    TCase *cases = tcase_create("log");
    tcase_add_test(cases, a_line_is_one_json_object);
    tcase_add_test(cases, an_event_needs_no_field);
    tcase_add_test(cases, Q12_line_ends_controls_and_quotes_are_escaped);
    tcase_add_test(cases, Q12_values_are_cut_and_bad_bytes_replaced);
    tcase_add_test(cases, a_line_never_grows_beyond_what_a_pipe_takes_whole);
    tcase_add_test(cases, what_is_below_the_level_is_not_written);
    tcase_add_test(cases, levels_have_words);
    tcase_add_test(cases, O1_a_line_that_cannot_be_written_is_dropped_and_counted);
    tcase_add_test(cases, a_reader_that_sleeps_blocks_nobody);
    tcase_add_test(cases, no_thread_takes_the_room_that_another_has_seen);
    tcase_add_test(cases, a_line_that_waits_in_write_keeps_no_other);
    tcase_add_test(cases, lines_of_threads_do_not_mix);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

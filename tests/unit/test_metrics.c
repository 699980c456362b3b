#include "unit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/metrics.h"

enum { REQUESTS_202, REQUESTS_422, DEPTH, SECONDS, SECONDS_OF_REDIS, RATIO };

static const uint64_t bounds[] = {250, 1000, 1000000, 0};

static const struct metric table[] = {
    {"unit_requests_total", "status=\"202\"", METRIC_COUNTER, "Requests by status.", NULL, 0},
    {"unit_requests_total", "status=\"422\"", METRIC_COUNTER, "Requests by status.", NULL, 0},
    {"unit_queue_length", NULL, METRIC_GAUGE, "A \\ and a\nline end.", NULL, 0},
    {"unit_wait_seconds", NULL, METRIC_HISTOGRAM, "Time waited.", bounds, 1e-6},
    {"unit_call_seconds", "to=\"redis\"", METRIC_HISTOGRAM, "Time of calls.", bounds, 1e-6},
    {"unit_full_ratio", NULL, METRIC_GAUGE, "How full.", NULL, 0.001},
};

static struct metrics *new_metrics(void) {
    struct metrics *metrics = metrics_new(table, sizeof table / sizeof table[0]);
    ck_assert_ptr_nonnull(metrics);
    return metrics;
}

static void render(struct metrics *metrics, struct buffer *out) {
    buffer_init(out, 65536);
    metrics_render(metrics, out);
    ck_assert(!out->failed);
}

static void has_line(const struct buffer *out, const char *line) {
    char wanted[256];
    snprintf(wanted, sizeof wanted, "%s\n", line);
    const char *at = strstr(out->data, wanted);
    ck_assert_msg(at && (at == out->data || at[-1] == '\n'), "no line \"%s\" in\n%s", line,
                  out->data);
}

START_TEST(counters_and_gauges_have_a_line_each) {
    struct metrics *metrics = new_metrics();
    struct buffer out;
    metrics_add(metrics, REQUESTS_202, 5);
    metrics_add(metrics, REQUESTS_202, UINT64_C(9007199254740993));
    metrics_set(metrics, DEPTH, -7);
    metrics_set(metrics, RATIO, 1500);
    render(metrics, &out);
    has_line(&out, "unit_requests_total{status=\"202\"} 9007199254740998");
    has_line(&out, "unit_requests_total{status=\"422\"} 0");
    has_line(&out, "unit_queue_length -7");
    has_line(&out, "unit_full_ratio 1.5");
    has_line(&out, "# HELP unit_queue_length A \\\\ and a\\nline end.");
    ck_assert_uint_eq(metrics_value(metrics, REQUESTS_202), UINT64_C(9007199254740998));
    buffer_done(&out);
    metrics_free(&metrics);
    ck_assert_ptr_null(metrics);
    metrics_free(&metrics);
}
END_TEST

START_TEST(help_and_type_stand_once_a_name) {
    struct metrics *metrics = new_metrics();
    struct buffer out;
    render(metrics, &out);
    const char *first = strstr(out.data, "# TYPE unit_requests_total counter\n");
    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_null(strstr(first + 1, "# TYPE unit_requests_total"));
    buffer_done(&out);
    metrics_free(&metrics);
}
END_TEST

START_TEST(a_histogram_is_cumulative) {
    struct metrics *metrics = new_metrics();
    struct buffer out;
    static const uint64_t seen[] = {0, 250, 251, 5000, 2000000};
    for (size_t i = 0; i < sizeof seen / sizeof seen[0]; i++) {
        metrics_observe(metrics, SECONDS, seen[i]);
        metrics_observe(metrics, SECONDS_OF_REDIS, seen[i]);
    }
    render(metrics, &out);
    has_line(&out, "unit_wait_seconds_bucket{le=\"0.00025\"} 2");
    has_line(&out, "unit_wait_seconds_bucket{le=\"0.001\"} 3");
    has_line(&out, "unit_wait_seconds_bucket{le=\"1\"} 4");
    has_line(&out, "unit_wait_seconds_bucket{le=\"+Inf\"} 5");
    has_line(&out, "unit_wait_seconds_sum 2.005501");
    has_line(&out, "unit_wait_seconds_count 5");
    has_line(&out, "unit_call_seconds_bucket{to=\"redis\",le=\"0.001\"} 3");
    has_line(&out, "unit_call_seconds_count{to=\"redis\"} 5");
    ck_assert_uint_eq(metrics_value(metrics, SECONDS), 5);
    buffer_done(&out);
    metrics_free(&metrics);
}
END_TEST

START_TEST(promtool_has_nothing_to_say) {
    struct metrics *metrics = new_metrics();
    struct buffer out;
    if (system("command -v promtool >/dev/null 2>&1") != 0) {
        metrics_free(&metrics);
        return;
    }
    metrics_observe(metrics, SECONDS, 5);
    render(metrics, &out);
    FILE *promtool = popen("promtool check metrics >/dev/null", "w");
    ck_assert_ptr_nonnull(promtool);
    fputs(out.data, promtool);
    int status = pclose(promtool);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    buffer_done(&out);
    metrics_free(&metrics);
}
END_TEST

static void *count_up(void *argument) {
    for (int i = 0; i < 10000; i++) {
        metrics_add(argument, REQUESTS_422, 1);
        metrics_observe(argument, SECONDS, 300);
    }
    return NULL;
}

START_TEST(threads_lose_no_count) {
    struct metrics *metrics = new_metrics();
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) {
        pthread_create(&threads[i], NULL, count_up, metrics);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
    }
    ck_assert_uint_eq(metrics_value(metrics, REQUESTS_422), 30000);
    ck_assert_uint_eq(metrics_value(metrics, SECONDS), 30000);
    metrics_free(&metrics);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("metrics");
    TCase *cases = tcase_create("metrics");
    tcase_set_timeout(cases, 30);
    tcase_add_test(cases, counters_and_gauges_have_a_line_each);
    tcase_add_test(cases, help_and_type_stand_once_a_name);
    tcase_add_test(cases, a_histogram_is_cumulative);
    tcase_add_test(cases, promtool_has_nothing_to_say);
    tcase_add_test(cases, threads_lose_no_count);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

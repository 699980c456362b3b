#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "load.h"

enum { STATUS_MAX = 600, TENTHS_MAX = 36000, SAMPLES_MAX = 4 << 20, ANSWER_MAX = 400 };

struct samples {
    uint32_t *us;
    size_t count;
};

struct load_failures failures;
static struct samples accepted, turned_away;
static uint32_t tenths[TENTHS_MAX]; /* acknowledged, by tenth of a second */
static int64_t statuses[STATUS_MAX], last_us;
static char wrong_answer[ANSWER_MAX];

int64_t load_now_us(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

static void add(struct samples *samples, int64_t us) {
    if (samples->count < SAMPLES_MAX)
        samples->us[samples->count++] = (uint32_t)us;
}

void report_start(void) {
    accepted.us = load_grow(NULL, SAMPLES_MAX, sizeof *accepted.us);
    turned_away.us = load_grow(NULL, SAMPLES_MAX, sizeof *turned_away.us);
}

void report_accepted(int64_t took_us) {
    last_us = load_now_us();
    size_t tenth = (size_t)((last_us - started_us) / 100000);
    add(&accepted, took_us);
    if (tenth < TENTHS_MAX)
        tenths[tenth]++;
}

void report_turned_away(int64_t took_us, bool wrong, const char *answer) {
    add(&turned_away, took_us);
    if (wrong && !wrong_answer[0])
        snprintf(wrong_answer, sizeof wrong_answer, "%.390s", answer);
}

void report_status(int status) {
    statuses[status > 0 && status < STATUS_MAX ? status : 0]++;
}

static int compare(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static double at_ms(const struct samples *samples, double part) {
    return samples->count ? samples->us[(size_t)((double)(samples->count - 1) * part)] / 1000.0 : 0;
}

static void print_samples(struct samples *samples, const char *prefix) {
    qsort(samples->us, samples->count, sizeof *samples->us, compare);
    printf(",\"%sp50_ms\":%.3f,\"%sp99_ms\":%.3f,\"%smax_ms\":%.3f", prefix, at_ms(samples, .5),
           prefix, at_ms(samples, .99), prefix, at_ms(samples, 1));
}

static void print_statuses(void) {
    const char *comma = "";
    printf(",\"status\":{");
    for (int i = 0; i < STATUS_MAX; i++)
        if (statuses[i]) {
            printf("%s\"%d\":%lld", comma, i, (long long)statuses[i]);
            comma = ",";
        }
    printf("}");
}

static void print_tenths(int64_t now_us) {
    size_t last = (size_t)((now_us - started_us) / 100000);
    printf(",\"tenths\":[");
    for (size_t i = 0; i <= last && i < TENTHS_MAX; i++)
        printf("%s%u", i ? "," : "", tenths[i]);
    printf("]");
}

static void print_string(const char *text) {
    putchar('"');
    for (; *text; text++)
        if (*text == '"' || *text == '\\')
            printf("\\%c", *text);
        else if ((unsigned char)*text < 32)
            printf("\\u%04x", (unsigned)*text);
        else
            putchar(*text);
    putchar('"');
}

void report_print(int busy) {
    int64_t now_us = load_now_us();
    printf("{");
    people_report(busy);
    printf(",\"errors\":%lld,\"stale\":%lld,\"refused\":%lld,\"silent\":%lld",
           (long long)failures.errors, (long long)failures.stale, (long long)failures.refused,
           (long long)failures.silent);
    printf(",\"started\":%.6f,\"seconds\":%.3f,\"last_ack\":%.6f,\"shed\":%zu",
           (double)started_us / 1e6, (double)(now_us - started_us) / 1e6, (double)last_us / 1e6,
           turned_away.count);
    print_samples(&accepted, "");
    print_samples(&turned_away, "shed_");
    print_statuses();
    print_tenths(now_us);
    printf(",\"problem\":");
    print_string(wrong_answer);
    printf("}\n");
}

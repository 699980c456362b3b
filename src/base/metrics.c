#include "base/metrics.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct metrics {
    const struct metric *table;
    size_t count;
    size_t *first; /* by row of the table: its first word in `words` */
    atomic_uint_least64_t *words;
};

static size_t bounds_count(const struct metric *metric) {
    size_t count = 0;
    while (metric->bounds && metric->bounds[count] != 0) {
        count++;
    }
    return count;
}

/* A histogram has a word for each bound, one for what is above all, and one for the sum. */
static size_t words_of(const struct metric *metric) {
    return metric->type == METRIC_HISTOGRAM ? bounds_count(metric) + 2 : 1;
}

struct metrics *metrics_new(const struct metric *table, size_t count) {
    struct metrics *metrics = calloc(1, sizeof *metrics);
    size_t *first = calloc(count + 1, sizeof *first);
    for (size_t i = 0; first && i < count; i++) {
        first[i + 1] = first[i] + words_of(&table[i]);
    }
    atomic_uint_least64_t *words = first ? calloc(first[count] + 1, sizeof *words) : NULL;
    if (!metrics || !words) {
        free(words);
        free(first);
        free(metrics);
        return NULL;
    }
    *metrics = (struct metrics){table, count, first, words};
    return metrics;
}

void metrics_free(struct metrics **metrics) {
    if (*metrics) {
        free((*metrics)->words);
        free((*metrics)->first);
        free(*metrics);
        *metrics = NULL;
    }
}

static atomic_uint_least64_t *word_at(struct metrics *metrics, size_t index, size_t word) {
    return &metrics->words[metrics->first[index] + word];
}

static uint64_t load(struct metrics *metrics, size_t index, size_t word) {
    return atomic_load_explicit(word_at(metrics, index, word), memory_order_relaxed);
}

void metrics_add(struct metrics *metrics, size_t index, uint64_t n) {
    atomic_fetch_add_explicit(word_at(metrics, index, 0), n, memory_order_relaxed);
}

void metrics_set(struct metrics *metrics, size_t index, int64_t value) {
    atomic_store_explicit(word_at(metrics, index, 0), (uint64_t)value, memory_order_relaxed);
}

void metrics_observe(struct metrics *metrics, size_t index, uint64_t value) {
    const struct metric *metric = &metrics->table[index];
    size_t bounds = bounds_count(metric), bucket = 0;
    while (bucket < bounds && value > metric->bounds[bucket]) {
        bucket++;
    }
    atomic_fetch_add_explicit(word_at(metrics, index, bucket), 1, memory_order_relaxed);
    atomic_fetch_add_explicit(word_at(metrics, index, bounds + 1), value, memory_order_relaxed);
}

uint64_t metrics_value(struct metrics *metrics, size_t index) {
    const struct metric *metric = &metrics->table[index];
    size_t words = metric->type == METRIC_HISTOGRAM ? bounds_count(metric) + 1 : 1;
    uint64_t sum = 0;
    for (size_t i = 0; i < words; i++) {
        sum += load(metrics, index, i);
    }
    return sum;
}

static double unit_of(const struct metric *metric) {
    return metric->unit > 0 ? metric->unit : 1;
}

static void render_help(struct buffer *out, const struct metric *metric) {
    static const char *const types[] = {"counter", "gauge", "histogram"};
    buffer_printf(out, "# HELP %s ", metric->name);
    for (const char *c = metric->help; *c; c++) {
        if (*c == '\\' || *c == '\n') {
            buffer_add_string(out, *c == '\\' ? "\\\\" : "\\n");
        } else {
            buffer_add(out, c, 1);
        }
    }
    buffer_printf(out, "\n# TYPE %s %s\n", metric->name, types[metric->type]);
}

/* "name_suffix{labels,le="bound"} "; both parts in braces may be missing. */
static void render_name(struct buffer *out, const struct metric *metric, const char *suffix,
                        const char *bound) {
    buffer_printf(out, "%s%s", metric->name, suffix);
    if (metric->labels || bound) {
        buffer_printf(out, "{%s%s", metric->labels ? metric->labels : "",
                      metric->labels && bound ? "," : "");
        if (bound) {
            buffer_printf(out, "le=\"%s\"", bound);
        }
        buffer_add_string(out, "}");
    }
    buffer_add_string(out, " ");
}

/* A whole number is written as one, so that a counter over 2^53 stays exact. */
static void render_number(struct buffer *out, const struct metric *metric, uint64_t word) {
    if (unit_of(metric) < 1 || unit_of(metric) > 1) {
        double value = metric->type == METRIC_GAUGE ? (double)(int64_t)word : (double)word;
        buffer_printf(out, "%.12g\n", value * unit_of(metric));
    } else if (metric->type == METRIC_GAUGE) {
        buffer_printf(out, "%" PRId64 "\n", (int64_t)word);
    } else {
        buffer_printf(out, "%" PRIu64 "\n", word);
    }
}

/* The count is the sum of the buckets that were read, so that one scrape never contradicts itself.
 */
static void render_histogram(struct metrics *metrics, size_t index, struct buffer *out) {
    const struct metric *metric = &metrics->table[index];
    size_t bounds = bounds_count(metric);
    uint64_t count = 0;
    for (size_t i = 0; i < bounds; i++) {
        char bound[32];
        snprintf(bound, sizeof bound, "%.12g", (double)metric->bounds[i] * unit_of(metric));
        count += load(metrics, index, i);
        render_name(out, metric, "_bucket", bound);
        buffer_printf(out, "%" PRIu64 "\n", count);
    }
    count += load(metrics, index, bounds);
    render_name(out, metric, "_bucket", "+Inf");
    buffer_printf(out, "%" PRIu64 "\n", count);
    render_name(out, metric, "_sum", NULL);
    render_number(out, metric, load(metrics, index, bounds + 1));
    render_name(out, metric, "_count", NULL);
    buffer_printf(out, "%" PRIu64 "\n", count);
}

void metrics_render(struct metrics *metrics, struct buffer *out) {
    for (size_t i = 0; i < metrics->count; i++) {
        const struct metric *metric = &metrics->table[i];
        if (i == 0 || strcmp(metric->name, metrics->table[i - 1].name) != 0) {
            render_help(out, metric);
        }
        if (metric->type == METRIC_HISTOGRAM) {
            render_histogram(metrics, i, out);
        } else {
            render_name(out, metric, "", NULL);
            render_number(out, metric, load(metrics, i, 0));
        }
    }
}

/* metrics: counters, gauges and histograms in a const table, rendered as Prometheus text.
 *
 * The table is the program's (serve/metrics). One atomic word a value, any thread. Labels are fixed
 * words of the table; no value of a caller ever becomes one. */
#ifndef BASE_METRICS_H
#define BASE_METRICS_H

#include <stdint.h>

#include "base/text.h"

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

struct metric {
    const char *name;   /* "countersign_requests_total" */
    const char *labels; /* "status=\"202\"", or NULL; rows of one name stand together */
    enum metric_type type;
    const char *help;
    const uint64_t *bounds; /* histogram: upper bounds in `unit`s, ascending, ended by 0 */
    double unit;            /* rendered value = stored * unit (1e-6 for microseconds); 0 means 1 */
};

struct metrics;

/* NULL when out of memory. The table must outlive it. */
struct metrics *metrics_new(const struct metric *table, size_t count);
void metrics_free(struct metrics **metrics);
void metrics_add(struct metrics *metrics, size_t index, uint64_t n);
void metrics_set(struct metrics *metrics, size_t index, int64_t value);
/* One observation of a histogram, in its stored unit. */
void metrics_observe(struct metrics *metrics, size_t index, uint64_t value);
uint64_t metrics_value(struct metrics *metrics, size_t index);
void metrics_render(struct metrics *metrics, struct buffer *out);

#endif

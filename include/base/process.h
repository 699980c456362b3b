/* process: what a program tells of itself among its metrics, by the names that Prometheus' own
 * client libraries use, and whether its secrets are kept from swap.
 *
 * Read from the system when it is asked for. */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include "base/metrics.h"

enum process_metric {
    PROCESS_OPEN_FILES,
    PROCESS_MAX_FILES,
    PROCESS_MEMORY,
    PROCESS_LOCKED,
    PROCESS_CPU,
    PROCESS_METRICS
};

/* Their rows for a program's table, from index `first` on. */
#define PROCESS_ROWS(first)                                                                        \
    [(first) +                                                                                     \
        PROCESS_OPEN_FILES] = {"process_open_fds",           NULL, METRIC_GAUGE,                   \
                               "Descriptors that are open.", NULL, 0},                             \
        [(first) + PROCESS_MAX_FILES] =                                                            \
            {"process_max_fds", NULL, METRIC_GAUGE, "Descriptors that may be open.", NULL, 0},     \
        [(first) + PROCESS_MEMORY] =                                                               \
            {"process_resident_memory_bytes", NULL, METRIC_GAUGE, "Memory in use.", NULL, 0},      \
        [(first) +                                                                                 \
            PROCESS_LOCKED] = {"countersign_locked_memory_bytes",                                  \
                               NULL,                                                               \
                               METRIC_GAUGE,                                                       \
                               "Memory that is never swapped out: keys lie there. 0: the limit "   \
                               "of locked memory is too low.",                                     \
                               NULL,                                                               \
                               0},                                                                 \
        [(first) + PROCESS_CPU] = {"process_cpu_seconds_total", NULL, METRIC_COUNTER,              \
                                   "Processor time used.",      NULL, 1e-6}

/* Sets them; `first` as in PROCESS_ROWS. What the system does not tell stays as it was. */
void process_measure(struct metrics *metrics, size_t first);

#endif

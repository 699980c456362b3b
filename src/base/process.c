#include "base/process.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* Without `.`, `..` and the descriptor that looks. */
static void count_files(struct metrics *metrics, size_t at) {
    DIR *folder = opendir("/proc/self/fd");
    int64_t count = -3;
    if (!folder)
        return;
    while (readdir(folder))
        count++;
    closedir(folder);
    metrics_set(metrics, at, count);
}

/* A line "Name:   123 kB". */
static void take_line(struct metrics *metrics, size_t at, const char *line, const char *name) {
    long long kilobytes;
    size_t len = strlen(name);
    if (strncmp(line, name, len) == 0 && sscanf(line + len, "%lld", &kilobytes) == 1)
        metrics_set(metrics, at, kilobytes * 1024);
}

static void read_memory(struct metrics *metrics, size_t first) {
    char line[256];
    FILE *file = fopen("/proc/self/status", "re");
    if (!file)
        return;
    while (fgets(line, sizeof line, file)) {
        take_line(metrics, first + PROCESS_MEMORY, line, "VmRSS:");
        take_line(metrics, first + PROCESS_LOCKED, line, "VmLck:");
    }
    fclose(file);
}

static int64_t microseconds(struct timeval time) {
    return (int64_t)time.tv_sec * 1000000 + time.tv_usec;
}

void process_measure(struct metrics *metrics, size_t first) {
    struct rlimit files;
    struct rusage usage;
    count_files(metrics, first + PROCESS_OPEN_FILES);
    read_memory(metrics, first);
    if (getrlimit(RLIMIT_NOFILE, &files) == 0)
        metrics_set(metrics, first + PROCESS_MAX_FILES, (int64_t)files.rlim_cur);
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        metrics_set(metrics, first + PROCESS_CPU,
                    microseconds(usage.ru_utime) + microseconds(usage.ru_stime));
}

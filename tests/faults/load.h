/* load: what the parts of the load generator share. One thread. */
#ifndef FAULTS_LOAD_H
#define FAULTS_LOAD_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct load_options {
    int connections, port, percent, petitions, patience_s, rate;
    int64_t persons, seconds;
    const char *prefix, *acks, *slug;
    bool once, fresh;
};

/* How requests ended that got no answer. */
struct load_failures {
    int64_t errors;  /* broken in mid-answer, or on a new connection */
    int64_t stale;   /* a kept connection that ended without a byte: HTTP lets one try again */
    int64_t refused; /* no connection */
    int64_t silent;  /* no answer for a long time */
};

extern struct load_options options;
extern struct load_failures failures;
extern volatile sig_atomic_t stopping;
extern int64_t started_us;

int64_t load_now_us(void); /* monotonic */
uint64_t load_mix(uint64_t number);
/* reallocarray, or the end. */
void *load_grow(void *memory, size_t count, size_t size);

/* Who comes next, by number; -1: nobody now. */
int64_t people_next(int64_t now_us);
/* This person comes back at that time. */
void people_come_back(int64_t person, int64_t due_us);
bool people_are_waiting(void);
/* Nobody new will come. */
bool people_are_over(void);
void people_acknowledge(int64_t person);
/* The numbers of those who were acknowledged, a line each. */
void people_write(const char *path);
void people_report(int busy);

void report_start(void);
void report_accepted(int64_t took_us);
void report_turned_away(int64_t took_us, bool wrong, const char *answer);
void report_status(int status);
/* The last line of stdout. */
void report_print(int busy);

#endif

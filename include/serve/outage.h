/* outage: whether the log is to say that a service is away, or back. A service that answers a probe
 * and refuses what it is asked then comes and goes once a second; that is said less and less often,
 * once a minute in the end, and for each reason by itself: a new one is said within a second. Any
 * thread. */
#ifndef SERVE_OUTAGE_H
#define SERVE_OUTAGE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum { OUTAGE_CODE = 32, OUTAGE_REASONS = 8 };

struct outage_reason {
    char code[OUTAGE_CODE];
    int64_t failed_at_ms, quiet_until_ms, pause_ms;
};

struct outage {
    pthread_mutex_t lock;
    bool away; /* as the log has it */
    const struct outage_reason *told;
    int64_t told_at_ms;
    struct outage_reason reasons[OUTAGE_REASONS]; /* the last ones */
};

/* Nothing is known yet: the first end is said, and so is the first begin. */
void outage_init(struct outage *outage);
void outage_done(struct outage *outage);
/* It has failed for this reason. True: say so. Times are monotonic. */
bool outage_begins(struct outage *outage, const char *code, int64_t now_ms);
/* It answers. True: say so, since the log has it away. */
bool outage_ends(struct outage *outage);

#endif

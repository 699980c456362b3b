/* outage: whether the log is to say that a service is away, or back. A service that answers a probe
 * and refuses what it is asked then comes and goes once a second; that is said less and less often,
 * once a minute in the end. Any thread. */
#ifndef SERVE_OUTAGE_H
#define SERVE_OUTAGE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum { OUTAGE_CODE = 32 };

struct outage {
    pthread_mutex_t lock;
    bool away; /* as the log has it */
    char code[OUTAGE_CODE];
    int64_t failed_at_ms, quiet_until_ms, pause_ms;
};

/* Nothing is known yet: the first end is said, and so is the first begin. */
void outage_init(struct outage *outage);
void outage_done(struct outage *outage);
/* It has failed for this reason. True: say so. Times are monotonic. */
bool outage_begins(struct outage *outage, const char *code, int64_t now_ms);
/* It answers. True: say so, since the log has it away. */
bool outage_ends(struct outage *outage);

#endif

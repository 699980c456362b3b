/* gcra: the generic cell rate algorithm, in this process, for when Redis is away.
 *
 * A fixed table: when it is full the entry that is free soonest makes room, so that memory is
 * bounded and a flood of callers loosens limits rather than locking people out. One thread at a
 * time. */
#ifndef CORE_GCRA_H
#define CORE_GCRA_H

#include <stddef.h>
#include <stdint.h>

enum { GCRA_ID = 16 };

struct gcra_rule {
    int64_t interval_us; /* between two, in the long run; 0: no limit */
    int64_t burst;       /* at once */
};

struct gcra;

/* NULL: out of memory. */
struct gcra *gcra_new(size_t entries);
void gcra_free(struct gcra **gcra);
/* Microseconds until one more would pass; 0: now. Charges nothing. */
int64_t gcra_wait(const struct gcra *gcra, const struct gcra_rule *rule, const uint8_t id[GCRA_ID],
                  int64_t now_us);
void gcra_charge(struct gcra *gcra, const struct gcra_rule *rule, const uint8_t id[GCRA_ID],
                 int64_t now_us);

#endif

/* pulse: whether a thread comes round, seen by another that looks now and then.
 *
 * What is counted are looks, not time: a process that was stopped and goes on has hung in nothing.
 * A thread that waits for work hangs in nothing either, however long it waits. */
#ifndef BASE_PULSE_H
#define BASE_PULSE_H

#include <stdatomic.h>
#include <stddef.h>

enum { PULSE_LOOKS = 3 }; /* so many in a row meet a thread in one piece of work: it hangs */

/* Zero is a thread that waits. */
struct pulse {
    const char *name;     /* of the thread, for the log; outlives the pulse */
    atomic_uint beats;    /* odd: at work; the thread's */
    unsigned seen, still; /* of who looks: the beats, and how often they were these */
};

/* Of the thread. A new piece of work begins; what ran before is over. */
void pulse_busy(struct pulse *pulse);
/* It waits for work, as long as it may take. */
void pulse_idle(struct pulse *pulse);
/* The first that hangs, or NULL. One thread looks, at a steady pace. */
const struct pulse *pulse_look(struct pulse *pulses, size_t count);

#endif

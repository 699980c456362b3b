/* gate: whether the mail server may be asked now.
 *
 * Takes no more connections: as many as it took, and one more now and then. Away: one letter at a
 * time, at growing distances. Not to be trusted, or not letting us in:
 * stopped with an alarm, one letter every five minutes until an operator has mended it. One thread
 * writes, any may read. */
#ifndef MAIL_GATE_H
#define MAIL_GATE_H

#include <stdatomic.h>

#include "mail/fates.h"

struct gate {
    atomic_int state; /* enum fates_server */
    atomic_llong resume_at_ms;
    int failures;
    int room; /* connections that the server took when it refused another; 0: it refused none */
    int64_t room_at_ms;
};

/* An open one. */
void gate_init(struct gate *gate);
/* What a letter has shown, and how many other connections there are. True: the state has changed.
 */
bool gate_tell(struct gate *gate, enum fates_server server, int others, uint32_t random);
/* How many connections may be in use: `most`, or what the server has room for. The writer's. */
int gate_room(struct gate *gate, int most);
/* How many letters may be on their way now: `most`, one or none. */
int gate_allows(const struct gate *gate, int most);
/* "down"; static. */
const char *gate_word(enum fates_server state);

#endif

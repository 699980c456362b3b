/* publisher: the numbers that this process knows, to Redis; those of others, from there to the
 * board. One thread: the reader's. */
#ifndef SERVE_PUBLISHER_H
#define SERVE_PUBLISHER_H

#include "store/counts.h"

struct worker;

struct publisher {
    struct worker *worker;
    struct redis *redis; /* not its own */
    struct redis_script script;
    int64_t probe_at_ms;
    size_t next; /* of a list: told first */
};

void publisher_init(struct publisher *publisher, struct worker *worker, struct redis *redis);
/* For a second at most. True: all of them are in Redis. */
bool publisher_tell(struct publisher *publisher, const struct count_list *list);
/* What others told. True: Redis was away until now; what is exact was told to it at once, and all
 * else has to be. */
bool publisher_fetch(struct publisher *publisher);

#endif

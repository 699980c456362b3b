/* counts: the number of each petition, from the tally and from Redis.
 *
 * The truth is the sum of the tally's slots in PostgreSQL; Redis holds one complete copy a
 * petition, and the greater (generation, version) wins there, so that replays, reorderings and late
 * writers change nothing. */
#ifndef STORE_COUNTS_H
#define STORE_COUNTS_H

#include "core/slug.h"
#include "link/pg.h"
#include "link/redis.h"

struct count {
    int32_t petition; /* 0 when it came from Redis */
    char slug[SLUG_MAX + 1];
    int64_t generation, version;
    int64_t n;
    int64_t as_of_ms;   /* when it last changed; 0: never */
    int64_t read_at_ms; /* PostgreSQL's clock when it was read */
    char state[16];     /* "open", "closed", "withdrawn" */
    bool has_goal;
    int64_t goal;
};

/* Those of one reading. */
struct count_list {
    struct count *items;
    size_t count;
};

void count_list_done(struct count_list *list);

/* Sums for the given petitions (ids), or for all with ids NULL, in one snapshot, with the
 * generation. Statuses of pg_run. */
enum status counts_read(struct pg *pg, const int32_t *ids, size_t ids_count, int64_t deadline_ms,
                        struct count_list *out);
/* Writes one, unless Redis has a newer, by `script` (counts_script_init). *strange: what stood
 * there was no count, and is replaced; somebody else writes to our keys. */
void counts_script_init(struct redis_script *script);
enum status counts_publish(struct redis *redis, const struct redis_script *script,
                           const struct count *count, bool *strange);
/* The published values of the slugs in `list`: fills generation, version, n, as_of_ms, read_at_ms;
 * version -1 where Redis has none. */
enum status counts_fetch(struct redis *redis, struct count_list *list);

#endif

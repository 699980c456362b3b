/* compare: what table, tally and Redis say of each petition, and whether that is one number.
 *
 * Table and tally come from one snapshot and must be equal. Redis is published at most once a
 * second, so it is compared with the tally again and again until it has caught up with what the
 * tally was at the beginning, or patience ends. */
#ifndef CTL_COMPARE_H
#define CTL_COMPARE_H

#include "store/audit.h"
#include "store/counts.h"

enum { COMPARE_DIFFERENCES_MAX = 4 };

struct compare_row {
    struct audit_row audit;
    bool open;          /* people can sign: somebody publishes it */
    bool published;     /* Redis has it */
    struct count redis; /* when published */
    struct count tally,
        first_tally; /* as last and as first read while settling; version -1: a draft */
    const char *differences[COMPARE_DIFFERENCES_MAX]; /* for people; in the arena */
    size_t differences_count;
};

struct compare {
    struct arena *arena;
    struct compare_row *rows;
    size_t count;
    bool redis_away;
};

enum compare_verdict {
    COMPARE_EQUAL,
    COMPARE_TRAILS, /* newer than the tally was at first: signing goes on faster than one can look
                     */
    COMPARE_BEHIND, /* or missing: may still come */
    COMPARE_WRONG   /* no waiting makes it right */
};

/* Redis against `tally`, which was read after it. A draft is published by nobody; nor is, for long,
 * a petition that cannot be signed. */
enum compare_verdict compare_judge(const struct compare_row *row);
/* Table and tally of one petition (NOT_FOUND) or all with an absent slug. All memory is the
 * arena's. */
enum status compare_read(struct compare *compare, struct pg *pg, struct arena *arena,
                         struct text slug);
/* Fills in what Redis has, or sets redis_away. */
void compare_ask_redis(struct compare *compare, struct redis *redis);
/* Finds all differences; asks Redis for `patience_ms` before it believes one there. */
enum status compare_settle(struct compare *compare, struct pg *pg, struct redis *redis,
                           int patience_ms);
/* No row has a difference. */
bool compare_equal(const struct compare *compare);

#endif

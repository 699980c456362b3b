/* stats: places, hours, people who chose to be shown, and pictures; bounded reads for the public.
 */
#ifndef STORE_STATS_H
#define STORE_STATS_H

#include "link/pg.h"

struct stats_part {
    struct text key;
    int64_t count;
};

struct stats_point {
    int64_t at_ms;
    int64_t count;
};

struct stats_person {
    struct text name, place, comment; /* absent: none */
    int64_t at_ms;
};

/* The rows of one answer; texts are views into it. */
struct stats;

void stats_free(struct stats **stats);
size_t stats_count(const struct stats *stats);
int64_t stats_as_of_ms(const struct stats *stats); /* 0: nothing was ever counted */
struct stats_part stats_part(const struct stats *stats, size_t row);
struct stats_point stats_point(const struct stats *stats, size_t row);
int64_t stats_number(const struct stats *stats);
struct text stats_bytes(const struct stats *stats); /* absent: no row */
struct stats_person stats_person(const struct stats *stats, size_t row);

enum stats_by { STATS_COUNTRY, STATS_REGION };
enum stats_step { STATS_HOUR, STATS_DAY };

struct stats_range {
    enum stats_step step;
    int64_t from_ms, to_ms; /* INT64_MIN, INT64_MAX: no bound */
};

/* Parts sum to the count of the same snapshot. */
enum status stats_breakdown(struct pg *pg, int32_t petition, enum stats_by by, int64_t deadline_ms,
                            struct stats **out);
/* Buckets in [from_ms, to_ms) that are not 0, oldest first. */
enum status stats_series(struct pg *pg, int32_t petition, const struct stats_range *range,
                         int64_t deadline_ms, struct stats **out);
/* How many were brought by one referrer (core/blind): one row, its number is stats_number. */
enum status stats_referral(struct pg *pg, int32_t petition, int64_t referral, int64_t deadline_ms,
                           struct stats **out);
/* The picture for previews of links with this tag: no row, or one, which is stats_bytes. */
enum status stats_card(struct pg *pg, int32_t petition, struct text tag, int64_t deadline_ms,
                       struct stats **out);
/* Newest first. */
enum status stats_recent(struct pg *pg, int32_t petition, int limit, int64_t deadline_ms,
                         struct stats **out);

#endif

/* scrape: what an operators' listener told at a moment, and what lies between two of those.
 *
 * A metric's name stands for all its rows, whatever their labels. What went down was started anew:
 * then all that it shows is new. */
#ifndef CTL_SCRAPE_H
#define CTL_SCRAPE_H

#include <stdint.h>

#include "base/text.h"

enum { SCRAPE_ROWS_MAX = 1024 };

struct scrape_row {
    struct text key; /* name{labels} */
    double value;
};

struct scrape {
    bool up;
    int64_t at_ms; /* monotonic */
    struct buffer text;
    size_t count;
    struct scrape_row rows[SCRAPE_ROWS_MAX];
};

/* NULL: out of memory. */
struct scrape *scrape_new(void);
void scrape_free(struct scrape **scrape);
/* Takes over what lies in `scrape->text`: Prometheus' text format. Further rows than there is room
 * for are left out. */
void scrape_parse(struct scrape *scrape);
/* Asks the listener; `up` says whether it answered. */
void scrape_fetch(struct scrape *scrape, const char *address, int timeout_ms);

bool scrape_has(const struct scrape *scrape, const char *name);
/* The sum of all rows of this name, or of the one row "name{labels}". */
double scrape_sum(const struct scrape *scrape, const char *name);
/* How much that grew. */
double scrape_growth(const struct scrape *before, const struct scrape *now, const char *name);

enum { SCRAPE_BUCKETS_MAX = 32 };

/* What a histogram saw in between; several can be added up. */
struct scrape_histogram {
    size_t count;
    double bounds[SCRAPE_BUCKETS_MAX]; /* the last is infinite */
    double seen[SCRAPE_BUCKETS_MAX];   /* up to that bound, all below included */
};

/* Adds what `name` saw; a histogram with other bounds is left out. */
void scrape_histogram_add(struct scrape_histogram *histogram, const struct scrape *before,
                          const struct scrape *now, const char *name);
/* Between two bounds as if evenly spread; the largest finite bound where it is beyond all.
 * Negative: nothing was seen. */
double scrape_quantile(const struct scrape_histogram *histogram, double share);

#endif

/* top: the numbers of `countersign top`, from two looks at each listener, and how they are shown.
 */
#ifndef CTL_TOP_H
#define CTL_TOP_H

#include "ctl/output.h"
#include "ctl/scrape.h"

enum { TOP_MOST = 32, TOP_NUMBERS_MAX = 24, TOP_REASONS_MAX = 4 };

/* One listener. Two looks; `now` is the later one. */
struct top_place {
    const char *address;
    struct scrape *before, *now;
};

/* Who speaks at a listener; nobody while it does not answer and never has. */
enum top_kind { TOP_NOBODY, TOP_WORKER, TOP_MAILER };

struct top {
    size_t count;
    struct top_place places[TOP_MOST];
    enum top_kind kinds[TOP_MOST];
};

/* False: out of memory. The addresses are the caller's. */
bool top_init(struct top *top, const char *const *addresses, size_t count);
void top_done(struct top *top);
/* Another look at each; the last one becomes `before`. */
void top_look(struct top *top, int timeout_ms);
/* How many answered. */
size_t top_up(const struct top *top);

/* How a number is made of the looks at one place or several. */
enum top_how { TOP_RATE, TOP_SUM, TOP_LEAST, TOP_LARGEST, TOP_MEAN, TOP_P50, TOP_P99 };

struct top_rule {
    const char *name; /* in JSON */
    enum top_how how;
    const char *metric;
};

/* The rules of a kind, ended by a NULL name. */
const struct top_rule *top_rules(enum top_kind kind);
/* One value a rule, over place `only`, or over all of the kind (-1); negative: not known. */
void top_numbers(const struct top *top, enum top_kind kind, int only, double out[TOP_NUMBERS_MAX]);

/* Why people are turned away, the most frequent first; times a second. */
struct top_reason {
    char what[64]; /* "sign invalid_fields" */
    double rate;
};
size_t top_reasons(const struct top *top, struct top_reason out[TOP_REASONS_MAX]);

/* The picture, lines of 80 columns at most; and the same as one line of JSON. */
void top_show(const struct top *top, struct output *out);
void top_show_json(const struct top *top, struct output *out);

#endif

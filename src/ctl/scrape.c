#include "ctl/scrape.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "link/fetch.h"

enum { TEXT_LIMIT = 1 << 20, KEY_SIZE = 200 };

struct scrape *scrape_new(void) {
    struct scrape *scrape = calloc(1, sizeof *scrape);
    if (scrape != NULL) {
        buffer_init(&scrape->text, TEXT_LIMIT);
    }
    return scrape;
}

void scrape_free(struct scrape **scrape) {
    if (*scrape != NULL) {
        buffer_done(&(*scrape)->text);
        free(*scrape);
        *scrape = NULL;
    }
}

/* "name{labels} value"; a label's value may hold spaces, a number none. */
static void take_row(struct scrape *scrape, struct text line) {
    size_t at = line.len;
    while (at > 0 && line.data[at - 1] != ' ') {
        at--;
    }
    char number[64], *end = number;
    if (line.len == 0 || *line.data == '#' || at < 2 || scrape->count == SCRAPE_ROWS_MAX ||
        !text_store(text_span(line.data + at, line.len - at), number, sizeof number)) {
        return;
    }
    double value = strtod(number, &end);
    if (end != number && *end == '\0') {
        scrape->rows[scrape->count++] = (struct scrape_row){text_span(line.data, at - 1), value};
    }
}

void scrape_parse(struct scrape *scrape) {
    struct text rest = buffer_text(&scrape->text);
    scrape->count = 0;
    while (rest.data != NULL) {
        take_row(scrape, text_cut(&rest, '\n'));
    }
}

void scrape_fetch(struct scrape *scrape, const char *address, int timeout_ms) {
    buffer_reset(&scrape->text);
    scrape->up = fetch_text(address, "/metrics", timeout_ms, &scrape->text) == ST_OK;
    scrape->at_ms = clock_monotonic_ms();
    if (!scrape->up) {
        buffer_reset(&scrape->text);
    }
    scrape_parse(scrape);
}

/* --- values --- */

static bool is_of(const struct scrape_row *row, const char *name) {
    size_t len = strlen(name);
    return text_starts(row->key, name) && (row->key.len == len || row->key.data[len] == '{');
}

bool scrape_has(const struct scrape *scrape, const char *name) {
    for (size_t i = 0; i < scrape->count; i++) {
        if (is_of(&scrape->rows[i], name)) {
            return true;
        }
    }
    return false;
}

double scrape_sum(const struct scrape *scrape, const char *name) {
    double sum = 0;
    for (size_t i = 0; i < scrape->count; i++) {
        if (is_of(&scrape->rows[i], name)) {
            sum += scrape->rows[i].value;
        }
    }
    return sum;
}

double scrape_growth(const struct scrape *before, const struct scrape *now, const char *name) {
    double old = scrape_sum(before, name), new = scrape_sum(now, name);
    return new < old ? new : new - old;
}

/* --- histograms --- */

/* The bound of a row `name_bucket{...le="1"}`. False: it is none. */
static bool bound_of(const struct scrape_row *row, const char *name, double *bound) {
    char key[KEY_SIZE];
    size_t len = strlen(name);
    if (!text_starts(row->key, name) || !text_store(row->key, key, sizeof key) ||
        strncmp(key + len, "_bucket{", 8) != 0) {
        return false;
    }
    const char *le = strstr(key + len, "le=\"");
    char *end;
    if (le == NULL) {
        return false;
    }
    *bound = strtod(le + 4, &end); /* it knows +Inf */
    return *end == '"';
}

void scrape_histogram_add(struct scrape_histogram *histogram, const struct scrape *before,
                          const struct scrape *now, const char *name) {
    struct scrape_histogram sum = *histogram;
    size_t count = 0;
    for (size_t i = 0; i < now->count && count < SCRAPE_BUCKETS_MAX; i++) {
        double bound;
        char key[KEY_SIZE];
        if (!bound_of(&now->rows[i], name, &bound) ||
            !text_store(now->rows[i].key, key, sizeof key)) {
            continue;
        }
        if (histogram->count > 0 && islessgreater(histogram->bounds[count], bound)) {
            return;
        }
        sum.bounds[count] = bound;
        sum.seen[count++] += scrape_growth(before, now, key);
    }
    if (count > 0 && (histogram->count == 0 || histogram->count == count)) {
        sum.count = count;
        *histogram = sum;
    }
}

double scrape_quantile(const struct scrape_histogram *histogram, double share) {
    size_t last = histogram->count;
    double all = last > 0 ? histogram->seen[last - 1] : 0, below = 0, floor = 0;
    if (all <= 0) {
        return -1;
    }
    for (size_t i = 0; i < last; i++) {
        double seen = histogram->seen[i], bound = histogram->bounds[i];
        if (seen >= share * all && !isinf(bound)) {
            double inside = seen - below;
            return inside > 0 ? floor + (bound - floor) * (share * all - below) / inside : bound;
        }
        if (!isinf(bound)) {
            below = seen;
            floor = bound;
        }
    }
    return floor;
}

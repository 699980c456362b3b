#include "ctl/top.h"

#include <stdio.h>
#include <string.h>

/* The order is that of enum in top_view.c. */
static const struct top_rule worker_rules[] = {
    {"signatures_per_second", TOP_RATE, "countersign_signings_total"},
    {"confirmations_per_second", TOP_RATE, "countersign_confirmations_total"},
    {"requests_per_second", TOP_RATE, "countersign_requests_total"},
    {"counts_told_per_second", TOP_RATE, "countersign_counts_told_total"},
    {"refused_per_second", TOP_RATE, "countersign_refused_total"},
    {"limited_per_second", TOP_RATE, "countersign_limited_total"},
    {"shed_per_second", TOP_RATE, "countersign_shed_total"},
    {"queue", TOP_SUM, "countersign_queue_length"},
    {"queue_limit", TOP_SUM, "countersign_queue_limit"},
    {"batch_mean", TOP_MEAN, "countersign_batch_rows"},
    {"queue_p99_seconds", TOP_P99, "countersign_queue_seconds"},
    {"limits_p99_seconds", TOP_P99, "countersign_limits_seconds"},
    {"commit_p50_seconds", TOP_P50, "countersign_commit_seconds"},
    {"commit_p99_seconds", TOP_P99, "countersign_commit_seconds"},
    {"write_p99_seconds", TOP_P99, "countersign_write_seconds"},
    {"publish_p99_seconds", TOP_P99, "countersign_publish_seconds"},
    {"database_up", TOP_LEAST, "countersign_database_up"},
    {"redis_up", TOP_LEAST, "countersign_redis_up"},
    {"database_errors_per_second", TOP_RATE, "countersign_database_errors_total"},
    {"redis_errors_per_second", TOP_RATE, "countersign_redis_errors_total"},
    {"connections", TOP_SUM, "countersign_fastcgi_connections"},
    {NULL, TOP_SUM, NULL}};

static const struct top_rule mailer_rules[] = {
    {"sent_per_second", TOP_RATE, "countersign_mailer_letters_total{fate=\"sent\"}"},
    {"later_per_second", TOP_RATE, "countersign_mailer_letters_total{fate=\"later\"}"},
    {"refused_per_second", TOP_RATE, "countersign_mailer_letters_total{fate=\"refused\"}"},
    {"in_hand", TOP_SUM, "countersign_mailer_in_hand"},
    {"in_flight", TOP_SUM, "countersign_mailer_in_flight"},
    /* Every mailer sees the one outbox. */
    {"outbox_untried", TOP_LARGEST, "countersign_mailer_outbox_letters{state=\"untried\"}"},
    {"outbox_deferred", TOP_LARGEST, "countersign_mailer_outbox_letters{state=\"deferred\"}"},
    {"oldest_seconds", TOP_LARGEST, "countersign_mailer_outbox_oldest_seconds"},
    {"letter_p99_seconds", TOP_P99, "countersign_mailer_letter_seconds"},
    {"server_open", TOP_LEAST, "countersign_mailer_server{state=\"open\"}"},
    {"database_up", TOP_LEAST, "countersign_database_up"},
    {NULL, TOP_SUM, NULL}};

const struct top_rule *top_rules(enum top_kind kind) {
    return kind == TOP_MAILER ? mailer_rules : worker_rules;
}

/* --- looks --- */

bool top_init(struct top *top, const char *const *addresses, size_t count) {
    *top = (struct top){.count = 0};
    for (size_t i = 0; i < count && i < TOP_MOST; i++) {
        struct top_place *place = &top->places[top->count++];
        *place = (struct top_place){addresses[i], scrape_new(), scrape_new()};
        if (place->before == NULL || place->now == NULL) {
            top_done(top);
            return false;
        }
    }
    return true;
}

void top_done(struct top *top) {
    for (size_t i = 0; i < top->count; i++) {
        scrape_free(&top->places[i].before);
        scrape_free(&top->places[i].now);
    }
    top->count = 0;
}

void top_look(struct top *top, int timeout_ms) {
    for (size_t i = 0; i < top->count; i++) {
        struct top_place *place = &top->places[i];
        struct scrape *last = place->now;
        place->now = place->before;
        place->before = last;
        scrape_fetch(place->now, place->address, timeout_ms);
        if (scrape_has(place->now, "countersign_mailer_in_hand")) {
            top->kinds[i] = TOP_MAILER;
        } else if (scrape_has(place->now, "countersign_requests_total")) {
            top->kinds[i] = TOP_WORKER;
        }
    }
}

size_t top_up(const struct top *top) {
    size_t count = 0;
    for (size_t i = 0; i < top->count; i++) {
        count += top->places[i].now->up && top->kinds[i] != TOP_NOBODY;
    }
    return count;
}

/* --- numbers --- */

/* What a rule has gathered so far. */
struct gathered {
    double sum, weight, least, largest;
    bool any;
    struct scrape_histogram histogram;
};

static bool is_spanned(const struct top_place *place) {
    return place->before->up && place->now->up && place->now->at_ms > place->before->at_ms;
}

/* The largest of the rows: labels tell kinds apart. */
static double largest_row(const struct scrape *scrape, const char *metric) {
    double largest = 0;
    for (size_t i = 0; i < scrape->count; i++) {
        const struct scrape_row *row = &scrape->rows[i];
        if (text_starts(row->key, metric) && row->value > largest) {
            largest = row->value;
        }
    }
    return largest;
}

static void gather_now(struct gathered *gathered, const struct scrape *now, const char *metric) {
    double sum = scrape_sum(now, metric), largest = largest_row(now, metric);
    gathered->sum += sum;
    gathered->least = !gathered->any || sum < gathered->least ? sum : gathered->least;
    gathered->largest = largest > gathered->largest ? largest : gathered->largest;
    gathered->any = true;
}

static void gather_between(struct gathered *gathered, const struct top_place *place,
                           const struct top_rule *rule) {
    char part[128];
    double seconds = (double)(place->now->at_ms - place->before->at_ms) / 1000;
    gathered->any = true;
    if (rule->how == TOP_RATE) {
        gathered->sum += scrape_growth(place->before, place->now, rule->metric) / seconds;
    } else if (rule->how == TOP_MEAN) {
        snprintf(part, sizeof part, "%s_sum", rule->metric);
        gathered->sum += scrape_growth(place->before, place->now, part);
        snprintf(part, sizeof part, "%s_count", rule->metric);
        gathered->weight += scrape_growth(place->before, place->now, part);
    } else {
        scrape_histogram_add(&gathered->histogram, place->before, place->now, rule->metric);
    }
}

static double number_of(const struct gathered *gathered, enum top_how how) {
    if (!gathered->any) {
        return -1;
    }
    switch (how) {
    case TOP_LEAST:
        return gathered->least;
    case TOP_LARGEST:
        return gathered->largest;
    case TOP_MEAN:
        return gathered->weight > 0 ? gathered->sum / gathered->weight : -1;
    case TOP_P50:
        return scrape_quantile(&gathered->histogram, 0.5);
    case TOP_P99:
        return scrape_quantile(&gathered->histogram, 0.99);
    case TOP_RATE:
    case TOP_SUM:
        break;
    }
    return gathered->sum;
}

static double number(const struct top *top, enum top_kind kind, int only,
                     const struct top_rule *rule) {
    struct gathered gathered = {.any = false};
    bool is_now = rule->how == TOP_SUM || rule->how == TOP_LEAST || rule->how == TOP_LARGEST;
    for (size_t i = 0; i < top->count; i++) {
        const struct top_place *place = &top->places[i];
        if (top->kinds[i] != kind || (only >= 0 && (size_t)only != i)) {
            continue;
        }
        if (is_now && place->now->up) {
            gather_now(&gathered, place->now, rule->metric);
        } else if (!is_now && is_spanned(place)) {
            gather_between(&gathered, place, rule);
        }
    }
    return number_of(&gathered, rule->how);
}

void top_numbers(const struct top *top, enum top_kind kind, int only, double out[TOP_NUMBERS_MAX]) {
    const struct top_rule *rules = top_rules(kind);
    for (size_t i = 0; rules[i].name != NULL; i++) {
        out[i] = number(top, kind, only, &rules[i]);
    }
}

/* --- reasons --- */

/* `refused_total{of="sign",code="invalid_fields"}` → "sign invalid_fields"; labels are ours. */
static void name_reason(struct text key, char out[64]) {
    size_t len = 0;
    bool inside = false;
    for (size_t i = 0; i < key.len && len < 63; i++) {
        char c = key.data[i];
        bool quote = c == '"', next = quote && !inside && len > 0;
        inside = quote ? !inside : inside;
        if (next || (inside && !quote)) {
            out[len++] = next ? ' ' : c;
        }
    }
    out[len] = '\0';
}

static double rate_of(const struct top *top, const char *key) {
    const struct top_rule rule = {"", TOP_RATE, key};
    return number(top, TOP_WORKER, -1, &rule);
}

/* Keeps the list sorted, the largest first. */
static size_t put_reason(struct top_reason *list, size_t count, const struct top_reason *reason) {
    size_t at = count < TOP_REASONS_MAX ? count : TOP_REASONS_MAX - 1;
    if (count == TOP_REASONS_MAX && list[at].rate >= reason->rate) {
        return count;
    }
    while (at > 0 && list[at - 1].rate < reason->rate) {
        list[at] = list[at - 1];
        at--;
    }
    list[at] = *reason;
    return count < TOP_REASONS_MAX ? count + 1 : count;
}

size_t top_reasons(const struct top *top, struct top_reason out[TOP_REASONS_MAX]) {
    static const char *const families[] = {"countersign_refused_total{",
                                           "countersign_limited_total{", "countersign_shed_total{"};
    size_t count = 0, first = 0;
    while (first < top->count && (top->kinds[first] != TOP_WORKER || !top->places[first].now->up)) {
        first++;
    }
    for (size_t i = 0; first < top->count && i < top->places[first].now->count; i++) {
        struct text key = top->places[first].now->rows[i].key;
        char name[128];
        struct top_reason reason;
        /* 429 and 503 are told by limit and reason. */
        bool told = text_starts(key, families[1]) || text_starts(key, families[2]);
        if (!text_store(key, name, sizeof name) || (!told && !text_starts(key, families[0])) ||
            (!told && (strstr(name, "\"too_many_requests\"") || strstr(name, "\"unavailable\"")))) {
            continue;
        }
        name_reason(key, reason.what);
        reason.rate = rate_of(top, name);
        if (reason.rate > 0) {
            count = put_reason(out, count, &reason);
        }
    }
    return count;
}

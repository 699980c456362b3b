#include "store/stats.h"

#include <stdlib.h>

#include "queries.h"

static const struct pg_statement breakdown_statement = {"breakdown", query_breakdown};
static const struct pg_statement series_statement = {"series", query_series};
static const struct pg_statement recent_statement = {"recent", query_recent};
static const struct pg_statement referral_statement = {"referrals", query_referrals};
static const struct pg_statement card_statement = {"card", query_card};

struct stats {
    PGresult *result;
    int as_of_column;
};

static enum status ask(struct pg *pg, const struct pg_statement *statement,
                       const struct pg_params *params, int64_t deadline_ms, struct stats **out) {
    struct stats *stats = calloc(1, sizeof *stats);
    if (!stats)
        return ST_FAULT;
    enum status status = pg_run(pg, statement, params, deadline_ms, &stats->result);
    if (status != ST_OK) {
        free(stats);
        return status;
    }
    stats->as_of_column = PQnfields(stats->result) - 1;
    *out = stats;
    return ST_OK;
}

enum status stats_breakdown(struct pg *pg, int32_t petition, enum stats_by by, int64_t deadline_ms,
                            struct stats **out) {
    uint8_t id[4];
    struct pg_params params;
    pg_params_init(&params);
    pg_params_add_int4(&params, id, petition);
    pg_params_add_text(&params, text_of(by == STATS_REGION ? "region" : "country"));
    return ask(pg, &breakdown_statement, &params, deadline_ms, out);
}

enum status stats_series(struct pg *pg, int32_t petition, const struct stats_range *range,
                         int64_t deadline_ms, struct stats **out) {
    uint8_t id[4], from[8], to[8];
    struct pg_params params;
    pg_params_init(&params);
    pg_params_add_int4(&params, id, petition);
    pg_params_add_text(&params, text_of(range->step == STATS_HOUR ? "hour" : "day"));
    pg_params_add_time_ms(&params, from, range->from_ms);
    pg_params_add_time_ms(&params, to, range->to_ms);
    return ask(pg, &series_statement, &params, deadline_ms, out);
}

enum status stats_recent(struct pg *pg, int32_t petition, int limit, int64_t deadline_ms,
                         struct stats **out) {
    uint8_t id[4], most[4];
    struct pg_params params;
    pg_params_init(&params);
    pg_params_add_int4(&params, id, petition);
    pg_params_add_int4(&params, most, limit);
    return ask(pg, &recent_statement, &params, deadline_ms, out);
}

enum status stats_referral(struct pg *pg, int32_t petition, int64_t referral, int64_t deadline_ms,
                           struct stats **out) {
    uint8_t id[4], hash[8];
    struct pg_params params;
    pg_params_init(&params);
    pg_params_add_int4(&params, id, petition);
    pg_params_add_int8(&params, hash, referral);
    return ask(pg, &referral_statement, &params, deadline_ms, out);
}

enum status stats_card(struct pg *pg, int32_t petition, struct text tag, int64_t deadline_ms,
                       struct stats **out) {
    uint8_t id[4];
    struct pg_params params;
    pg_params_init(&params);
    pg_params_add_int4(&params, id, petition);
    pg_params_add_text(&params, tag);
    return ask(pg, &card_statement, &params, deadline_ms, out);
}

void stats_free(struct stats **stats) {
    if (!*stats)
        return;
    PQclear((*stats)->result);
    free(*stats);
    *stats = NULL;
}

size_t stats_count(const struct stats *stats) {
    return (size_t)PQntuples(stats->result);
}

int64_t stats_as_of_ms(const struct stats *stats) {
    return stats_count(stats) ? pg_get_time_ms(stats->result, 0, stats->as_of_column) : 0;
}

struct stats_part stats_part(const struct stats *stats, size_t row) {
    return (struct stats_part){pg_get_text(stats->result, (int)row, 0),
                               pg_get_int(stats->result, (int)row, 1)};
}

struct stats_point stats_point(const struct stats *stats, size_t row) {
    return (struct stats_point){pg_get_time_ms(stats->result, (int)row, 0),
                                pg_get_int(stats->result, (int)row, 1)};
}

int64_t stats_number(const struct stats *stats) {
    return stats_count(stats) ? pg_get_int(stats->result, 0, 0) : 0;
}

struct text stats_bytes(const struct stats *stats) {
    return stats_count(stats) ? pg_get_text(stats->result, 0, 0) : (struct text){NULL, 0};
}

/* Empty means that it was not given. */
static struct text given(const struct stats *stats, size_t row, int column) {
    struct text text = pg_get_text(stats->result, (int)row, column);
    return text.len ? text : (struct text){NULL, 0};
}

struct stats_person stats_person(const struct stats *stats, size_t row) {
    return (struct stats_person){given(stats, row, 0), given(stats, row, 1), given(stats, row, 2),
                                 pg_get_time_ms(stats->result, (int)row, 3)};
}

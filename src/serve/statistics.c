/* Places, hours, the people who chose to be shown, and who brought how many: asked on an I/O
 * thread, answered by the reader. */
#include "base/clock.h"
#include "base/pulse.h"
#include "core/json.h"
#include "core/query.h"
#include "serve/handlers.h"
#include "serve/metrics.h"
#include "serve/petition_json.h"
#include "serve/reader.h"
#include "serve/reply.h"
#include "serve/worker.h"

enum {
    RECENT = 20,
    RECENT_MAX = 100,
    TAKE_MOST = 1024,
    STATEMENT_MS = 2000,
    REFERRAL_STALE_S = 3600
};

/* As fresh as the number of all: who has just brought somebody looks whether they were counted. */
static void reply_referral(struct request *request, json_t *value) {
    char lines[REPLY_CACHE_SIZE];
    reply_cache_lines(lines, reply_cache_time(request), REFERRAL_STALE_S);
    reply_json_with(request, value, lines);
}

static const char *const by_names[] = {[STATS_COUNTRY] = "country", [STATS_REGION] = "region"};
static const char *const step_names[] = {[STATS_HOUR] = "hour", [STATS_DAY] = "day"};

/* One of two words; absent leaves *out as it is. */
static bool read_word(struct text word, const char *const names[2], unsigned *out) {
    for (unsigned i = 0; word.data && i < 2; i++)
        if (text_is(word, names[i])) {
            *out = i;
            return true;
        }
    return !word.data;
}

static bool read_query(struct request *request, const struct query_item *items, size_t count) {
    return query_parse(request_param(request, "QUERY_STRING"), fcgi_arena(request->fcgi), items,
                       count) == ST_OK;
}

static void hand_on(struct request *request, bool good) {
    if (!good)
        reply_problem(request, PROBLEM_BAD_QUERY);
    else if (!request->petition)
        reply_unavailable(request, M_SHED_STOPPING);
    else
        reader_put(request->worker->reader, request);
}

void handle_breakdown(struct request *request) {
    struct text by = {NULL, 0};
    const struct query_item items[] = {{"by", &by}};
    unsigned chosen = STATS_COUNTRY;
    bool good = read_query(request, items, 1) && read_word(by, by_names, &chosen);
    request->work.stats =
        (struct request_stats){.kind = STATS_BREAKDOWN, .by = (enum stats_by)chosen};
    hand_on(request, good);
}

/* A bound that is left empty, as in "from=&to=", is none. */
static bool read_time(struct text value, int64_t *out) {
    return value.len == 0 || clock_parse(value, out);
}

void handle_series(struct request *request) {
    struct text step = {NULL, 0}, from = {NULL, 0}, to = {NULL, 0};
    const struct query_item items[] = {{"step", &step}, {"from", &from}, {"to", &to}};
    unsigned chosen = STATS_DAY;
    struct request_stats stats = {.kind = STATS_SERIES, .from_ms = INT64_MIN, .to_ms = INT64_MAX};
    bool good = read_query(request, items, 3) && read_word(step, step_names, &chosen) &&
                read_time(from, &stats.from_ms) && read_time(to, &stats.to_ms) &&
                stats.from_ms < stats.to_ms;
    stats.step = (enum stats_step)chosen;
    request->work.stats = stats;
    hand_on(request, good);
}

void handle_recent(struct request *request) {
    struct text limit = {NULL, 0};
    const struct query_item items[] = {{"limit", &limit}};
    unsigned long long number = RECENT;
    bool good =
        read_query(request, items, 1) &&
        (!limit.data || (text_to_u64(limit, &number) && number >= 1 && number <= RECENT_MAX));
    request->work.stats = (struct request_stats){.kind = STATS_RECENT, .limit = (int)number};
    hand_on(request, good);
}

/* The last segment of the path, as a form takes it. */
static bool read_referrer(const struct request *request, struct text *out) {
    struct text path = request->path, last = path;
    while (path.data)
        last = text_cut(&path, '/');
    *out = last;
    return form_code_valid(last);
}

void handle_referrals(struct request *request) {
    struct request_stats stats = {.kind = STATS_REFERRAL};
    const struct petition *petition = request->petition;
    if (!read_referrer(request, &stats.referrer) ||
        (petition && blind_referrer(request->worker->blind_keys, petition->index_key, petition->id,
                                    stats.referrer, &stats.referral) != ST_OK)) {
        reply_problem(request, PROBLEM_NOT_FOUND);
        return;
    }
    request->work.stats = stats;
    hand_on(request, !request_param(request, "QUERY_STRING").data);
}

/* An answer without rows carries no time of its own. */
static json_t *as_of_json(const struct request *request, const struct stats *stats) {
    struct board_value value = {0, 0, false};
    int64_t as_of_ms = stats_as_of_ms(stats);
    board_get(request->worker->board, request->petition->id, &value);
    as_of_ms = as_of_ms ? as_of_ms : value.as_of_ms;
    return as_of_ms ? json_time(as_of_ms) : petition_json_text(request->petition->opened_at);
}

static json_t *breakdown_json(const struct request *request, const struct stats *stats) {
    int64_t total = 0;
    json_t *parts = json_array();
    for (size_t i = 0; i < stats_count(stats); i++) {
        struct stats_part part = stats_part(stats, i);
        total += part.count;
        json_array_append_new(parts, json_pack("{s:o,s:I}", "key", petition_json_text(part.key),
                                               "count", (json_int_t)part.count));
    }
    return json_pack("{s:s,s:o,s:I,s:o}", "by", by_names[request->work.stats.by], "as_of",
                     as_of_json(request, stats), "total", (json_int_t)total, "parts", parts);
}

static json_t *series_json(const struct request *request, const struct stats *stats) {
    json_t *points = json_array();
    for (size_t i = 0; i < stats_count(stats); i++) {
        struct stats_point point = stats_point(stats, i);
        json_array_append_new(points, json_pack("{s:o,s:I}", "at", json_time(point.at_ms), "count",
                                                (json_int_t)point.count));
    }
    return json_pack("{s:s,s:o,s:o}", "step", step_names[request->work.stats.step], "as_of",
                     as_of_json(request, stats), "points", points);
}

static json_t *recent_json(const struct request *request, const struct stats *stats) {
    json_t *people = json_array();
    for (size_t i = 0; i < stats_count(stats); i++) {
        struct stats_person person = stats_person(stats, i);
        json_array_append_new(
            people, json_pack("{s:o,s:o,s:o,s:o}", "name", petition_json_text(person.name), "place",
                              petition_json_text(person.place), "comment",
                              petition_json_text(person.comment), "at", json_time(person.at_ms)));
    }
    return json_pack("{s:o,s:o}", "as_of", as_of_json(request, stats), "signatures", people);
}

static json_t *referral_json(const struct request *request, const struct stats *stats) {
    return json_pack("{s:o,s:o,s:I,s:o}", "petition", petition_json_text(request->slug), "referrer",
                     petition_json_text(request->work.stats.referrer), "count",
                     (json_int_t)stats_number(stats), "as_of", as_of_json(request, stats));
}

static enum status ask(const struct request *request, struct pg *pg, struct stats **stats) {
    const struct request_stats *asked = &request->work.stats;
    int64_t deadline_ms = clock_monotonic_ms() + STATEMENT_MS;
    int32_t petition = request->petition->id;
    if (asked->kind == STATS_BREAKDOWN)
        return stats_breakdown(pg, petition, asked->by, deadline_ms, stats);
    if (asked->kind == STATS_SERIES) {
        struct stats_range range = {asked->step, asked->from_ms, asked->to_ms};
        return stats_series(pg, petition, &range, deadline_ms, stats);
    }
    if (asked->kind == STATS_REFERRAL)
        return stats_referral(pg, petition, asked->referral, deadline_ms, stats);
    return stats_recent(pg, petition, asked->limit, deadline_ms, stats);
}

static void answer(struct request *request, struct pg *pg) {
    static json_t *(*const render[])(const struct request *,
                                     const struct stats *) = {[STATS_BREAKDOWN] = breakdown_json,
                                                              [STATS_SERIES] = series_json,
                                                              [STATS_RECENT] = recent_json,
                                                              [STATS_REFERRAL] = referral_json};
    struct stats *stats = NULL;
    if (request->work.stats.kind == STATS_CARD) {
        card_answer(request, pg);
        return;
    }
    enum status status = ask(request, pg, &stats);
    if (status != ST_OK) {
        worker_metrics_database(request->worker->metrics, status);
        reply_unavailable(request, M_SHED_DATABASE);
        return;
    }
    json_t *value = render[request->work.stats.kind](request, stats);
    stats_free(&stats);
    if (request->work.stats.kind == STATS_REFERRAL)
        reply_referral(request, value);
    else
        reply_json(request, value);
}

void statistics_answer_all(struct queue *queue, struct redis *redis, struct pg *pg) {
    size_t count = 0;
    struct queue_node *list = queue_take(queue, TAKE_MOST, 0, &count);
    while (list) {
        struct request *request = (struct request *)list;
        list = list->next;
        pulse_busy(&request->worker->pulses[WORKER_READER]);
        if (request->deadline_ms <= clock_monotonic_ms())
            reply_unavailable(request, M_SHED_DEADLINE);
        else if (request->work.stats.kind == STATS_COUNT)
            count_answer_published(request, redis);
        else if (pg && pg_connected(pg))
            answer(request, pg);
        else
            reply_unavailable(request, M_SHED_DATABASE);
    }
}

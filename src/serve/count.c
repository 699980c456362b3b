/* The live number. nginx asks once a second and petition; everybody else gets nginx's copy. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "serve/committer.h"
#include "serve/handlers.h"
#include "serve/metrics.h"
#include "serve/reader.h"
#include "serve/reply.h"
#include "serve/worker.h"

enum { HEADERS_MAX = 400, STALE_S = 3600 };

/* The ETag stands for what a reader sees and how often it may look, and for nothing else: with a
 * 304 a browser keeps what it was told before. */
struct answer {
    const char *petition;
    size_t petition_len;
    int64_t n;
    bool has_goal;
    int64_t goal;
    int64_t minimum; /* -1: not known */
    const char *state;
    bool exact;
    long long poll_after_s;
    char as_of[CLOCK_TEXT_SIZE];
};

static void etag_of(const struct answer *answer, char out[128]) {
    snprintf(out, 128, "\"%" PRId64 ".%" PRId64 ".%" PRId64 ".%s.%d.%lld\"", answer->n,
             answer->has_goal ? answer->goal : -1, answer->minimum, answer->state, answer->exact,
             answer->poll_after_s);
}

/* If-None-Match: a list of tags or `*`; a weak mark does not matter for this comparison (RFC
 * 9110, 13.1.2). */
static bool tag_listed(struct text list, const char *etag) {
    while (list.data) {
        struct text tag = text_trim(text_cut(&list, ','));
        if (text_starts(tag, "W/"))
            tag = text_span(tag.data + 2, tag.len - 2);
        if (text_is(tag, etag) || text_is(tag, "*"))
            return true;
    }
    return false;
}

/* From the least time on, up to twelve times that when the queue is full; in steps of a tenth,
 * since it is part of the ETag. */
static long long poll_after_s(const struct request *request) {
    long least = request->snapshot->settings->poll_after_s;
    return least + least * 11 * (committer_fill_percent(request->worker->committer) / 10) / 10;
}

/* Said here, since nginx would say the time of each answer: so a copy from its cache tells how old
 * it is. */
static void date_of(time_t now, char *out, size_t size) {
    struct tm utc;
    if (!gmtime_r(&now, &utc) || strftime(out, size, "%a, %d %b %Y %H:%M:%S GMT", &utc) == 0)
        out[0] = '\0';
}

static void send_count(struct request *request, const struct answer *answer) {
    char etag[128], date[40], lines[REPLY_CACHE_SIZE], headers[HEADERS_MAX];
    time_t now = reply_cache_time(request);
    etag_of(answer, etag);
    date_of(now, date, sizeof date);
    reply_cache_lines(lines, now, STALE_S);
    snprintf(headers, sizeof headers, "Date: %s\r\nETag: %s\r\n%s", date, etag, lines);
    if (tag_listed(request_param(request, "HTTP_IF_NONE_MATCH"), etag)) {
        reply_not_modified(request, headers);
        return;
    }
    json_t *goal = answer->has_goal ? json_integer(answer->goal) : json_null();
    json_t *value = json_pack("{s:s%,s:I,s:o,s:s,s:s,s:b,s:I}", "petition", answer->petition,
                              answer->petition_len, "count", (json_int_t)answer->n, "goal", goal,
                              "state", answer->state, "as_of", answer->as_of, "exact",
                              (int)answer->exact, "poll_after", (json_int_t)answer->poll_after_s);
    if (value && answer->minimum > 0)
        json_object_set_new(value, "count_minimum", json_integer(answer->minimum));
    reply_json_with(request, value, headers);
}

static void format_as_of(char out[CLOCK_TEXT_SIZE], int64_t as_of_ms, struct text opened_at) {
    if (as_of_ms || !opened_at.data)
        clock_format(out, as_of_ms);
    else
        snprintf(out, CLOCK_TEXT_SIZE, "%.*s", (int)opened_at.len, opened_at.data);
}

void handle_count(struct request *request) {
    metrics_add(request->worker->metrics, M_POLLS, 1);
    struct board_value value;
    const struct petition *petition = request->petition;
    if (request_param(request, "QUERY_STRING").data) {
        reply_problem(request, PROBLEM_BAD_QUERY);
        return;
    }
    if (!petition || !board_get(request->worker->board, petition->id, &value)) {
        request->work.stats.kind = STATS_COUNT;
        reader_put(request->worker->reader, request);
        return;
    }
    struct answer answer = {petition->slug.data,
                            petition->slug.len,
                            value.n,
                            petition->has_goal,
                            petition->goal,
                            petition->count_minimum,
                            petition_state_name(snapshot_state(request->snapshot, petition)),
                            value.exact,
                            poll_after_s(request),
                            ""};
    format_as_of(answer.as_of, value.as_of_ms, petition->opened_at);
    send_count(request, &answer);
}

/* PostgreSQL was never reached since this process started: what Redis last heard is better than
 * nothing, and is said to be no more. */
void count_answer_published(struct request *request, struct redis *redis) {
    struct count count = {.version = -1};
    struct count_list list = {&count, 1};
    memcpy(count.slug, request->slug.data, request->slug.len);
    if (counts_fetch(redis, &list) != ST_OK || count.version < 0) {
        reply_unavailable(request, M_SHED_STOPPING);
        return;
    }
    if (strcmp(count.state, petition_state_name(PETITION_WITHDRAWN)) == 0) {
        reply_problem(request, PROBLEM_PETITION_WITHDRAWN);
        return;
    }
    struct answer answer = {
        count.slug, request->slug.len, count.n, count.has_goal,        count.goal,
        -1,         count.state,       false,   poll_after_s(request), ""};
    format_as_of(answer.as_of, count.as_of_ms, (struct text){NULL, 0});
    send_count(request, &answer);
}

/* The picture for previews of a petition's link, at /p/SLUG/card/TAG.png: made when the petition
 * was put, fetched by the reader, kept by nginx. Its address changes with it, since those who show
 * previews keep pictures for weeks. */
#include "base/clock.h"
#include "serve/handlers.h"
#include "serve/metrics.h"
#include "serve/reader.h"
#include "serve/reply.h"
#include "serve/worker.h"

enum { STATEMENT_MS = 2000 };

static const char headers[] =
    "Cache-Control: public, max-age=86400, stale-while-revalidate=60, stale-if-error=604800\r\n";

/* Behind "/p/SLUG/card/": a tag that one of the petition's texts has. */
static bool read_tag(const struct request *request, struct text *tag) {
    struct text path = request_path_behind(request, 4);
    *tag = text_cut(&path, '.');
    for (size_t i = 0; text_is(path, "png") && i < request->petition->texts_count; i++)
        if (tag->len > 0 && text_equal(*tag, request->petition->texts[i].card))
            return true;
    return false;
}

void handle_card(struct request *request) {
    struct request_stats stats = {.kind = STATS_CARD};
    if (!request->petition)
        reply_unavailable(request, M_SHED_STOPPING);
    else if (!read_tag(request, &stats.card))
        reply_problem(request, PROBLEM_NOT_FOUND);
    else {
        request->work.stats = stats;
        reader_put(request->worker->reader, request);
    }
}

void card_answer(struct request *request, struct pg *pg) {
    struct stats *stats = NULL;
    int64_t deadline_ms = clock_monotonic_ms() + STATEMENT_MS;
    enum status status =
        stats_card(pg, request->petition->id, request->work.stats.card, deadline_ms, &stats);
    if (status != ST_OK) {
        worker_metrics_database(request->worker->metrics, status);
        reply_unavailable(request, M_SHED_DATABASE);
        return;
    }
    struct text picture = stats_bytes(stats);
    if (picture.data)
        reply_png(request, picture, headers);
    else
        reply_problem(request, PROBLEM_NOT_FOUND);
    stats_free(&stats);
}

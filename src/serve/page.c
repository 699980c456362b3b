/* The petition's page, whole, from the snapshot. nginx asks for each language once a second at most
 * and keeps the copy for the days when no worker answers. */
#include "core/page.h"

#include <stdio.h>

#include "core/language.h"
#include "serve/handlers.h"
#include "serve/metrics.h"
#include "serve/reply.h"
#include "serve/worker.h"

/* As fresh as the number in it. */
enum { HEADERS_MAX = 200, STALE_S = 604800 };

/* `lang` among whatever else stands in a link that was shared; absent: none, or no language. */
static struct text asked_language(const struct request *request) {
    struct text rest = request_param(request, "QUERY_STRING");
    while (rest.data) {
        struct text value = text_cut(&rest, '&');
        struct text name = text_cut(&value, '=');
        if (text_is(name, "lang") && value.data && language_tag_valid(value))
            return value;
    }
    return (struct text){NULL, 0};
}

static struct page_facts facts_of(const struct request *request) {
    const struct petition *petition = request->petition;
    struct text accept = request_param(request, "HTTP_ACCEPT_LANGUAGE");
    struct board_value number = {0, 0, false};
    bool counted = board_get(request->worker->board, petition->id, &number);
    return (struct page_facts){
        .petition = petition,
        .text = petition_text_choose(petition, asked_language(request), accept),
        .state = snapshot_state(request->snapshot, petition),
        .counted = counted,
        .count = number.n,
        .base_url = text_of(request->snapshot->settings->base_url),
    };
}

static void send_page(struct request *request, bool gone, struct text page) {
    char lines[REPLY_CACHE_SIZE], headers[HEADERS_MAX];
    reply_cache_lines(lines, reply_cache_time(request), gone ? 0 : STALE_S);
    snprintf(headers, sizeof headers, "%sVary: Accept-Language\r\n", lines);
    reply_html(request, gone ? 410 : 200, page, headers);
}

void handle_page(struct request *request) {
    const struct views *views = request->snapshot->views[VIEWS_PAGES];
    metrics_add(request->worker->metrics, M_PAGES, 1);
    struct buffer page;
    if (!request->petition || !views) {
        reply_unavailable(request, M_SHED_STOPPING);
        return;
    }
    const struct page_facts facts = facts_of(request);
    const struct pages *pages = views_pages(views);
    bool gone = facts.state == PETITION_WITHDRAWN;
    buffer_init(&page, PAGE_MAX);
    if (gone)
        page_render_withdrawn(pages, &facts, &page);
    else
        page_render(pages, &facts, &page);
    if (page.failed)
        reply_problem(request, PROBLEM_INTERNAL);
    else
        send_page(request, gone, buffer_text(&page));
    buffer_done(&page);
}

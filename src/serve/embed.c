/* The form in a frame, at /embed/SLUG: the widget on a page of ours, which pages of the petition's
 * origins may frame and nobody else. All of it but who may frame it is the same for every visitor.
 */
#include "serve/handlers.h"
#include "serve/metrics.h"
#include "serve/reply.h"
#include "serve/worker.h"

enum { HEADERS_MAX = 20480, STALE_S = 86400 };

/* As short as the page's: who changes the origins looks at once. */
static void add_caching(struct buffer *out, const struct request *request) {
    char lines[REPLY_CACHE_SIZE];
    reply_cache_lines(lines, reply_cache_time(request), STALE_S);
    buffer_add_string(out, lines);
}

static void add_policy(struct buffer *out, const struct petition *petition) {
    buffer_add_string(out,
                      "Content-Security-Policy: default-src 'none'; script-src 'self'; "
                      "style-src 'self'; img-src data:; connect-src 'self'; form-action 'self'; "
                      "base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'; "
                      "frame-ancestors 'self'");
    for (size_t i = 0; i < petition->origins_count; i++) {
        buffer_add_string(out, " ");
        buffer_add_text(out, petition->origins[i]);
    }
    buffer_add_string(out, "\r\n");
}

void handle_embed(struct request *request) {
    const struct views *pages = request->snapshot->views[VIEWS_PAGES];
    struct buffer html, headers;
    if (!request->petition || !pages) {
        reply_unavailable(request, M_SHED_STOPPING);
        return;
    }
    buffer_init(&html, PAGE_MAX);
    buffer_init(&headers, HEADERS_MAX);
    add_caching(&headers, request);
    add_policy(&headers, request->petition);
    page_render_embed(views_pages(pages), request->petition, &html);
    if (html.failed || headers.failed)
        reply_problem(request, PROBLEM_INTERNAL);
    else
        reply_html(request, 200, buffer_text(&html), buffer_text(&headers).data);
    buffer_done(&html);
    buffer_done(&headers);
}

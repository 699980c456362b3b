/* The form in a frame, at /embed/SLUG: the widget on a page of ours, which pages of the petition's
 * origins may frame and nobody else. All of it but who may frame it is the same for every visitor.
 */
#include "serve/handlers.h"
#include "serve/metrics.h"
#include "serve/reply.h"
#include "serve/worker.h"

enum { HEADERS_MAX = 20480 };

/* Short, so that an origin that is taken off the list is out soon; a copy serves while no worker
 * does. */
static const char caching[] = "Cache-Control: public, max-age=10, stale-if-error=86400\r\n";

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
    buffer_add_string(&headers, caching);
    add_policy(&headers, request->petition);
    page_render_embed(views_pages(pages), request->petition, &html);
    if (html.failed || headers.failed)
        reply_problem(request, PROBLEM_INTERNAL);
    else
        reply_html(request, 200, buffer_text(&html), buffer_text(&headers).data);
    buffer_done(&html);
    buffer_done(&headers);
}

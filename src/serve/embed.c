/* The form in a frame, at /embed/SLUG: the widget on a page of ours, which pages of the petition's
 * origins may frame and nobody else. All of it but who may frame it is the same for every visitor.
 */
#include "core/template.h"
#include "serve/handlers.h"
#include "serve/metrics.h"
#include "serve/reply.h"
#include "serve/worker.h"

enum { FRAME_MAX = 16384, HEADERS_MAX = 20480 };

static const char page[] =
    "<!doctype html>\n"
    "<html lang=\"{{language}}\">\n"
    "<head>\n"
    "  <meta charset=\"utf-8\">\n"
    "  <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "  <title>{{title}}</title>\n"
    "  <link rel=\"icon\" href=\"data:,\">\n"
    "  <link rel=\"stylesheet\" href=\"/assets/theme.css\">\n"
    "  <link rel=\"stylesheet\" href=\"/assets/frame.css\">\n"
    "  <script type=\"module\" src=\"/assets/frame.js\"></script>\n"
    "</head>\n"
    "<body>\n"
    "  <main id=\"main\"><countersign-petition "
    "petition=\"{{slug}}\"></countersign-petition></main>\n"
    "  <noscript><p><a href=\"/p/{{slug}}\" target=\"_blank\" "
    "rel=\"noopener\">{{title}}</a></p></noscript>\n"
    "</body>\n"
    "</html>\n";

enum { LANGUAGE, TITLE, SLUG, NAMES };
static const char *const names[NAMES] = {
    [LANGUAGE] = "language", [TITLE] = "title", [SLUG] = "slug"};

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

static enum status render(const struct request *request, struct buffer *out) {
    const struct petition *petition = request->petition;
    const struct petition_text *text = &petition->texts[0];
    const struct text values[NAMES] = {
        [LANGUAGE] = text->language, [TITLE] = text->title, [SLUG] = petition->slug};
    const struct template_names known = {.items = names, .count = NAMES};
    struct template *template;
    struct template_fault fault;
    enum status status =
        template_parse(text_of(page), known, fcgi_arena(request->fcgi), &template, &fault);
    if (status == ST_OK)
        template_render(template, TEMPLATE_HTML, values, out);
    return status;
}

void handle_embed(struct request *request) {
    struct buffer html, headers;
    if (!request->petition) {
        reply_unavailable(request, M_SHED_STOPPING);
        return;
    }
    buffer_init(&html, FRAME_MAX);
    buffer_init(&headers, HEADERS_MAX);
    buffer_add_string(&headers, caching);
    add_policy(&headers, request->petition);
    if (render(request, &html) != ST_OK || html.failed || headers.failed)
        reply_problem(request, PROBLEM_INTERNAL);
    else
        reply_html(request, 200, buffer_text(&html), buffer_text(&headers).data);
    buffer_done(&html);
    buffer_done(&headers);
}

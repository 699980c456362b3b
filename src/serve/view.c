/* "View here": a letter as anybody may read it, at /letter/SLUG/KIND/LANGUAGE. The same words and
 * looks as in the mail, from the petition alone: no name, no token, nothing of who got it. */
#include "core/language.h"
#include "core/letter.h"
#include "serve/handlers.h"
#include "serve/metrics.h"
#include "serve/reply.h"
#include "serve/worker.h"

/* Words and petition change rarely; whoever reads one letter may well open it again. */
static const char headers[] = "Cache-Control: public, max-age=60\r\n";

/* Behind "/letter/SLUG/". */
static bool read_path(const struct request *request, enum letter_kind *kind,
                      struct text *language) {
    struct text rest = request_param(request, "REQUEST_URI");
    struct text path = text_cut(&rest, '?');
    for (int skipped = 0; skipped < 3; skipped++)
        text_cut(&path, '/');
    *kind = letter_kind_find(text_cut(&path, '/'));
    *language = path;
    return *kind && path.data && language_tag_valid(path);
}

static enum status render(const struct request *request, enum letter_kind kind,
                          struct text language, struct letter_rendered *out) {
    const struct petition *petition = request->petition;
    const struct petition_text *text = petition_text_choose(petition, language, text_of(NULL));
    const struct letter_facts facts = {.kind = kind,
                                       .view = true,
                                       .language = language,
                                       .base_url = text_of(request->snapshot->settings->base_url),
                                       .slug = petition->slug,
                                       .title = text->title,
                                       .addressee = text->addressee,
                                       .organization_name = petition->organization_name,
                                       .organization_url = petition->organization_url,
                                       .privacy_url = petition->organization_privacy_url};
    return letter_render(views_letters(request->snapshot->views[VIEWS_LETTERS]), &facts, out);
}

void handle_letter(struct request *request) {
    enum letter_kind kind;
    struct text language;
    struct letter_rendered rendered;
    if (!request->petition) {
        reply_unavailable(request, M_SHED_STOPPING);
        return;
    }
    if (!request->snapshot->views[VIEWS_LETTERS] || !read_path(request, &kind, &language)) {
        reply_problem(request, PROBLEM_NOT_FOUND);
        return;
    }
    if (render(request, kind, language, &rendered) != ST_OK) {
        reply_problem(request, PROBLEM_INTERNAL);
        return;
    }
    reply_html(request, 200, buffer_text(&rendered.html), headers);
    letter_rendered_done(&rendered);
}

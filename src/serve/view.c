/* "View here": a letter as anybody may read it, at /letter/SLUG/KIND/LANGUAGE, and one to the list
 * at /letter/SLUG/list/NAME?lang=LANGUAGE. The same words and looks as in the mail, from the
 * petition alone: no name, no token, nothing of who got it. */
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
    struct text path = request_path_behind(request, 3);
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

/* --- to the list --- */

struct list_path {
    struct text name, language;
};

/* False: it is the path of another letter. */
static bool read_list_path(const struct request *request, struct list_path *out) {
    struct text path = request_path_behind(request, 3);
    struct text query = request_param(request, "QUERY_STRING");
    bool is_list = text_is(text_cut(&path, '/'), "list");
    bool named = text_starts(query, "lang=");
    out->name = path;
    out->language = text_span(named ? query.data + 5 : NULL, named ? query.len - 5 : 0);
    return is_list;
}

/* A draft is for who has it sent to be looked at. */
static void reply_list(struct request *request, const struct list_path *path) {
    struct letter_rendered rendered;
    const struct mailing *mailing = mailings_find_name(&request->snapshot->mailings, path->name);
    bool good = !path->language.data || language_tag_valid(path->language);
    if (!mailing || mailing->petition != request->petition->id || mailing->draft || !good) {
        reply_problem(request, PROBLEM_NOT_FOUND);
        return;
    }
    const struct mailing_reader reader = {
        .base_url = text_of(request->snapshot->settings->base_url),
        .locale = path->language,
        .counted = request->snapshot->settings->count_letter_links};
    if (mailing_render(views_letters(request->snapshot->views[VIEWS_LETTERS]), mailing,
                       request->petition, &reader, &rendered) != ST_OK) {
        reply_problem(request, PROBLEM_INTERNAL);
        return;
    }
    reply_html(request, 200, buffer_text(&rendered.html), headers);
    letter_rendered_done(&rendered);
}

void handle_letter(struct request *request) {
    enum letter_kind kind;
    struct text language;
    struct letter_rendered rendered;
    struct list_path list;
    if (!request->petition) {
        reply_unavailable(request, M_SHED_STOPPING);
        return;
    }
    if (request->snapshot->views[VIEWS_LETTERS] && read_list_path(request, &list)) {
        reply_list(request, &list);
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

/* A page says by which link of which letter to the list somebody came to it: counted as that, with
 * nobody's name (sql/migrations/0026_mailing_openings.sql). The answer is the same whether or not
 * there is such a letter. */
#include "core/letter.h"
#include "serve/body.h"
#include "serve/callers.h"
#include "serve/committer.h"
#include "serve/handlers.h"
#include "serve/metrics.h"
#include "serve/reply.h"
#include "serve/worker.h"

static enum problem read_opened(struct request *request, struct form_opened *form) {
    struct text body;
    enum problem problem = body_read(request, &body);
    if (problem != PROBLEM_NONE)
        return problem;
    enum status status =
        form_parse_opened(body, fcgi_arena(request->fcgi), form, &request->problems);
    problem = body_verdict(request, status);
    if (problem == PROBLEM_NONE && !letter_link_known(form->link))
        problem = body_refuse(request, "link");
    return problem;
}

static void fill(struct request *request, const struct form_opened *form) {
    struct opening_row *row = &request->work.write.row.opening;
    const struct mailing *mailing = mailings_find_name(&request->snapshot->mailings, form->letter);
    bool counts = mailing && mailing->petition == request->petition->id &&
                  request->snapshot->settings->count_letter_links;
    request->work.write.kind = WRITE_OPENED;
    row->mailing = counts ? mailing->id : 0;
    row->link = form->link; /* in the request's arena */
    callers_request_id(request, row->request_id);
}

void handle_opened(struct request *request) {
    struct form_opened form;
    if (!request->petition) {
        reply_unavailable(request, M_SHED_STOPPING);
        return;
    }
    enum problem problem = read_opened(request, &form);
    if (problem == PROBLEM_NONE)
        fill(request, &form);
    if (problem == PROBLEM_NONE && !callers_limit(request))
        problem = PROBLEM_INTERNAL;
    if (problem != PROBLEM_NONE)
        reply_problem(request, problem);
    else
        committer_put(request->worker->committer, request);
}

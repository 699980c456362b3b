/* What the holder of a letter's token wants of news: frequency and topics, or none at all. */
#include "core/json.h"
#include "serve/body.h"
#include "serve/handlers.h"
#include "serve/news_json.h"
#include "serve/reply.h"
#include "serve/tokens.h"
#include "serve/worker.h"

static void refuse_topics(struct request *request) {
    problems_add(&request->problems, fcgi_arena(request->fcgi), text_of("topics"), FIELD_FORMAT);
}

/* A topic is the tag of a petition that the public may see: what is stored is nothing that somebody
 * typed. */
static enum problem read_settings(struct request *request, struct settings_form *form) {
    struct text body;
    enum problem problem = body_read(request, &body);
    if (problem != PROBLEM_NONE)
        return problem;
    enum status status =
        form_parse_settings(body, fcgi_arena(request->fcgi), form, &request->problems);
    problem = body_verdict(request, status);
    for (size_t i = 0; problem == PROBLEM_NONE && i < form->topics_count; i++)
        if (!news_topic_known(request->snapshot, form->topics[i])) {
            refuse_topics(request);
            problem = PROBLEM_INVALID_FIELDS;
        }
    return problem;
}

void handle_subscription(struct request *request) {
    struct settings_form form;
    struct subscription_row *row = &request->work.write.row.subscription;
    enum problem problem = read_settings(request, &form);
    if (problem == PROBLEM_NONE) {
        row->frequency = form.frequency;
        row->topics = form.topics_json;
        row->news = arena_alloc(fcgi_arena(request->fcgi), SUBSCRIPTIONS_NEWS_MAX);
        problem = row->news ? PROBLEM_NONE : PROBLEM_INTERNAL;
    }
    if (problem != PROBLEM_NONE)
        reply_problem(request, problem);
    else
        tokens_hand_on(request, WRITE_SUBSCRIPTION, form.token, &row->token);
}

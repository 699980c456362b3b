/* What the holder of a letter's token wants of news: frequency and topics, or none at all; and that
 * they agree to them, which the token proves. */
#include <sodium.h>

#include "core/json.h"
#include "serve/body.h"
#include "serve/callers.h"
#include "serve/handlers.h"
#include "serve/news_json.h"
#include "serve/reply.h"
#include "serve/sealing.h"
#include "serve/tokens.h"
#include "serve/worker.h"

/* Proof is what was said, so it has to be one that was: version and language as they were served.
 * NULL: there are no such words. */
static const struct wording *words_of(const struct settings_form *form) {
    const struct wording *words =
        form->wording <= WORDING_VERSION ? wording_find((int)form->wording, form->language) : NULL;
    return words && text_is(form->language, words->language) ? words : NULL;
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
        if (!news_topic_known(request->snapshot, form->topics[i]))
            problem = body_refuse(request, "topics");
    if (problem == PROBLEM_NONE && form->wording && !words_of(form))
        problem = body_refuse(request, "wording");
    return problem;
}

/* An address that is never mailed is checked as any other, and nothing begins. */
static bool fill_opt_in(struct request *request, const struct settings_form *form,
                        struct subscription_row *row) {
    const struct sign_form *who = &form->who;
    blind_mailbox(request->worker->blind_keys, who->address.canonical, row->mailbox);
    callers_request_id(request, row->request_id);
    row->country = who->country;
    row->region = who->region;
    if (!sealing_subscriber(request, who, words_of(form), row->mailbox, &row->ask))
        return false;
    row->mailable = !blocklist_has(request->snapshot->blocklist, &who->address);
    return true;
}

static enum problem fill_settings(struct request *request, const struct settings_form *form,
                                  struct subscription_row *row) {
    row->frequency = form->frequency;
    row->topics = form->topics_json;
    row->news = arena_alloc(fcgi_arena(request->fcgi), SUBSCRIPTIONS_NEWS_MAX);
    bool filled = row->news && (!form->wording || fill_opt_in(request, form, row));
    return filled ? PROBLEM_NONE : PROBLEM_INTERNAL;
}

void handle_subscription(struct request *request) {
    struct settings_form form;
    struct text token = {NULL, 0};
    struct subscription_row *row = &request->work.write.row.subscription;
    enum problem problem = read_settings(request, &form);
    if (problem == PROBLEM_NONE && form.wording &&
        !sealing_ready(request, request->snapshot->subscriber_epoch)) {
        sodium_memzero(&form, sizeof form);
        return;
    }
    if (problem == PROBLEM_NONE) {
        token = form.token; /* in the request's arena */
        problem = fill_settings(request, &form, row);
    }
    sodium_memzero(&form, sizeof form);
    if (problem != PROBLEM_NONE)
        reply_problem(request, problem);
    else
        tokens_hand_on(request, WRITE_SUBSCRIPTION, token, &row->token);
}

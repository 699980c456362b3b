/* Signing: the form becomes a row whose personal part is sealed, and joins the next batch. */
#include <sodium.h>

#include "core/pass.h"
#include "core/wording.h"
#include "serve/body.h"
#include "serve/callers.h"
#include "serve/committer.h"
#include "serve/handlers.h"
#include "serve/reply.h"
#include "serve/sealing.h"
#include "serve/worker.h"

static bool fill_referral(const struct request *request, const struct sign_form *form,
                          struct sign_row *row) {
    return !form->referrer.data ||
           blind_referrer(request->worker->blind_keys, request->petition->index_key,
                          request->petition->id, form->referrer, &row->referral) == ST_OK;
}

static bool fill_sign(struct request *request, enum write_kind kind, const struct sign_form *form) {
    struct request_write *write = &request->work.write;
    struct sign_row *row = &write->row.sign;
    struct recipient recipient = {.given_name = form->given_name,
                                  .family_name = form->family_name,
                                  .locale = form->locale,
                                  .wording = form->subscribe ? WORDING_VERSION : 0};
    write->kind = kind;
    row->petition = request->petition->id;
    row->index_key = request->petition->index_key;
    row->text_version = (int32_t)form->text_version;
    row->country = form->country;
    row->region = form->region;
    struct sealing_identity who = {.address = &form->address, .email_hash = row->email_hash};
    callers_request_id(request, row->request_id);
    bool filled = fill_referral(request, form, row) && sealing_identity(request, &who) &&
                  sealing_signer(request, form, &who, row) && sealing_shown(request, form, row) &&
                  sealing_letter(request, &who, &recipient, &row->letter) &&
                  sealing_ask(request, form, row) && callers_limit(request);
    sodium_memzero(who.own_key, sizeof who.own_key);
    return filled;
}

static enum problem read_sign(struct request *request, struct sign_form *form) {
    struct text body;
    enum problem problem = body_read(request, &body);
    if (problem != PROBLEM_NONE)
        return problem;
    enum status status = form_parse_sign(body, &request->petition->fields,
                                         fcgi_arena(request->fcgi), form, &request->problems);
    problem = body_verdict(request, status);
    if (problem == PROBLEM_NONE && form->text_version &&
        form->text_version != request->petition->text_version)
        return PROBLEM_PETITION_CHANGED;
    return problem;
}

/* Whether the petition takes signatures now; answers when not. */
static bool is_open(struct request *request) {
    const struct petition *petition = request->petition;
    if (petition && snapshot_state(request->snapshot, petition) != PETITION_OPEN) {
        reply_problem(request, PROBLEM_PETITION_CLOSED);
        return false;
    }
    return sealing_ready(request,
                         petition ? snapshot_signer_epoch(request->snapshot, petition) : NULL);
}

/* `filled` false: out of memory or a broken installation. */
static void hand_on(struct request *request, enum problem problem, bool filled) {
    if (problem != PROBLEM_NONE)
        reply_problem(request, problem);
    else if (!filled)
        reply_problem(request, PROBLEM_INTERNAL);
    else
        committer_put(request->worker->committer, request);
}

void handle_sign(struct request *request) {
    struct sign_form form;
    if (!is_open(request))
        return;
    enum problem problem = read_sign(request, &form);
    bool filled = problem == PROBLEM_NONE && fill_sign(request, WRITE_SIGN, &form);
    sodium_memzero(&form, sizeof form);
    hand_on(request, problem, filled);
}

/* --- by the link of a letter --- */

/* Whose link it is. What it tells lies in `plain` until the form is sealed. */
struct link {
    const struct blind_keys *keys;
    uint8_t plain[PASS_PLAIN_MAX];
    struct pass pass;
};

static bool open_link(struct text token, struct form_reader *out, void *context) {
    struct link *link = context;
    uint8_t key[PASS_KEY];
    blind_links(link->keys, key);
    enum status status = pass_read(key, token, link->plain, &link->pass);
    sodium_memzero(key, sizeof key);
    if (status == ST_OK)
        *out =
            (struct form_reader){link->pass.email, link->pass.given_name, link->pass.family_name};
    return status == ST_OK;
}

static enum problem read_by_letter(struct request *request, struct link *link,
                                   struct sign_form *form) {
    struct text body;
    enum problem problem = body_read(request, &body);
    if (problem != PROBLEM_NONE)
        return problem;
    const struct form_by_letter how = {&request->petition->fields, open_link, link};
    enum status status =
        form_parse_by_letter(body, &how, fcgi_arena(request->fcgi), form, &request->problems);
    if (status == ST_FORBIDDEN)
        return PROBLEM_INVALID_TOKEN;
    problem = body_verdict(request, status);
    if (problem == PROBLEM_NONE && form->text_version &&
        form->text_version != request->petition->text_version)
        return PROBLEM_PETITION_CHANGED;
    return problem;
}

/* A link whose mailbox is not its address' is a test's (`countersign letter test`). */
static enum problem fill_by_letter(struct request *request, const struct link *link,
                                   const struct sign_form *form) {
    struct sign_row *row = &request->work.write.row.sign;
    if (!fill_sign(request, WRITE_SIGN_BY_LETTER, form))
        return PROBLEM_INTERNAL;
    row->mailing = link->pass.mailing;
    row->mailing_subject = link->pass.subject;
    return sodium_memcmp(row->letter.mailbox, link->pass.mailbox, PASS_MAILBOX) == 0
               ? PROBLEM_NONE
               : PROBLEM_INVALID_TOKEN;
}

void handle_sign_by_letter(struct request *request) {
    struct sign_form form;
    struct link link = {.keys = request->worker->blind_keys};
    if (!is_open(request))
        return;
    enum problem problem = read_by_letter(request, &link, &form);
    if (problem == PROBLEM_NONE)
        problem = fill_by_letter(request, &link, &form);
    sodium_memzero(&form, sizeof form);
    sodium_memzero(&link, sizeof link);
    hand_on(request, problem, true);
}

static enum problem read_resend(struct request *request, struct address *address) {
    struct text body;
    enum problem problem = body_read(request, &body);
    if (problem != PROBLEM_NONE)
        return problem;
    enum status status =
        form_parse_email(body, fcgi_arena(request->fcgi), address, &request->problems);
    return body_verdict(request, status);
}

static bool fill_resend(struct request *request, enum resend_kind kind,
                        const struct address *address) {
    struct request_write *write = &request->work.write;
    struct resend_row *row = &write->row.resend;
    struct recipient recipient = {.email = {NULL, 0}};
    write->kind = WRITE_RESEND;
    row->kind = kind;
    row->petition = request->petition->id;
    struct sealing_identity who = {.address = address, .email_hash = row->email_hash};
    callers_request_id(request, row->request_id);
    bool filled = sealing_identity(request, &who) &&
                  sealing_letter(request, &who, &recipient, &row->letter) && callers_limit(request);
    sodium_memzero(who.own_key, sizeof who.own_key);
    return filled;
}

static void handle_request_of(struct request *request, enum resend_kind kind) {
    struct address address;
    if (!sealing_ready(request, request->petition ? request->snapshot->letter_epoch : NULL))
        return;
    enum problem problem = read_resend(request, &address);
    bool filled = problem == PROBLEM_NONE && fill_resend(request, kind, &address);
    sodium_memzero(&address, sizeof address);
    hand_on(request, problem, filled);
}

/* Closed petitions too: what was signed before may be confirmed for a while after. */
void handle_resend(struct request *request) {
    handle_request_of(request, RESEND_CONFIRM);
}

/* Withdrawn ones too: what is held can be seen and erased as long as it is held. */
void handle_page_request(struct request *request) {
    handle_request_of(request, RESEND_PAGE);
}

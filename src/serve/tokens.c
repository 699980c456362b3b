/* What a letter's link may do: confirm, withdraw, "this was not me", see, correct or erase what is
 * held. Any bad token gets one and the same answer. */
#include <sodium.h>
#include <string.h>

#include "core/mailing.h"
#include "core/verp.h"
#include "serve/body.h"
#include "serve/callers.h"
#include "serve/committer.h"
#include "serve/handlers.h"
#include "serve/reply.h"
#include "serve/sealing.h"
#include "serve/tokens.h"
#include "serve/worker.h"

_Static_assert((int)MAILING_MAILBOX == (int)VERP_HASH, "either key is half a hash");

static enum problem read_token(struct request *request, struct text *token) {
    struct text body;
    enum problem problem = body_read(request, &body);
    if (problem != PROBLEM_NONE)
        return problem;
    enum status status =
        form_parse_token(body, fcgi_arena(request->fcgi), token, &request->problems);
    return body_verdict(request, status);
}

/* One that cannot be ours is counted against the caller as well: it goes the same way, under a key
 * that nothing has. */
static void fill_key(struct text token, struct token_key *key) {
    struct verp_key half;
    if (mailing_key_parse(token, &half.bucket, half.hash) || verp_key_parse(token, &half)) {
        /* Of a letter to the list, or what another one is left with, which is no way back to its
         * token: the database knows both by the zeros, and lets them unsubscribe. */
        key->bucket = half.bucket;
        memcpy(key->hash, half.hash, VERP_HASH);
        memset(key->hash + VERP_HASH, 0, sizeof key->hash - VERP_HASH);
    } else if (!token_parse(token, key)) {
        key->bucket = 0;
        randombytes_buf(key->hash, sizeof key->hash);
    }
}

void tokens_hand_on(struct request *request, enum write_kind kind, struct text token,
                    struct token_key *key) {
    request->work.write.kind = kind;
    fill_key(token, key);
    if (callers_limit(request))
        committer_put(request->worker->committer, request);
    else
        reply_problem(request, PROBLEM_INTERNAL);
}

static void handle_token(struct request *request, enum write_kind kind) {
    struct text token;
    enum problem problem = read_token(request, &token);
    if (problem != PROBLEM_NONE)
        reply_problem(request, problem);
    else
        tokens_hand_on(request, kind, token, &request->work.write.row.token.token);
}

void handle_confirm(struct request *request) {
    handle_token(request, WRITE_CONFIRM);
}

void handle_withdraw(struct request *request) {
    handle_token(request, WRITE_WITHDRAW);
}

void handle_disavow(struct request *request) {
    handle_token(request, WRITE_DISAVOW);
}

void handle_erase(struct request *request) {
    handle_token(request, WRITE_ERASE);
}

void handle_own(struct request *request) {
    struct text token;
    struct own_row *row = &request->work.write.row.own;
    enum problem problem = read_token(request, &token);
    if (problem == PROBLEM_NONE) {
        row->sealed = arena_alloc(fcgi_arena(request->fcgi), OWN_SEALED_MAX);
        row->news = arena_alloc(fcgi_arena(request->fcgi), OWN_NEWS_MAX);
        problem = row->sealed && row->news ? PROBLEM_NONE : PROBLEM_INTERNAL;
    }
    if (problem != PROBLEM_NONE)
        reply_problem(request, problem);
    else
        tokens_hand_on(request, WRITE_OWN, token, &row->token);
}

/* As in signing, but for the version: it is not today's, but the one that was signed. */
static enum problem read_correction(struct request *request, struct sign_form *form) {
    struct text body;
    enum problem problem = body_read(request, &body);
    if (problem != PROBLEM_NONE)
        return problem;
    enum status status = form_parse_correction(body, &request->petition->fields,
                                               fcgi_arena(request->fcgi), form, &request->problems);
    return body_verdict(request, status);
}

static bool fill_correction(struct request *request, const struct sign_form *form) {
    struct sign_row *row = &request->work.write.row.correct.row;
    struct sealing_identity who = {.address = &form->address, .email_hash = row->email_hash};
    row->petition = request->petition->id;
    row->text_version = (int32_t)form->text_version;
    row->country = form->country;
    row->region = form->region;
    callers_request_id(request, row->request_id);
    bool filled = sealing_identity(request, &who) && sealing_signer(request, form, &who, row) &&
                  sealing_shown(request, form, row);
    sodium_memzero(who.own_key, sizeof who.own_key);
    return filled;
}

void handle_correct(struct request *request) {
    struct sign_form form;
    const struct petition *petition = request->petition;
    if (!sealing_ready(request,
                       petition ? snapshot_signer_epoch(request->snapshot, petition) : NULL))
        return;
    struct text token = {NULL, 0};
    enum problem problem = read_correction(request, &form);
    if (problem == PROBLEM_NONE) {
        token = form.token; /* in the request's arena */
        problem = fill_correction(request, &form) ? PROBLEM_NONE : PROBLEM_INTERNAL;
    }
    sodium_memzero(&form, sizeof form);
    if (problem != PROBLEM_NONE)
        reply_problem(request, problem);
    else
        tokens_hand_on(request, WRITE_CORRECT, token, &request->work.write.row.correct.token);
}

/* As mail clients send it (RFC 8058): a form, which says nothing that the address does not say. A
 * browser tells of itself that it is one. */
void handle_unsubscribe(struct request *request) {
    struct text token = request_path_behind(request, 2); /* "/u/" */
    struct token_row *row = &request->work.write.row.token;
    row->why = request_param(request, "HTTP_SEC_FETCH_SITE").data ? "page" : "client";
    tokens_hand_on(request, WRITE_UNSUBSCRIBE, token, &row->token);
}

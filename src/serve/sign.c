/* Signing: the form becomes a row whose personal part is sealed, and joins the next batch. */
#include <sodium.h>
#include <string.h>

#include "base/encode.h"
#include "base/log.h"
#include "core/envelope.h"
#include "serve/body.h"
#include "serve/callers.h"
#include "serve/committer.h"
#include "serve/handlers.h"
#include "serve/metrics.h"
#include "serve/reply.h"
#include "serve/worker.h"

struct plain {
    uint8_t bytes[ENVELOPE_MAX];
    size_t len;
};

/* Who the address is, in the three forms that we keep or hand on. */
struct identity {
    const struct address *address;
    uint8_t *email_hash;             /* the blind index; lies in the row */
    uint8_t own_key[BLIND_OWN_SIZE]; /* a secret */
};

/* Seals into the request's arena, and wipes what it has sealed. `own_key` NULL: a row that its
 * signer does not open. */
static bool seal(struct request *request, struct keyring_epoch *epoch, const uint8_t *email_hash,
                 const uint8_t *own_key, struct plain *plain, struct sealed *out) {
    struct seal_context context = {request->petition->id, email_hash};
    size_t len = plain->len, size = len + (own_key ? SEAL_OWN_OVERHEAD : SEAL_OVERHEAD);
    uint8_t *data = arena_alloc(fcgi_arena(request->fcgi), size);
    enum status status = ST_FAULT;
    if (data && own_key)
        status = seal_own_row(epoch->epoch, &context, own_key, plain->bytes, len, data);
    else if (data)
        status = seal_row(epoch->epoch, &context, plain->bytes, len, data);
    sodium_memzero(plain->bytes, len);
    if (status != ST_OK)
        return false;
    keyring_epoch_use(epoch);
    *out = (struct sealed){epoch_id(epoch->epoch), data, size};
    return true;
}

/* The mailer's copy, with a token that nobody else will ever see. */
static bool fill_letter(struct request *request, const struct identity *who,
                        struct recipient *recipient, struct letter_row *letter) {
    const struct address *address = who->address;
    struct plain plain;
    char token[TOKEN_TEXT + 1], own_key[ENCODE_BASE64_SIZE(BLIND_OWN_SIZE)];
    token_new(token, &letter->token);
    encode_base64url(own_key, who->own_key, sizeof who->own_key);
    recipient->email = text_of(address->mail);
    recipient->token = text_of(token);
    recipient->own_key = text_of(own_key);
    bool done = envelope_put_recipient(recipient, plain.bytes, &plain.len) == ST_OK &&
                seal(request, request->snapshot->letter_epoch, who->email_hash, NULL, &plain,
                     &letter->sealed);
    sodium_memzero(token, sizeof token);
    sodium_memzero(own_key, sizeof own_key);
    blind_mailbox(request->worker->blind_keys, address->canonical, letter->mailbox);
    letter->mailable = !blocklist_has(request->snapshot->blocklist, address);
    return done;
}

static bool fill_signer(struct request *request, const struct sign_form *form,
                        const struct identity *who, struct sign_row *row) {
    struct plain plain;
    struct signer signer = {.email = text_of(form->address.mail),
                            .given_name = form->given_name,
                            .family_name = form->family_name,
                            .country = form->country,
                            .region = form->region,
                            .locality = form->locality,
                            .postal_code = form->postal_code,
                            .comment = form->comment,
                            .source = form->source,
                            .referrer = form->referrer,
                            .locale = form->locale,
                            .show_name = form->show_name,
                            .subscribe = form->subscribe,
                            .text_version = form->text_version ? form->text_version
                                                               : request->petition->text_version};
    struct keyring_epoch *epoch = snapshot_signer_epoch(request->snapshot, request->petition);
    return envelope_put_signer(&signer, plain.bytes, &plain.len) == ST_OK &&
           seal(request, epoch, who->email_hash, who->own_key, &plain, &row->sealed);
}

/* "Ada Lovelace", as the public will read it. */
static bool fill_shown(struct request *request, const struct sign_form *form,
                       struct sign_row *row) {
    if (!form->show_name)
        return true;
    struct text given = form->given_name, family = form->family_name;
    size_t len = given.len + (family.data ? 1 + family.len : 0);
    char *name = arena_alloc(fcgi_arena(request->fcgi), len + 1);
    if (!name)
        return false;
    memcpy(name, given.data, given.len);
    if (family.data) {
        name[given.len] = ' ';
        memcpy(name + given.len + 1, family.data, family.len);
    }
    row->shown_name = text_span(name, len);
    row->shown_place = form->locality;
    row->shown_comment = form->comment;
    return true;
}

/* The blind index finds a second signature of one address; without its key nothing can be signed.
 */
static bool fill_identity(const struct request *request, struct identity *who) {
    const struct petition *petition = request->petition;
    const struct blind_keys *keys = request->worker->blind_keys;
    const char *canonical = who->address->canonical;
    int number = petition->index_key;
    if (blind_email(keys, number, petition->id, canonical, who->email_hash) == ST_OK &&
        blind_own(keys, number, petition->id, canonical, who->own_key) == ST_OK)
        return true;
    log_event(LOG_ERROR, "index_key_missing", LOG_INT("number", petition->index_key),
              LOG_STR("do", "add this key to index_key_file"));
    return false;
}

static bool fill_sign(struct request *request, const struct sign_form *form) {
    struct request_write *write = &request->work.write;
    struct sign_row *row = &write->row.sign;
    struct recipient recipient = {
        .given_name = form->given_name, .family_name = form->family_name, .locale = form->locale};
    write->kind = WRITE_SIGN;
    row->petition = request->petition->id;
    row->index_key = request->petition->index_key;
    row->text_version = (int32_t)form->text_version;
    row->country = form->country;
    row->region = form->region;
    struct identity who = {.address = &form->address, .email_hash = row->email_hash};
    callers_request_id(request, row->request_id);
    bool filled = fill_identity(request, &who) && fill_signer(request, form, &who, row) &&
                  fill_shown(request, form, row) &&
                  fill_letter(request, &who, &recipient, &row->letter) && callers_limit(request);
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

/* Whether keys are there to seal under, and room in the queue; answers when not. committer_put
 * would find the queue full too, but only after the work of reading and sealing, and under a
 * surplus that is what those who are served then lack. */
static bool is_ready(struct request *request, const struct keyring_epoch *epoch) {
    if (!epoch || !request->snapshot->letter_epoch)
        reply_unavailable(request, M_SHED_STOPPING);
    else if (committer_fill_percent(request->worker->committer) >= 100)
        reply_unavailable(request, M_SHED_QUEUE_FULL);
    else
        return true;
    return false;
}

/* Whether the petition takes signatures now; answers when not. */
static bool is_open(struct request *request) {
    const struct petition *petition = request->petition;
    if (petition && snapshot_state(request->snapshot, petition) != PETITION_OPEN) {
        reply_problem(request, PROBLEM_PETITION_CLOSED);
        return false;
    }
    return is_ready(request, petition ? snapshot_signer_epoch(request->snapshot, petition) : NULL);
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
    bool filled = problem == PROBLEM_NONE && fill_sign(request, &form);
    sodium_memzero(&form, sizeof form);
    hand_on(request, problem, filled);
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

static bool fill_resend(struct request *request, const struct address *address) {
    struct request_write *write = &request->work.write;
    struct resend_row *row = &write->row.resend;
    struct recipient recipient = {.email = {NULL, 0}};
    write->kind = WRITE_RESEND;
    row->petition = request->petition->id;
    struct identity who = {.address = address, .email_hash = row->email_hash};
    callers_request_id(request, row->request_id);
    bool filled = fill_identity(request, &who) &&
                  fill_letter(request, &who, &recipient, &row->letter) && callers_limit(request);
    sodium_memzero(who.own_key, sizeof who.own_key);
    return filled;
}

/* Closed petitions too: what was signed before may be confirmed for a while after. */
void handle_resend(struct request *request) {
    struct address address;
    if (!is_ready(request, request->petition ? request->snapshot->letter_epoch : NULL))
        return;
    enum problem problem = read_resend(request, &address);
    bool filled = problem == PROBLEM_NONE && fill_resend(request, &address);
    sodium_memzero(&address, sizeof address);
    hand_on(request, problem, filled);
}

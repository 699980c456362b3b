#include "serve/sealing.h"

#include <sodium.h>
#include <stdatomic.h>
#include <string.h>

#include "base/encode.h"
#include "base/log.h"
#include "serve/committer.h"
#include "serve/database.h"
#include "serve/metrics.h"
#include "serve/reply.h"
#include "serve/worker.h"

struct plain {
    uint8_t bytes[ENVELOPE_MAX];
    size_t len;
};

struct under {
    struct keyring_epoch *epoch;
    struct seal_context context;
    const uint8_t *own_key; /* NULL: a row that its signer does not open */
};

/* Seals into the request's arena, and wipes what it has sealed. */
static bool seal(struct request *request, struct under under, struct plain *plain,
                 struct sealed *out) {
    struct epoch *epoch = under.epoch->epoch;
    size_t len = plain->len, size = len + (under.own_key ? SEAL_OWN_OVERHEAD : SEAL_OVERHEAD);
    uint8_t *data = arena_alloc(fcgi_arena(request->fcgi), size);
    enum status status = ST_FAULT;
    if (data && under.own_key)
        status = seal_own_row(epoch, &under.context, under.own_key, plain->bytes, len, data);
    else if (data)
        status = seal_row(epoch, &under.context, plain->bytes, len, data);
    sodium_memzero(plain->bytes, len);
    if (status != ST_OK)
        return false;
    keyring_epoch_use(under.epoch);
    *out = (struct sealed){epoch_id(epoch), data, size};
    return true;
}

static struct seal_context context_of(const struct request *request,
                                      const struct sealing_identity *who) {
    return (struct seal_context){request->petition->id, who->email_hash};
}

bool sealing_letter(struct request *request, const struct sealing_identity *who,
                    struct recipient *recipient, struct letter_row *letter) {
    const struct address *address = who->address;
    struct plain plain;
    char token[TOKEN_TEXT + 1], own_key[ENCODE_BASE64_SIZE(BLIND_OWN_SIZE)];
    token_new(token, &letter->token, database_now_ms(request->worker));
    encode_base64url(own_key, who->own_key, sizeof who->own_key);
    recipient->email = text_of(address->mail);
    recipient->token = text_of(token);
    recipient->own_key = text_of(own_key);
    bool done =
        envelope_put_recipient(recipient, plain.bytes, &plain.len) == ST_OK &&
        seal(request,
             (struct under){request->snapshot->letter_epoch, context_of(request, who), NULL},
             &plain, &letter->sealed);
    sodium_memzero(token, sizeof token);
    sodium_memzero(own_key, sizeof own_key);
    blind_mailbox(request->worker->blind_keys, address->canonical, letter->mailbox);
    letter->mailable = !blocklist_has(request->snapshot->blocklist, address);
    return done;
}

bool sealing_signer(struct request *request, const struct sign_form *form,
                    const struct sealing_identity *who, struct sign_row *row) {
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
           seal(request, (struct under){epoch, context_of(request, who), who->own_key}, &plain,
                &row->sealed);
}

bool sealing_subscriber(struct request *request, const struct sign_form *form,
                        const struct wording *wording, const uint8_t *mailbox,
                        struct ask_row *out) {
    struct plain plain;
    struct recipient subscriber = {.email = text_of(form->address.mail),
                                   .given_name = form->given_name,
                                   .family_name = form->family_name,
                                   .locale = form->locale};
    out->wording = wording->version;
    out->language = text_of(wording->language);
    out->locale = form->locale;
    return envelope_put_recipient(&subscriber, plain.bytes, &plain.len) == ST_OK &&
           seal(request, (struct under){request->snapshot->subscriber_epoch, {0, mailbox}, NULL},
                &plain, &out->sealed);
}

bool sealing_ask(struct request *request, const struct sign_form *form, struct sign_row *row) {
    if (!form->subscribe)
        return true;
    struct text shown =
        petition_text_choose(request->petition, form->locale, text_of(NULL))->language;
    return sealing_subscriber(request, form, wording_find(WORDING_VERSION, shown),
                              row->letter.mailbox, &row->ask);
}

bool sealing_shown(struct request *request, const struct sign_form *form, struct sign_row *row) {
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

/* Every request of that petition would say it. */
static void tell_once(int number) {
    static atomic_int told;
    if (atomic_exchange(&told, number) != number)
        log_event(LOG_ERROR, "index_key_missing", LOG_INT("number", number),
                  LOG_STR("do", "add this key to index_key_file, then restart this worker"));
}

bool sealing_identity(const struct request *request, struct sealing_identity *who) {
    const struct petition *petition = request->petition;
    const struct blind_keys *keys = request->worker->blind_keys;
    const char *canonical = who->address->canonical;
    int number = petition->index_key;
    if (blind_email(keys, number, petition->id, canonical, who->email_hash) == ST_OK &&
        blind_own(keys, number, petition->id, canonical, who->own_key) == ST_OK)
        return true;
    tell_once(number);
    return false;
}

bool sealing_ready(struct request *request, const struct keyring_epoch *epoch) {
    if (!epoch || !request->snapshot->letter_epoch)
        reply_unavailable(request, M_SHED_STOPPING);
    else if (committer_fill_percent(request->worker->committer) >= 100)
        reply_unavailable(request, M_SHED_QUEUE_FULL);
    else
        return true;
    return false;
}

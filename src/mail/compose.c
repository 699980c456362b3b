#include "mail/compose.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "core/pass.h"
#include "core/weburl.h"
#include "core/wording.h"
#include "link/mime.h"

enum { KEY_BYTES = 2 + TOKEN_HASH, WORDS_MAX = 600, DAY_S = 86400, BUCKETS = 65536 };

/* Headers that are made here. */
struct words {
    char message_id[WORDS_MAX], feedback_id[WORDS_MAX], list_id[WORDS_MAX];
    char leave[VERP_KEY_TEXT + 1], unsubscribe_url[WORDS_MAX], unsubscribe_mailto[WORDS_MAX];
    bool asks;       /* for a click: there is nothing to unsubscribe from */
    bool has_sender; /* a letter to the list that says who it is from */
    int64_t date_s;
};

int64_t compose_date_s(const struct outbox_letter *letter, int64_t now_s) {
    int64_t minute = now_s / 60;
    int64_t age = (minute - letter->key.bucket) & (BUCKETS - 1);
    /* A clock that is ahead of ours made it, or ours has jumped back. */
    if (age > BUCKETS - DAY_S / 60)
        age = 0;
    int64_t made_s = (minute - age) * 60;
    return letter->kind == OUTBOX_REMINDER ? made_s + (now_s - made_s) / DAY_S * DAY_S : made_s;
}

static void put_message_id(const struct setup *setup, const struct outbox_letter *letter,
                           char *out) {
    uint8_t key[KEY_BYTES], tag[KEYPAIR_TAG];
    char hex[ENCODE_HEX_SIZE(KEYPAIR_TAG)];
    key[0] = (uint8_t)(letter->key.bucket >> 8);
    key[1] = (uint8_t)letter->key.bucket;
    memcpy(key + 2, letter->key.hash, TOKEN_HASH);
    const char *use = letter->kind == OUTBOX_REMINDER ? "message-id of reminder"
                      : letter->kind == OUTBOX_LIST   ? "message-id to the list"
                                                      : "message-id";
    keypair_tag(setup->pair, use, key, sizeof key, tag);
    encode_hex(hex, tag, sizeof tag);
    snprintf(out, WORDS_MAX, "%s@%.*s", hex, (int)setup->return_domain.len,
             setup->return_domain.data);
}

static bool put_words(const struct setup *setup, const struct letter_facts *facts,
                      const struct outbox_letter *letter, struct words *out) {
    char verp[VERP_MAX];
    struct verp_key leave = {.bucket = letter->key.bucket};
    struct text host = weburl_host(text_of(setup->settings.base_url));
    put_message_id(setup, letter, out->message_id);
    snprintf(out->feedback_id, WORDS_MAX, "%s:%.*s:countersign", letter_kind_name(facts->kind),
             (int)facts->slug.len, facts->slug.data);
    snprintf(out->list_id, WORDS_MAX, "%.*s.%.*s", (int)facts->slug.len, facts->slug.data,
             (int)host.len, host.data);
    if (!verp_write(VERP_UNSUBSCRIBE, letter->key.bucket, letter->key.hash, setup->return_domain,
                    verp))
        return false;
    snprintf(out->unsubscribe_mailto, WORDS_MAX, "%s", verp);
    memcpy(leave.hash, letter->key.hash, VERP_HASH);
    verp_key_text(&leave, out->leave);
    int len =
        snprintf(out->unsubscribe_url, WORDS_MAX, "%s/u/%s", setup->settings.base_url, out->leave);
    return len > 0 && len < WORDS_MAX;
}

static void put_facts(const struct setup *setup, const struct petition *petition,
                      const struct outbox_letter *letter, const struct recipient *recipient,
                      struct letter_facts *out) {
    const struct petition_text *text =
        petition_text_choose(petition, recipient->locale, text_of(NULL));
    *out = (struct letter_facts){.kind = (enum letter_kind)letter->kind,
                                 .language =
                                     recipient->locale.data ? recipient->locale : text->language,
                                 .base_url = text_of(setup->settings.base_url),
                                 .slug = petition->slug,
                                 .title = text->title,
                                 .addressee = text->addressee,
                                 .organization_name = petition->organization_name,
                                 .organization_url = petition->organization_url,
                                 .privacy_url = petition->organization_privacy_url,
                                 .given_name = recipient->given_name,
                                 .family_name = recipient->family_name,
                                 .token = recipient->token,
                                 .own_key = recipient->own_key};
}

/* What was ticked to get news, as the page said it; absent where nothing was. */
static void put_wording(const struct petition *petition, const struct recipient *recipient,
                        struct buffer *words, struct letter_facts *facts) {
    const struct wording *wording = recipient->wording > 0 && recipient->wording <= WORDING_VERSION
                                        ? wording_find((int)recipient->wording, facts->language)
                                        : NULL;
    if (!wording)
        return;
    wording_add(words, wording, petition->organization_name);
    facts->subscribe = buffer_text(words);
}

static enum status write_mime(const struct setup *setup, const struct letter_rendered *rendered,
                              const struct words *words, struct composed *out) {
    const struct mime_letter mime = {
        .from_name = setup->settings.mail_from_name && !words->has_sender
                         ? text_of(setup->settings.mail_from_name)
                         : buffer_text(&rendered->sender),
        .from_address = text_of(setup->settings.mail_from),
        .to = text_of(out->to),
        .subject = buffer_text(&rendered->subject),
        .text = buffer_text(&rendered->text),
        .html = buffer_text(&rendered->html),
        .language = rendered->language,
        .message_id = text_of(words->message_id),
        .date_s = words->date_s,
        .feedback_id = text_of(words->feedback_id),
        .list_id = text_of(words->list_id),
        .list_unsubscribe_url = text_of(words->asks ? NULL : words->unsubscribe_url),
        .list_unsubscribe_mailto = text_of(words->asks ? NULL : words->unsubscribe_mailto)};
    return mime_write(&mime, &out->data);
}

static enum status write_letter(const struct setup *setup, const struct letter_facts *facts,
                                const struct words *words, struct composed *out) {
    struct letter_rendered rendered;
    enum status status = letter_render(setup->letters, facts, &rendered);
    if (status != ST_OK)
        return status;
    status = write_mime(setup, &rendered, words, out);
    letter_rendered_done(&rendered);
    return status;
}

static bool put_address(struct text to, char out[COMPOSE_ADDRESS]) {
    if (to.len >= COMPOSE_ADDRESS || !mime_address_valid(to))
        return false;
    memcpy(out, to.data, to.len);
    out[to.len] = '\0';
    return true;
}

/* All that a letter is made of. NOLINTNEXTLINE(readability-function-size) */
enum status compose_letter(const struct setup *setup, const struct petition *petition,
                           const struct outbox_letter *letter, const struct recipient *recipient,
                           int64_t now_s, struct composed *out) {
    struct letter_facts facts;
    struct words words;
    struct buffer wording;
    if (!recipient->token.data || !put_address(recipient->email, out->to))
        return ST_INVALID;
    put_facts(setup, petition, letter, recipient, &facts);
    if (!verp_write(VERP_BOUNCE, letter->key.bucket, letter->key.hash, setup->return_domain,
                    out->from) ||
        !put_words(setup, &facts, letter, &words))
        return ST_FAULT;
    buffer_init(&out->data, MIME_MAX);
    buffer_init(&wording, MIME_MAX);
    facts.leave = text_of(words.leave);
    words.asks = letter_asks(facts.kind);
    words.has_sender = false;
    words.date_s = compose_date_s(letter, now_s);
    put_wording(petition, recipient, &wording, &facts);
    enum status status = wording.failed ? ST_FAULT : write_letter(setup, &facts, &words, out);
    buffer_done(&wording);
    sodium_memzero(&words, sizeof words);
    if (status != ST_OK)
        composed_done(out);
    /* Its address is good, so what is wrong is in files, configuration or petition. */
    return status == ST_INVALID ? ST_FAULT : status;
}

/* --- to the list --- */

static bool put_list_words(const struct setup *setup, const struct mailing *mailing,
                           const struct outbox_letter *letter, const char *key, struct words *out) {
    char verp[VERP_MAX];
    struct text host = weburl_host(text_of(setup->settings.base_url));
    put_message_id(setup, letter, out->message_id);
    snprintf(out->feedback_id, WORDS_MAX, "%.*s:list:countersign", (int)mailing->name.len,
             mailing->name.data);
    snprintf(out->list_id, WORDS_MAX, "news.%.*s", (int)host.len, host.data);
    if (!verp_write(VERP_UNSUBSCRIBE, letter->key.bucket, letter->key.hash, setup->return_domain,
                    verp))
        return false;
    snprintf(out->unsubscribe_mailto, WORDS_MAX, "%s", verp);
    int len = snprintf(out->unsubscribe_url, WORDS_MAX, "%s/u/%s", setup->settings.base_url, key);
    return len > 0 && len < WORDS_MAX;
}

/* What the button knows of its reader; empty where it cannot be known: then it leads to the plain
 * page. `out`: PASS_TEXT_MAX + 1 bytes. */
static void put_pass(const struct setup *setup, const struct mailing *mailing,
                     const struct outbox_letter *letter, const struct recipient *recipient,
                     char *out) {
    uint8_t key[PASS_KEY];
    struct pass pass = {.mailing = letter->key.bucket,
                        .subject = letter->subject,
                        .email = recipient->email,
                        .given_name = recipient->given_name,
                        .family_name = recipient->family_name};
    memcpy(pass.mailbox, letter->key.hash, PASS_MAILBOX);
    out[0] = '\0';
    if (mailing->link_box.len != SEAL_EPOCH_BOX ||
        unseal_one_key(setup->pair, (const uint8_t *)mailing->link_box.data, key) != ST_OK)
        return;
    if (pass_write(key, &pass, out) != ST_OK)
        out[0] = '\0';
    sodium_memzero(key, sizeof key);
}

/* Likewise. NOLINTNEXTLINE(readability-function-size) */
enum status compose_mailing(const struct setup *setup, const struct mailing *mailing,
                            const struct petition *petition, const struct outbox_letter *letter,
                            const struct recipient *recipient, struct composed *out) {
    char key[MAILING_KEY_TEXT + 1], pass[PASS_TEXT_MAX + 1];
    struct letter_rendered rendered;
    struct words words;
    mailing_key_text(letter->key.bucket, letter->key.hash, key);
    put_pass(setup, mailing, letter, recipient, pass);
    const struct mailing_reader reader = {.base_url = text_of(setup->settings.base_url),
                                          .locale = recipient->locale,
                                          .subject = letter->subject,
                                          .given_name = recipient->given_name,
                                          .family_name = recipient->family_name,
                                          .token = text_of(key),
                                          .sign_token = text_of(pass),
                                          .counted = setup->settings.count_letter_links};
    if (!put_address(recipient->email, out->to))
        return ST_INVALID;
    if (!verp_write(VERP_BOUNCE, letter->key.bucket, letter->key.hash, setup->return_domain,
                    out->from) ||
        !put_list_words(setup, mailing, letter, key, &words))
        return ST_FAULT;
    buffer_init(&out->data, MIME_MAX);
    enum status status = mailing_render(setup->letters, mailing, petition, &reader, &rendered);
    if (status == ST_OK) {
        words.asks = false;
        words.has_sender = mailing->sender.len > 0;
        words.date_s = letter->first_s;
        status = write_mime(setup, &rendered, &words, out);
        letter_rendered_done(&rendered);
    }
    sodium_memzero(&words, sizeof words);
    sodium_memzero(pass, sizeof pass);
    if (status != ST_OK)
        composed_done(out);
    /* Likewise. */
    return status == ST_INVALID ? ST_FAULT : status;
}

void composed_done(struct composed *composed) {
    buffer_done(&composed->data);
    sodium_memzero(composed, sizeof *composed);
}

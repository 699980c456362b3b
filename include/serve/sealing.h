/* sealing: what somebody typed becomes rows whose personal part is sealed. On I/O threads.
 *
 * Each fills from the request's arena, wipes the plain text that it has sealed, and is false when
 * out of memory or when the installation is broken. */
#ifndef SERVE_SEALING_H
#define SERVE_SEALING_H

#include "core/envelope.h"
#include "core/form.h"
#include "core/wording.h"
#include "serve/request.h"

/* Who the address is, in the three forms that we keep or hand on. */
struct sealing_identity {
    const struct address *address;
    uint8_t *email_hash;             /* the blind index; lies in the row */
    uint8_t own_key[BLIND_OWN_SIZE]; /* a secret: wipe it */
};

/* Whether there are keys to seal under, and room in the queue; answers when not. committer_put
 * would find the queue full too, but only after the work of reading and sealing, and under a
 * surplus that is what those who are served then lack. `epoch`: NULL when there is none. */
bool sealing_ready(struct request *request, const struct keyring_epoch *epoch);
/* The blind index finds a second signature of one address; without its key nothing can be signed.
 */
bool sealing_identity(const struct request *request, struct sealing_identity *who);
/* The organiser's copy, into row->sealed. */
bool sealing_signer(struct request *request, const struct sign_form *form,
                    const struct sealing_identity *who, struct sign_row *row);
/* "Ada Lovelace", as the public will read it; nothing where the signer does not wish it. */
bool sealing_shown(struct request *request, const struct sign_form *form, struct sign_row *row);
/* The mailer's copy, with a token that nobody else will ever see. `recipient` has name and
 * language; the rest of it is set here. */
bool sealing_letter(struct request *request, const struct sealing_identity *who,
                    struct recipient *recipient, struct letter_row *letter);
/* Whoever asks for news is sealed once more, for the mailers, bound to the mailbox alone, since it
 * outlives the signature; nothing where they do not. The words are those that the page shows in
 * that language. After sealing_letter, which makes the mailbox. */
bool sealing_ask(struct request *request, const struct sign_form *form, struct sign_row *row);
/* The same where the words that were shown are known. */
bool sealing_subscriber(struct request *request, const struct sign_form *form,
                        const struct wording *wording, const uint8_t *mailbox, struct ask_row *out);

#endif

/* compose: a letter as the bytes and addresses that go over the wire.
 *
 * What it makes of a letter is the same in every try, by any mailer with the same key: Message-ID,
 * date and token, so that a letter that came twice is seen to be one. */
#ifndef MAIL_COMPOSE_H
#define MAIL_COMPOSE_H

#include "core/address.h"
#include "core/envelope.h"
#include "core/mailing.h"
#include "core/petition.h"
#include "core/verp.h"
#include "mail/setup.h"

enum { COMPOSE_ADDRESS = 255 };

/* Secrets: wipe. */
struct composed {
    char from[VERP_MAX]; /* the envelope's */
    char to[COMPOSE_ADDRESS];
    struct buffer data;
};

/* Frees with composed_done. INVALID: this letter goes nowhere, for its address or token is none;
 * FAULT: nothing is wrong with it, but with its words, the configuration or the petition, which
 * somebody can mend (or memory is out). */
enum status compose_letter(const struct setup *setup, const struct petition *petition,
                           const struct outbox_letter *letter, const struct recipient *recipient,
                           int64_t now_s, struct composed *out);
/* The same of a letter to the list; its date is that of its first claim. */
enum status compose_mailing(const struct setup *setup, const struct mailing *mailing,
                            const struct petition *petition, const struct outbox_letter *letter,
                            const struct recipient *recipient, struct composed *out);
/* Wipes and frees. */
void composed_done(struct composed *composed);
/* When the letter was made, as its key says (a reminder: whole days after that); Unix seconds. */
int64_t compose_date_s(const struct outbox_letter *letter, int64_t now_s);

#endif

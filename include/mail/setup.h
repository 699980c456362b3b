/* setup: all that a mailer reads from files: configuration, keys, passwords, words of letters.
 *
 * Read-only once loaded; a reload makes a new one, and the old one goes with the last thread that
 * uses it. */
#ifndef MAIL_SETUP_H
#define MAIL_SETUP_H

#include <stdatomic.h>

#include "core/address.h"
#include "core/letter.h"
#include "core/settings.h"
#include "core/unseal.h"
#include "link/smtp.h"
#include "store/outbox.h"

struct setup {
    struct settings settings;
    struct arena *arena;
    struct keypair *pair;
    struct letters *letters;
    struct blocklist *blocked;                    /* NULL: there is no list */
    struct text database_password, smtp_password; /* first lines; may be absent */
    struct text return_domain;
    struct outbox_policy policy;
    atomic_int references;
};

/* With one reference. Not OK: it has said on the log (or stderr, before that) what is wrong. */
enum status setup_load(const char *path, struct setup **out);
struct setup *setup_keep(struct setup *setup);
void setup_release(struct setup **setup);
/* Of an address' domain in countersign.mailing_pace: the same for all mailers that have this key.
 */
int setup_place(const struct setup *setup, struct text address);
/* Nobody writes to this address, whatever is owed to it. */
bool setup_blocks(const struct setup *setup, struct text address);
/* For smtp_new; its strings are the setup's. */
void setup_smtp(const struct setup *setup, struct smtp_options *out);

#endif

/* clerk: the thread that has PostgreSQL: takes letters in, claims them, stores their fates, tidies
 * up. */
#ifndef MAIL_CLERK_H
#define MAIL_CLERK_H

#include "mail/mailer.h"

struct clerk;

/* NULL: out of memory or no thread. It ends by itself once mailer->sent_all is set and every fate
 * is stored, or cannot be for some seconds. */
struct clerk *clerk_start(struct mailer *mailer, struct setup *setup);
/* Waits for its end. */
void clerk_join(struct clerk **clerk);

#endif

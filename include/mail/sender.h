/* sender: the thread that opens, composes and sends. */
#ifndef MAIL_SENDER_H
#define MAIL_SENDER_H

#include "mail/mailer.h"

struct sender;

/* NULL: out of memory or no thread. It ends by itself once mailer->stopping is set and what is on
 * its way has come to an end; letters that it has not begun go back untried. */
struct sender *sender_start(struct mailer *mailer, struct setup *setup);
/* Waits for its end. */
void sender_join(struct sender **sender);

#endif

/* listener: health and metrics of the mailer. */
#ifndef MAIL_LISTENER_H
#define MAIL_LISTENER_H

#include "link/http.h"
#include "mail/mailer.h"

/* /healthz, /readyz, /metrics; http_handler, the context is the mailer. Ready means: letters could
 * go out now. */
bool listener_answer(void *context, const char *path, struct http_answer *answer);

#endif

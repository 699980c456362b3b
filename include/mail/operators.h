/* operators: health and metrics of the mailer. */
#ifndef MAIL_OPERATORS_H
#define MAIL_OPERATORS_H

#include "link/http.h"
#include "mail/mailer.h"

/* /healthz, /readyz, /metrics; http_handler, the context is the mailer. Ready means: letters could
 * go out now. */
bool operators_answer(void *context, const char *path, struct http_answer *answer);

#endif

/* smtp_setup: how libcurl speaks to the server, the same for every letter. */
#ifndef LINK_SMTP_SETUP_H
#define LINK_SMTP_SETUP_H

#include <curl/curl.h>

#include "link/smtp.h"

/* False: out of memory, or libcurl cannot do it. */
bool smtp_setup(CURL *easy, const struct smtp_options *options);

#endif

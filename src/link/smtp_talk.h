/* smtp_talk: what libcurl and a server say to each other, as far as a letter's fate hangs on it. */
#ifndef LINK_SMTP_TALK_H
#define LINK_SMTP_TALK_H

#include <curl/curl.h>

#include "link/smtp.h"

struct smtp_talk {
    struct smtp_letter *letter; /* step, code, subject and no_relay are written */
    bool leaving;               /* what is said now answers QUIT */
    bool logged_in;             /* to whom this connection leads */
};

/* All that is said from now on. False: out of memory. */
bool smtp_talk_listen(CURL *easy, struct smtp_talk *talk);
/* Writes the letter's end and what. `stranger`: there was no login though we wanted one. */
void smtp_talk_end(const struct smtp_talk *talk, CURLcode result, bool stranger);

#endif

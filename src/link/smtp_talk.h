/* smtp_talk: what libcurl and a server say to each other, as far as a letter's fate hangs on it. */
#ifndef LINK_SMTP_TALK_H
#define LINK_SMTP_TALK_H

#include "link/smtp.h"

struct smtp_talk {
    struct smtp_letter *letter; /* step, code, subject and no_relay are written */
    bool leaving;               /* what is said now answers QUIT */
    bool logged_in;             /* to whom this connection leads */
};

/* A line of ours. */
void smtp_talk_command(struct smtp_talk *talk, const char *data, size_t len);
/* A line of the server's. */
void smtp_talk_answer(const struct smtp_talk *talk, const char *data, size_t len);

#endif

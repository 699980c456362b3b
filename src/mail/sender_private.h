/* sender_private: what the files of the sender share. */
#ifndef MAIL_SENDER_PRIVATE_H
#define MAIL_SENDER_PRIVATE_H

#include <pthread.h>

#include "mail/compose.h"
#include "mail/domains.h"
#include "mail/sender.h"
#include "mail/unlock.h"

/* A letter on its way. */
struct post {
    struct smtp_letter wire;
    struct composed composed;
    struct outbox_letter *letter;
    int64_t began_ms;
    bool again; /* tried over a second connection */
};

struct sender {
    struct mailer *mailer;
    pthread_t thread;
    struct setup *setup;
    struct book *book;
    struct smtp *smtp;
    struct unlock *unlock;
    struct domains *domains;
    int64_t show_at_ms;                     /* when slow domains are counted again */
    struct outbox_letter *waiting;          /* claimed, not begun; oldest first */
    struct outbox_letter *kept, **kept_end; /* those of them that go on waiting, in sender_begin */
    int list_in_flight;                     /* letters to the list on the wire */
};

/* Begins what can go of what waits, gives back what cannot, keeps the rest in its order. */
void sender_begin(struct sender *sender);
/* What became of a letter, and in how many seconds it may be tried again: it goes to the clerk. */
void sender_tell(struct sender *sender, struct outbox_letter *letter, enum outbox_fate fate,
                 int wait_s);
/* One whose lease could end while it is on the wire would be sent by somebody else too. */
bool sender_lease_is_short(const struct sender *sender, const struct outbox_letter *letter);
/* Wipes, frees; the letter itself stays. */
void sender_free_post(struct post **post);

#endif

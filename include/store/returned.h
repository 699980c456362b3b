/* returned: what came back by mail about one letter, stored with the mailer's role; and the way
 * back for a mailbox that was marked by mistake. */
#ifndef STORE_RETURNED_H
#define STORE_RETURNED_H

#include "core/blind.h"
#include "core/verp.h"
#include "link/pg.h"

enum returned_what {
    RETURNED_BOUNCE,     /* nobody lives there */
    RETURNED_COMPLAINT,  /* no letter of anything any more */
    RETURNED_UNSUBSCRIBE /* no letters of this petition, as POST /u/KEY */
};

struct returned_effect {
    bool known;     /* there is such a letter; a bounce's has not expired */
    bool changed;   /* it said something new */
    bool uncounted; /* a signature was taken out of the count */
};

/* Safe to repeat; statuses of pg_run. The effect is set on OK. */
enum status returned_store(struct pg *pg, const struct verp_key *key, enum returned_what what,
                           int64_t deadline_ms, struct returned_effect *out);
/* Letters go to these mailboxes again, whatever marked them: the operator's connection. *marked
 * gets how many of them were. Statuses of pg_run. */
enum status returned_allow(struct pg *pg, uint8_t (*mailboxes)[BLIND_SIZE], size_t count,
                           int64_t deadline_ms, int64_t *marked);

#endif

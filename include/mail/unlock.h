/* unlock: opens claimed letters with the mailing key.
 *
 * Keeps the last epochs' keys, since letters of one time share them. One thread. */
#ifndef MAIL_UNLOCK_H
#define MAIL_UNLOCK_H

#include "core/envelope.h"
#include "core/unseal.h"
#include "store/outbox.h"

struct unlock;

/* `pair` must outlive it. NULL: out of memory. */
struct unlock *unlock_new(const struct keypair *pair);
void unlock_free(struct unlock **unlock);
/* `out` is valid until the next call. FORBIDDEN: sealed to another key, damaged or moved; INVALID:
 * no envelope; FAULT: out of memory. */
enum status unlock_open(struct unlock *unlock, const struct outbox_letter *letter,
                        struct recipient *out);

#endif

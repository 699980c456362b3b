/* sealer: seals addresses to the mailers for the database, as workers do: an operator who brings
 * subscribers, or has a letter sent to look at, cannot open them again. */
#ifndef CTL_SEALER_H
#define CTL_SEALER_H

#include "core/envelope.h"
#include "core/seal.h"
#include "ctl/context.h"

enum { SEALER_MAX = ENVELOPE_MAX + SEAL_OVERHEAD };

/* A new epoch, stored in the database, to be freed with epoch_free; mailing_public_key_file says
 * who can open what is sealed in it. Says what is wrong. */
enum outcome sealer_open(struct context *context, struct epoch **out);
/* Seals a key of 32 bytes to the mailers, as base64; needs no database. Says what is wrong. */
enum { SEALER_KEY_TEXT = 4 * ((SEAL_EPOCH_BOX + 2) / 3) };
enum outcome sealer_key(struct context *context, const uint8_t key[SEAL_EPOCH_KEY],
                        char out[SEALER_KEY_TEXT + 1]);
/* `out` gets at most SEALER_MAX bytes, *len of them. INVALID: it does not fit. */
enum status sealer_seal(const struct epoch *epoch, const struct recipient *who,
                        const uint8_t mailbox[BLIND_SIZE], uint8_t *out, size_t *len);

#endif

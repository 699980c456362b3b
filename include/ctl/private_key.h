/* private_key: the pair of --key and --passphrase-file, which opens what was sealed to it. */
#ifndef CTL_PRIVATE_KEY_H
#define CTL_PRIVATE_KEY_H

#include "core/unseal.h"
#include "ctl/context.h"

/* To be freed with keypair_free. Says what is wrong. */
enum outcome private_key_read(struct context *context, struct keypair **pair);

#endif

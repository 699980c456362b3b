/* keypair: what is inside; only this folder looks. */
#ifndef CORE_KEYPAIR_H
#define CORE_KEYPAIR_H

#include "core/unseal.h"

struct keypair {
    uint8_t public_key[SEAL_PUBLIC_KEY];
    uint8_t secret_key[SEAL_PUBLIC_KEY];
};

#endif

/* own_address: the addresses by which other hosts know this one. */
#ifndef CTL_OWN_ADDRESS_H
#define CTL_OWN_ADDRESS_H

#include <netinet/in.h>
#include <stddef.h>

enum { OWN_ADDRESSES_MAX = 8 };

/* Of IPv4, and none of 127.0.0.0/8. How many; further ones are left out. */
size_t own_addresses(struct in_addr out[OWN_ADDRESSES_MAX]);

#endif

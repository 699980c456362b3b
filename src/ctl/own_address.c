#include "ctl/own_address.h"

#include <ifaddrs.h>
#include <string.h>

size_t own_addresses(struct in_addr out[OWN_ADDRESSES_MAX]) {
    struct ifaddrs *list = NULL;
    size_t count = 0;
    if (getifaddrs(&list) != 0) {
        return 0;
    }
    for (const struct ifaddrs *one = list; one != NULL && count < OWN_ADDRESSES_MAX;
         one = one->ifa_next) {
        struct sockaddr_in address;
        if (one->ifa_addr == NULL || one->ifa_addr->sa_family != AF_INET) {
            continue;
        }
        memcpy(&address, one->ifa_addr, sizeof address);
        if (ntohl(address.sin_addr.s_addr) >> 24 != 127) {
            out[count++] = address.sin_addr;
        }
    }
    freeifaddrs(list);
    return count;
}

/* redis_private: what the files of redis share; nobody else includes it. */
#ifndef LINK_REDIS_PRIVATE_H
#define LINK_REDIS_PRIVATE_H

#include "link/redis.h"

struct redis_place {
    char host[108]; /* or the path */
    int port;       /* 0: a path */
    long database;
};

/* False: not an address. */
bool redis_place_parse(const char *address, struct redis_place *place);

#endif

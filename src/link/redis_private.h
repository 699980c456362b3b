/* redis_private: what the files of redis share; nobody else includes it. */
#ifndef LINK_REDIS_PRIVATE_H
#define LINK_REDIS_PRIVATE_H

#include "link/redis.h"

struct redis_sentinels;

struct redis_place {
    char host[108]; /* or the path */
    int port;       /* 0: a path */
    long database;
};

/* False: not an address. */
bool redis_place_parse(const char *address, struct redis_place *place);

/* Those of an address "sentinel://..."; *database gets its number. INVALID, FAULT: memory. */
enum status redis_sentinels_new(const struct redis_options *options, long *database,
                                struct redis_sentinels **out);
void redis_sentinels_free(struct redis_sentinels **sentinels);
bool redis_sentinels_are(const char *address);
/* Who leads, of host and port; `*code` says why it is not known. */
enum status redis_sentinels_ask(struct redis_sentinels *sentinels, struct redis_place *leader,
                                const char **code);

#endif

/* domains: how many letters are on their way to a domain, how many wait for it here, and which
 * domains want to wait.
 *
 * Names are not kept, only their hashes under a key of this process; two that share a place share
 * their limit. One thread. */
#ifndef MAIL_DOMAINS_H
#define MAIL_DOMAINS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

struct domains;

/* By how many letters this process has had for them: what metrics may say of domains. */
enum domains_class { DOMAINS_FEW, DOMAINS_SOME, DOMAINS_MANY, DOMAINS_CLASSES };

/* NULL: out of memory. */
struct domains *domains_new(void);
void domains_free(struct domains **domains);
/* The place of an address' domain, for the calls below. */
uint32_t domains_find(const struct domains *domains, struct text address);
/* Seconds that this domain still wants to wait; 0: none. */
int domains_wait_s(const struct domains *domains, uint32_t place);

/* Whether `most` are on their way there. */
bool domains_is_full(const struct domains *domains, uint32_t place, int most);
/* False: it is full. */
bool domains_enter(struct domains *domains, uint32_t place, int most);
/* One more that finds it full. 0: it waits here, until domains_unqueue. Else `most` do already, and
 * it is to come again after so many seconds: about when those before it have gone, as fast as
 * letters go there now. */
int domains_queue(struct domains *domains, uint32_t place, int most);
void domains_unqueue(struct domains *domains, uint32_t place);
/* `slow`: it asked to come later; after three in a row nothing goes there for `retry_s` seconds,
 * and when it asks again after that, twice as long, up to an hour. */
void domains_leave(struct domains *domains, uint32_t place, bool slow, int retry_s);

enum domains_class domains_class(const struct domains *domains, uint32_t place);
/* How many of each class get nothing now, since they asked for it. */
void domains_count_slow(const struct domains *domains, int counts[DOMAINS_CLASSES]);

#endif

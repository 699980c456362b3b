/* limiter: who of a batch has to wait. One thread.
 *
 * Redis decides for all workers together; while it is away each decides for itself, and the reader
 * looks when Redis is back. */
#ifndef SERVE_LIMITER_H
#define SERVE_LIMITER_H

#include "store/limits.h"

struct worker;
struct limiter;

/* NULL: out of memory, or an address that is none. */
struct limiter *limiter_new(struct worker *worker);
void limiter_free(struct limiter **limiter);
/* wait_ms and policy of each are set. */
void limiter_check(struct limiter *limiter, const struct limit_rules *rules,
                   struct limit_check *const *checks, size_t count);

#endif

#include "serve/limiter.h"

#include <stdlib.h>

#include "base/clock.h"
#include "core/gcra.h"
#include "serve/connections.h"
#include "serve/metrics.h"
#include "serve/worker.h"

enum { LOCAL_CALLERS = 65536 }; /* remembered without Redis */

struct limiter {
    struct worker *worker;
    struct redis *redis;
    struct limits *limits;
    struct gcra *gcra;
};

struct limiter *limiter_new(struct worker *worker) {
    struct limiter *limiter = calloc(1, sizeof *limiter);
    if (!limiter)
        return NULL;
    limiter->worker = worker;
    limiter->redis = connections_redis(worker);
    limiter->limits = limiter->redis ? limits_new(limiter->redis) : NULL;
    limiter->gcra = gcra_new(LOCAL_CALLERS);
    if (!limiter->limits || !limiter->gcra)
        limiter_free(&limiter);
    return limiter;
}

void limiter_free(struct limiter **limiter) {
    if (!*limiter)
        return;
    limits_free(&(*limiter)->limits);
    gcra_free(&(*limiter)->gcra);
    redis_free(&(*limiter)->redis);
    free(*limiter);
    *limiter = NULL;
}

static int64_t local_wait_us(struct limiter *limiter, const struct limit_rules *rules,
                             struct limit_check *check, int64_t now_us) {
    int64_t longest = 0;
    for (size_t i = 0; i < check->count; i++) {
        const struct limit_key *key = &check->keys[i];
        int64_t wait = gcra_wait(limiter->gcra, &rules->rules[key->policy], key->id, now_us);
        if (wait > longest)
            check->policy = key->policy;
        longest = wait > longest ? wait : longest;
    }
    for (size_t i = 0; longest == 0 && i < check->count; i++)
        gcra_charge(limiter->gcra, &rules->rules[check->keys[i].policy], check->keys[i].id, now_us);
    return longest;
}

static void check_locally(struct limiter *limiter, const struct limit_rules *rules,
                          struct limit_check *const *checks, size_t count) {
    int64_t now_us = clock_monotonic_us();
    for (size_t i = 0; i < count; i++)
        checks[i]->wait_ms = (local_wait_us(limiter, rules, checks[i], now_us) + 999) / 1000;
    metrics_add(limiter->worker->metrics, M_LIMITS_LOCAL, 1);
}

void limiter_check(struct limiter *limiter, const struct limit_rules *rules,
                   struct limit_check *const *checks, size_t count) {
    struct worker *worker = limiter->worker;
    if (count == 0)
        return;
    if (atomic_load(&worker->redis_up)) {
        if (limits_check(limiter->limits, rules, checks, count) == ST_OK)
            return;
        connections_redis_failed(worker, limiter->redis, M_REDIS_ERRORS_LIMITS);
    }
    check_locally(limiter, rules, checks, count);
}

/* limits: how often a caller may do something, decided by Redis for a whole batch in one call.
 *
 * GCRA: a request passes when every one of its keys allows it, and only then are they charged. The
 * clock is Redis'. Keys are keyed hashes of network prefixes, never addresses. When Redis is away
 * the same rules are kept in this process by core/gcra. */
#ifndef STORE_LIMITS_H
#define STORE_LIMITS_H

#include "core/gcra.h"
#include "link/redis.h"

enum limit_policy {
    LIMIT_SIGNING,
    LIMIT_SIGNING_56,
    LIMIT_SIGNING_48,
    LIMIT_PETITION,
    LIMIT_TOKENS,
    LIMIT_OPENINGS,
    LIMIT_UNSUBSCRIBING,
    LIMIT_POLICIES
};

enum { LIMIT_KEYS_MAX = 4, LIMIT_CHECKS_MAX = 1024 };

struct limit_key {
    enum limit_policy policy;
    uint8_t id[GCRA_ID];
};

struct limit_check {
    size_t count;
    struct limit_key keys[LIMIT_KEYS_MAX];
    int64_t wait_ms;          /* out: 0 allowed, else how long until it would pass */
    enum limit_policy policy; /* out: the one that asks for the longest wait, if any does */
};

/* Indexed by enum limit_policy; interval_us 0: off. */
struct limit_rules {
    struct gcra_rule rules[LIMIT_POLICIES];
};

struct limits;

/* NULL: out of memory. */
struct limits *limits_new(struct redis *redis);
void limits_free(struct limits **limits);
/* Decides all checks in their order. UNAVAILABLE or FAULT: nothing was decided (see redis_code). */
enum status limits_check(struct limits *limits, const struct limit_rules *rules,
                         struct limit_check *const *checks, size_t count);

#endif

#include "store/limits.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "queries.h"

enum {
    KEYS_MAX = LIMIT_CHECKS_MAX * LIMIT_KEYS_MAX,
    KEY_MAX = 64,
    BUCKETS = 16384, /* of the look-up of equal keys; more than keys */
    POLICIES_MAX = LIMIT_POLICIES * 48
};

/* One call of sql/lua/limits.lua under construction. */
struct limits {
    struct redis *redis;
    struct redis_script script;
    size_t keys_count;
    char keys[KEYS_MAX][KEY_MAX];
    const struct limit_key *sources[KEYS_MAX];
    uint16_t buckets[BUCKETS];   /* number of the key, from 1; 0: free */
    char key_policies[KEYS_MAX]; /* ARGV[2] */
    char requests[LIMIT_CHECKS_MAX * (1 + 2 * LIMIT_KEYS_MAX)]; /* ARGV[3] */
    size_t requests_len;
    char policies[POLICIES_MAX]; /* ARGV[1] */
    const char *values[KEYS_MAX + 3];
    size_t lengths[KEYS_MAX + 3];
};

static const char *const policy_words[LIMIT_POLICIES] = {
    [LIMIT_SIGNING] = "s",      [LIMIT_SIGNING_56] = "s56", [LIMIT_SIGNING_48] = "s48",
    [LIMIT_PETITION] = "p",     [LIMIT_TOKENS] = "t",       [LIMIT_OPENINGS] = "o",
    [LIMIT_UNSUBSCRIBING] = "u"};

struct limits *limits_new(struct redis *redis) {
    struct limits *limits = calloc(1, sizeof *limits);
    if (!limits)
        return NULL;
    limits->redis = redis;
    redis_script_init(&limits->script, script_limits);
    return limits;
}

void limits_free(struct limits **limits) {
    free(*limits);
    *limits = NULL;
}

static void name_key(const struct limit_key *key, char out[KEY_MAX]) {
    char id[ENCODE_HEX_SIZE(GCRA_ID)];
    encode_hex(id, key->id, GCRA_ID);
    snprintf(out, KEY_MAX, "cs:limit:{limit}:%s:%s", policy_words[key->policy], id);
}

static bool same(const struct limit_key *a, const struct limit_key *b) {
    return a->policy == b->policy && memcmp(a->id, b->id, GCRA_ID) == 0;
}

/* The number of the key in KEYS, from 1; adds it when it is new. */
static uint16_t number_of(struct limits *limits, const struct limit_key *key) {
    uint64_t hash;
    memcpy(&hash, key->id, sizeof hash);
    size_t bucket = (size_t)(hash + (uint64_t)key->policy) % BUCKETS;
    while (limits->buckets[bucket]) {
        if (same(limits->sources[limits->buckets[bucket] - 1], key))
            return limits->buckets[bucket];
        bucket = (bucket + 1) % BUCKETS;
    }
    size_t at = limits->keys_count++;
    limits->sources[at] = key;
    limits->key_policies[at] = (char)(key->policy + 1);
    name_key(key, limits->keys[at]);
    limits->buckets[bucket] = (uint16_t)(at + 1);
    return (uint16_t)(at + 1);
}

/* A key whose policy is off is left out. */
static void add_check(struct limits *limits, const struct limit_rules *rules,
                      const struct limit_check *check) {
    char *count = &limits->requests[limits->requests_len++];
    *count = 0;
    for (size_t i = 0; i < check->count; i++) {
        if (rules->rules[check->keys[i].policy].interval_us == 0)
            continue;
        uint16_t number = number_of(limits, &check->keys[i]);
        limits->requests[limits->requests_len++] = (char)(number >> 8);
        limits->requests[limits->requests_len++] = (char)(number & 0xff);
        ++*count;
    }
}

static void write_policies(struct limits *limits, const struct limit_rules *rules) {
    size_t len = 0;
    for (int i = 0; i < LIMIT_POLICIES; i++) {
        const struct gcra_rule *rule = &rules->rules[i];
        len +=
            (size_t)snprintf(limits->policies + len, POLICIES_MAX - len, "%s%" PRId64 " %" PRId64,
                             i ? " " : "", rule->interval_us, rule->burst);
    }
}

static void add_value(struct limits *limits, size_t *at, const char *data, size_t len) {
    limits->values[*at] = data;
    limits->lengths[(*at)++] = len;
}

static struct redis_command build(struct limits *limits, const struct limit_rules *rules,
                                  struct limit_check *const *checks, size_t count) {
    size_t at = 0;
    limits->keys_count = limits->requests_len = 0;
    memset(limits->buckets, 0, sizeof limits->buckets);
    write_policies(limits, rules);
    for (size_t i = 0; i < count; i++)
        add_check(limits, rules, checks[i]);
    for (size_t i = 0; i < limits->keys_count; i++)
        add_value(limits, &at, limits->keys[i], strlen(limits->keys[i]));
    add_value(limits, &at, limits->policies, strlen(limits->policies));
    add_value(limits, &at, limits->key_policies, limits->keys_count);
    add_value(limits, &at, limits->requests, limits->requests_len);
    return (struct redis_command){(int)at, limits->values, limits->lengths};
}

static enum status take_waits(const redisReply *reply, struct limit_check *const *checks,
                              size_t count) {
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 * count)
        return ST_FAULT;
    for (size_t i = 0; i < count; i++) {
        long long policy = reply->element[2 * i + 1]->integer; /* from 1 */
        checks[i]->wait_ms = reply->element[2 * i]->integer;
        checks[i]->policy = policy > 0 && policy <= LIMIT_POLICIES ? (enum limit_policy)(policy - 1)
                                                                   : LIMIT_SIGNING;
    }
    return ST_OK;
}

enum status limits_check(struct limits *limits, const struct limit_rules *rules,
                         struct limit_check *const *checks, size_t count) {
    struct redis_command command = build(limits, rules, checks, count);
    redisReply *reply = NULL;
    enum status status =
        redis_run_script(limits->redis, &limits->script, (int)limits->keys_count, &command, &reply);
    if (status == ST_OK)
        status = take_waits(reply, checks, count);
    if (reply)
        freeReplyObject(reply);
    return status;
}

#include "mail/domains.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

enum { PLACES = 4096, PATIENCE = 3, WAIT_MAX_S = 3600, SOME_FROM = 100, MANY_FROM = 10000 };

struct place {
    int in_flight, failures;
    int64_t letters; /* begun so far */
    int64_t not_before_ms;
    int64_t next_us; /* when one more may go of those that are paced */
};

struct domains {
    uint8_t key[crypto_shorthash_KEYBYTES];
    struct place places[PLACES];
};

struct domains *domains_new(void) {
    struct domains *domains = calloc(1, sizeof *domains);
    if (domains)
        randombytes_buf(domains->key, sizeof domains->key);
    return domains;
}

void domains_free(struct domains **domains) {
    free(*domains);
    *domains = NULL;
}

/* Domains are stored in lower case. */
uint32_t domains_find(const struct domains *domains, struct text address) {
    uint8_t hash[crypto_shorthash_BYTES];
    struct text domain = address;
    text_cut(&domain, '@');
    crypto_shorthash(hash, (const uint8_t *)(domain.data ? domain.data : ""), domain.len,
                     domains->key);
    return ((uint32_t)hash[0] << 8 | hash[1]) % PLACES;
}

int domains_wait_s(const struct domains *domains, uint32_t place) {
    int64_t left_ms = domains->places[place].not_before_ms - clock_monotonic_ms();
    return left_ms <= 0 ? 0 : (int)(left_ms / 1000 + 1);
}

static int64_t now_us(void) {
    return clock_monotonic_ms() * 1000;
}

bool domains_is_full(const struct domains *domains, uint32_t at, struct domains_limit limit) {
    const struct place *place = &domains->places[at];
    return place->in_flight >= limit.most || (limit.per_minute > 0 && place->next_us > now_us());
}

/* What a second has left unused is gone. */
bool domains_enter(struct domains *domains, uint32_t at, struct domains_limit limit) {
    struct place *place = &domains->places[at];
    if (domains_is_full(domains, at, limit))
        return false;
    if (limit.per_minute > 0) {
        int64_t from_us = now_us() - 1000000;
        place->next_us = (place->next_us > from_us ? place->next_us : now_us()) +
                         INT64_C(60000000) / limit.per_minute;
    }
    place->in_flight++;
    place->letters++;
    return true;
}

void domains_leave(struct domains *domains, uint32_t at, bool slow, int retry_s) {
    struct place *place = &domains->places[at];
    place->in_flight--;
    place->failures = slow ? place->failures + 1 : 0;
    if (place->failures < PATIENCE)
        return;
    int64_t wait_s = retry_s;
    for (int i = PATIENCE; i < place->failures && wait_s < WAIT_MAX_S; i++)
        wait_s *= 2;
    place->not_before_ms =
        clock_monotonic_ms() + (wait_s < WAIT_MAX_S ? wait_s : WAIT_MAX_S) * 1000;
}

enum domains_class domains_class(const struct domains *domains, uint32_t place) {
    int64_t letters = domains->places[place].letters;
    return letters >= MANY_FROM ? DOMAINS_MANY : letters >= SOME_FROM ? DOMAINS_SOME : DOMAINS_FEW;
}

void domains_count_slow(const struct domains *domains, int counts[DOMAINS_CLASSES]) {
    int64_t now_ms = clock_monotonic_ms();
    memset(counts, 0, DOMAINS_CLASSES * sizeof counts[0]);
    for (uint32_t place = 0; place < PLACES; place++)
        if (domains->places[place].not_before_ms > now_ms)
            counts[domains_class(domains, place)]++;
}

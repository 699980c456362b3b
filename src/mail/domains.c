#include "mail/domains.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

enum {
    PLACES = 4096,
    PATIENCE = 3,
    WAIT_MAX_S = 3600,
    SOME_FROM = 100,
    MANY_FROM = 10000,
    QUEUE_MAX_S = 86400,
    GAP_MS = 100, /* between two letters, until more is known, */
    GAP_MAX_MS = 60000,
    GAP_SHARE = 8 /* and the weight of the last of them */
};

struct place {
    int in_flight, waiting, failures;
    int64_t letters; /* begun so far */
    int64_t not_before_ms;
    int64_t left_ms, gap_ms; /* when the last one ended, and the usual time between two */
    int64_t tail_ms;         /* when the last that was sent away comes again */
};

struct domains {
    uint8_t key[crypto_shorthash_KEYBYTES];
    struct place places[PLACES];
};

struct domains *domains_new(void) {
    struct domains *domains = calloc(1, sizeof *domains);
    if (!domains)
        return NULL;
    randombytes_buf(domains->key, sizeof domains->key);
    for (size_t i = 0; i < PLACES; i++)
        domains->places[i].gap_ms = GAP_MS;
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

bool domains_is_full(const struct domains *domains, uint32_t place, int most) {
    return domains->places[place].in_flight >= most;
}

bool domains_enter(struct domains *domains, uint32_t at, int most) {
    struct place *place = &domains->places[at];
    if (place->in_flight >= most)
        return false;
    place->in_flight++;
    place->letters++;
    return true;
}

int domains_queue(struct domains *domains, uint32_t at, int most) {
    struct place *place = &domains->places[at];
    int64_t now_ms = clock_monotonic_ms();
    if (place->waiting < most) {
        place->waiting++;
        return 0;
    }
    if (place->tail_ms < now_ms)
        place->tail_ms = now_ms + place->waiting * place->gap_ms;
    if (place->tail_ms < place->not_before_ms)
        place->tail_ms = place->not_before_ms;
    place->tail_ms += place->gap_ms;
    int64_t wait_s = (place->tail_ms - now_ms) / 1000 + 1;
    return wait_s < QUEUE_MAX_S ? (int)wait_s : QUEUE_MAX_S;
}

void domains_unqueue(struct domains *domains, uint32_t place) {
    domains->places[place].waiting--;
}

/* How fast letters go there while there are some: neither where nobody wants to, nor in a pause. */
static void measure(struct place *place, bool slow) {
    int64_t now_ms = clock_monotonic_ms();
    int64_t gap_ms = place->left_ms > 0 ? now_ms - place->left_ms : place->gap_ms;
    place->left_ms = 0;
    if (slow || (place->in_flight == 0 && place->waiting == 0))
        return;
    place->gap_ms += ((gap_ms < GAP_MAX_MS ? gap_ms : GAP_MAX_MS) - place->gap_ms) / GAP_SHARE;
    place->left_ms = now_ms;
}

void domains_leave(struct domains *domains, uint32_t at, bool slow, int retry_s) {
    struct place *place = &domains->places[at];
    place->in_flight--;
    measure(place, slow);
    /* Several letters that it sends away at once are one failure. */
    if (slow && domains_wait_s(domains, at) > 0)
        return;
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

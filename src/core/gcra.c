#include "core/gcra.h"

#include <stdlib.h>
#include <string.h>

enum { PROBES = 8 };

struct entry {
    uint8_t id[GCRA_ID];
    int64_t free_at_us; /* theoretical arrival time of the next one; 0: unused */
};

struct gcra {
    size_t count;
    struct entry entries[];
};

struct gcra *gcra_new(size_t entries) {
    size_t count = entries < PROBES ? PROBES : entries;
    struct gcra *gcra = calloc(1, sizeof *gcra + count * sizeof gcra->entries[0]);
    if (gcra)
        gcra->count = count;
    return gcra;
}

void gcra_free(struct gcra **gcra) {
    free(*gcra);
    *gcra = NULL;
}

/* The ids are keyed hashes already, so their first bytes spread evenly. */
static size_t slot_of(const struct gcra *gcra, const uint8_t id[GCRA_ID], size_t probe) {
    uint64_t hash;
    memcpy(&hash, id, sizeof hash);
    return (size_t)((hash + probe) % gcra->count);
}

static const struct entry *find(const struct gcra *gcra, const uint8_t id[GCRA_ID]) {
    for (size_t probe = 0; probe < PROBES; probe++) {
        const struct entry *entry = &gcra->entries[slot_of(gcra, id, probe)];
        if (entry->free_at_us && memcmp(entry->id, id, GCRA_ID) == 0)
            return entry;
    }
    return NULL;
}

static int64_t free_at(const struct gcra *gcra, const uint8_t id[GCRA_ID], int64_t now_us) {
    const struct entry *entry = find(gcra, id);
    return entry && entry->free_at_us > now_us ? entry->free_at_us : now_us;
}

int64_t gcra_wait(const struct gcra *gcra, const struct gcra_rule *rule, const uint8_t id[GCRA_ID],
                  int64_t now_us) {
    if (rule->interval_us == 0)
        return 0;
    int64_t wait = free_at(gcra, id, now_us) - now_us - (rule->burst - 1) * rule->interval_us;
    return wait > 0 ? wait : 0;
}

static struct entry *place(struct gcra *gcra, const uint8_t id[GCRA_ID]) {
    struct entry *oldest = NULL;
    for (size_t probe = 0; probe < PROBES; probe++) {
        struct entry *entry = &gcra->entries[slot_of(gcra, id, probe)];
        if (memcmp(entry->id, id, GCRA_ID) == 0)
            return entry;
        if (!oldest || entry->free_at_us < oldest->free_at_us)
            oldest = entry;
    }
    memcpy(oldest->id, id, GCRA_ID);
    oldest->free_at_us = 0;
    return oldest;
}

void gcra_charge(struct gcra *gcra, const struct gcra_rule *rule, const uint8_t id[GCRA_ID],
                 int64_t now_us) {
    if (rule->interval_us == 0)
        return;
    int64_t next = free_at(gcra, id, now_us) + rule->interval_us;
    place(gcra, id)->free_at_us = next;
}

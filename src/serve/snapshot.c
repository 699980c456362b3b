#include "serve/snapshot.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

struct snapshot_holder {
    pthread_mutex_t lock;
    struct snapshot *current;
};

static int compare_slug(struct text a, struct text b) {
    size_t shorter = a.len < b.len ? a.len : b.len;
    int order = memcmp(a.data, b.data, shorter);
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

const struct petition *snapshot_find(const struct snapshot *snapshot, struct text slug) {
    size_t low = 0, high = snapshot->petitions_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_slug(slug, snapshot->petitions[middle].slug);
        if (order == 0)
            return &snapshot->petitions[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

struct keyring_epoch *snapshot_signer_epoch(const struct snapshot *snapshot,
                                            const struct petition *petition) {
    return snapshot->signer_epochs[petition - snapshot->petitions];
}

enum petition_state snapshot_state(const struct snapshot *snapshot,
                                   const struct petition *petition) {
    int64_t now_ms = clock_monotonic_ms() + snapshot->clock_offset_ms;
    if (petition->state == PETITION_OPEN && petition->closes_at_ms &&
        petition->closes_at_ms <= now_ms)
        return PETITION_CLOSED;
    return petition->state;
}

struct snapshot *snapshot_new(void) {
    struct snapshot *snapshot = calloc(1, sizeof *snapshot);
    if (!snapshot)
        return NULL;
    snapshot->references = 1;
    snapshot->arena = arena_new(64 * 1024, 1024UL * 1024 * 1024);
    if (!snapshot->arena) {
        free(snapshot);
        return NULL;
    }
    return snapshot;
}

void snapshot_free(struct snapshot *snapshot) {
    if (!snapshot)
        return;
    for (size_t i = 0; snapshot->signer_epochs && i < snapshot->petitions_count; i++)
        keyring_epoch_release(snapshot->signer_epochs[i]);
    keyring_epoch_release(snapshot->letter_epoch);
    keyring_epoch_release(snapshot->subscriber_epoch);
    blocklist_free(&snapshot->blocklist);
    views_release_all(snapshot->views);
    arena_free(&snapshot->arena);
    free(snapshot);
}

struct snapshot_holder *snapshot_holder_new(void) {
    struct snapshot_holder *holder = calloc(1, sizeof *holder);
    if (holder)
        pthread_mutex_init(&holder->lock, NULL);
    return holder;
}

void snapshot_holder_free(struct snapshot_holder **holder) {
    if (!*holder)
        return;
    snapshot_free((*holder)->current);
    pthread_mutex_destroy(&(*holder)->lock);
    free(*holder);
    *holder = NULL;
}

struct snapshot *snapshot_take(struct snapshot_holder *holder) {
    pthread_mutex_lock(&holder->lock);
    struct snapshot *snapshot = holder->current;
    snapshot->references++;
    pthread_mutex_unlock(&holder->lock);
    return snapshot;
}

void snapshot_release(struct snapshot_holder *holder, struct snapshot *snapshot) {
    pthread_mutex_lock(&holder->lock);
    bool last = --snapshot->references == 0;
    pthread_mutex_unlock(&holder->lock);
    if (last)
        snapshot_free(snapshot);
}

void snapshot_set(struct snapshot_holder *holder, struct snapshot *snapshot) {
    pthread_mutex_lock(&holder->lock);
    struct snapshot *old = holder->current;
    holder->current = snapshot;
    pthread_mutex_unlock(&holder->lock);
    if (old)
        snapshot_release(holder, old);
}

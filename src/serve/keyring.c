#include "serve/keyring.h"

#include <stdlib.h>

#include "base/clock.h"
#include "store/epochs.h"

/* Unused ones too: see sql/migrations/0013_mail_sweeps.sql, which counts on it. */
enum { UNUSED_MS = 12 * 3600 * 1000 };

struct keyring {
    struct keyring_epoch **epochs;
    size_t count, cap;
};

struct keyring *keyring_new(void) {
    return calloc(1, sizeof(struct keyring));
}

void keyring_free(struct keyring **keyring) {
    if (!*keyring)
        return;
    keyring_forget(*keyring);
    free((*keyring)->epochs);
    free(*keyring);
    *keyring = NULL;
}

static bool has_lived(const struct keyring_epoch *epoch, int64_t life_ms) {
    int64_t first_used_ms = atomic_load(&epoch->first_used_ms), now_ms = clock_monotonic_ms();
    return (first_used_ms && now_ms - first_used_ms >= life_ms) ||
           now_ms - epoch->made_ms >= UNUSED_MS;
}

static size_t position(const struct keyring *keyring, enum seal_purpose purpose,
                       const struct recipients *recipients) {
    size_t i = 0;
    while (i < keyring->count && (keyring->epochs[i]->purpose != purpose ||
                                  !recipients_equal(&keyring->epochs[i]->recipients, recipients)))
        i++;
    return i;
}

static struct keyring_epoch *make(struct pg *pg, const struct keyring_want *want,
                                  int64_t deadline_ms) {
    uint8_t boxes[SEAL_RECIPIENTS_MAX][SEAL_EPOCH_BOX];
    struct keyring_epoch *made = calloc(1, sizeof *made);
    if (!made)
        return NULL;
    struct epochs_row row = {0, want->purpose, want->recipients, boxes};
    enum status status = epoch_new(want->purpose, want->recipients, &made->epoch, boxes);
    if (status == ST_OK) {
        row.id = epoch_id(made->epoch);
        status = epochs_add(pg, &row, deadline_ms);
    }
    if (status != ST_OK) {
        epoch_free(&made->epoch);
        free(made);
        return NULL;
    }
    made->purpose = want->purpose;
    made->made_ms = clock_monotonic_ms();
    made->recipients = *want->recipients;
    atomic_store(&made->references, 1);
    return made;
}

/* Puts `made` at `at`, in the place of the one before it. */
static bool put(struct keyring *keyring, size_t at, struct keyring_epoch *made) {
    if (at < keyring->count) {
        keyring_epoch_release(keyring->epochs[at]);
        keyring->epochs[at] = made;
        return true;
    }
    if (keyring->count == keyring->cap) {
        size_t cap = keyring->cap ? keyring->cap * 2 : 8;
        struct keyring_epoch **grown =
            realloc(keyring->epochs, cap * sizeof(struct keyring_epoch *));
        if (!grown)
            return false;
        keyring->epochs = grown;
        keyring->cap = cap;
    }
    keyring->epochs[keyring->count++] = made;
    return true;
}

struct keyring_epoch *keyring_get(struct keyring *keyring, struct pg *pg,
                                  const struct keyring_want *want, int64_t deadline_ms) {
    size_t at = position(keyring, want->purpose, want->recipients);
    if (at == keyring->count || has_lived(keyring->epochs[at], want->life_ms)) {
        struct keyring_epoch *made = make(pg, want, deadline_ms);
        if (made && !put(keyring, at, made))
            keyring_epoch_release(made);
    }
    if (at >= keyring->count)
        return NULL;
    keyring->epochs[at]->wanted = true;
    atomic_fetch_add(&keyring->epochs[at]->references, 1);
    return keyring->epochs[at];
}

void keyring_tidy(struct keyring *keyring) {
    size_t kept = 0;
    for (size_t i = 0; i < keyring->count; i++) {
        struct keyring_epoch *epoch = keyring->epochs[i];
        if (!epoch->wanted) {
            keyring_epoch_release(epoch);
            continue;
        }
        epoch->wanted = false;
        keyring->epochs[kept++] = epoch;
    }
    keyring->count = kept;
}

bool keyring_is_due(const struct keyring *keyring, int64_t life_ms) {
    for (size_t i = 0; i < keyring->count; i++)
        if (has_lived(keyring->epochs[i], life_ms))
            return true;
    return false;
}

void keyring_forget(struct keyring *keyring) {
    for (size_t i = 0; i < keyring->count; i++)
        keyring_epoch_release(keyring->epochs[i]);
    keyring->count = 0;
}

size_t keyring_count(const struct keyring *keyring) {
    return keyring->count;
}

void keyring_epoch_use(struct keyring_epoch *epoch) {
    int64_t never = 0;
    if (atomic_load_explicit(&epoch->first_used_ms, memory_order_relaxed) == 0)
        atomic_compare_exchange_strong(&epoch->first_used_ms, &never, clock_monotonic_ms());
}

void keyring_epoch_release(struct keyring_epoch *epoch) {
    if (!epoch || atomic_fetch_sub(&epoch->references, 1) != 1)
        return;
    epoch_free(&epoch->epoch);
    free(epoch);
}

#include "mail/unlock.h"

#include <stdlib.h>

#include "base/secret.h"

enum { EPOCHS = 64 };

struct unlock {
    const struct keypair *pair;
    uint8_t *plain; /* guarded, ENVELOPE_MAX bytes */
    size_t next;    /* the epoch that is forgotten next */
    struct {
        int64_t id;
        struct opened_epoch *opened; /* NULL: free */
    } epochs[EPOCHS];
};

struct unlock *unlock_new(const struct keypair *pair) {
    struct unlock *unlock = calloc(1, sizeof *unlock);
    if (!unlock)
        return NULL;
    unlock->pair = pair;
    unlock->plain = secret_new(ENVELOPE_MAX);
    if (!unlock->plain)
        unlock_free(&unlock);
    return unlock;
}

void unlock_free(struct unlock **unlock) {
    if (!*unlock)
        return;
    for (size_t i = 0; i < EPOCHS; i++)
        opened_epoch_free(&(*unlock)->epochs[i].opened);
    secret_free(&(*unlock)->plain);
    free(*unlock);
    *unlock = NULL;
}

static enum status find_epoch(struct unlock *unlock, const struct outbox_letter *letter,
                              struct opened_epoch **out) {
    for (size_t i = 0; i < EPOCHS; i++)
        if (unlock->epochs[i].opened && unlock->epochs[i].id == letter->epoch) {
            *out = unlock->epochs[i].opened;
            return ST_OK;
        }
    struct opened_epoch *opened = NULL;
    enum status status =
        unseal_epoch(unlock->pair, letter->kind == OUTBOX_LIST ? SEAL_SUBSCRIBER : SEAL_LETTER,
                     letter->epoch, letter->epoch_box, &opened);
    if (status != ST_OK)
        return status;
    opened_epoch_free(&unlock->epochs[unlock->next].opened);
    unlock->epochs[unlock->next].opened = opened;
    unlock->epochs[unlock->next].id = letter->epoch;
    unlock->next = (unlock->next + 1) % EPOCHS;
    *out = opened;
    return ST_OK;
}

enum status unlock_open(struct unlock *unlock, const struct outbox_letter *letter,
                        struct recipient *out) {
    struct opened_epoch *epoch = NULL;
    /* A subscriber is nobody's of one petition. */
    const struct seal_context context = {letter->kind == OUTBOX_LIST ? 0 : letter->petition,
                                         letter->email_hash};
    if (!letter->has_key || letter->sealed_len <= SEAL_OVERHEAD ||
        letter->sealed_len > ENVELOPE_MAX + SEAL_OVERHEAD)
        return ST_FORBIDDEN;
    enum status status = find_epoch(unlock, letter, &epoch);
    if (status == ST_OK)
        status = unseal_row(epoch, &context, letter->sealed, letter->sealed_len, unlock->plain);
    if (status == ST_OK)
        status = envelope_get_recipient(unlock->plain, letter->sealed_len - SEAL_OVERHEAD, out);
    return status;
}

#include "ctl/opener.h"

#include <stdlib.h>

#include "base/secret.h"

enum { SLOTS = 64 };

struct slot {
    int64_t epoch;
    struct opened_epoch *opened; /* NULL: free */
};

struct opener {
    const struct keypair *pair;
    struct slot slots[SLOTS];
    size_t next;    /* the slot that is reused next */
    uint8_t *plain; /* guarded, ENVELOPE_MAX bytes */
};

struct opener *opener_new(const struct keypair *pair) {
    struct opener *opener = calloc(1, sizeof *opener);
    if (opener == NULL) {
        return NULL;
    }
    opener->pair = pair;
    opener->plain = secret_new(ENVELOPE_MAX);
    if (opener->plain == NULL) {
        free(opener);
        return NULL;
    }
    return opener;
}

void opener_free(struct opener **opener) {
    if (*opener == NULL) {
        return;
    }
    for (size_t i = 0; i < SLOTS; i++) {
        opened_epoch_free(&(*opener)->slots[i].opened);
    }
    secret_free(&(*opener)->plain);
    free(*opener);
    *opener = NULL;
}

static struct opened_epoch *find_slot(const struct opener *opener, int64_t epoch) {
    for (size_t i = 0; i < SLOTS; i++) {
        if (opener->slots[i].opened != NULL && opener->slots[i].epoch == epoch) {
            return opener->slots[i].opened;
        }
    }
    return NULL;
}

static enum status open_epoch(struct opener *opener, const struct signers_row *row,
                              struct opened_epoch **out) {
    struct opened_epoch *opened = find_slot(opener, row->epoch);
    if (opened != NULL) {
        *out = opened;
        return ST_OK;
    }
    if (row->box.data == NULL) {
        return ST_NOT_FOUND;
    }
    if (row->box.len != SEAL_EPOCH_BOX) {
        return ST_FORBIDDEN;
    }
    enum status status = unseal_epoch(opener->pair, SEAL_SIGNER, row->epoch,
                                      (const uint8_t *)row->box.data, &opened);
    if (status != ST_OK) {
        return status;
    }
    struct slot *slot = &opener->slots[opener->next];
    opener->next = (opener->next + 1) % SLOTS;
    opened_epoch_free(&slot->opened);
    *slot = (struct slot){row->epoch, opened};
    *out = opened;
    return ST_OK;
}

enum status opener_open(struct opener *opener, int32_t petition, const struct signers_row *row,
                        struct signer *signer) {
    struct opened_epoch *epoch = NULL;
    enum status status = open_epoch(opener, row, &epoch);
    if (status != ST_OK) {
        return status;
    }
    size_t len = row->sealed.len;
    size_t overhead = seal_overhead((const uint8_t *)row->sealed.data, len);
    if (overhead == 0 || len > ENVELOPE_MAX + overhead || row->email_hash.len != BLIND_SIZE) {
        return ST_FORBIDDEN;
    }
    struct seal_context context = {petition, (const uint8_t *)row->email_hash.data};
    status = unseal_row(epoch, &context, (const uint8_t *)row->sealed.data, len, opener->plain);
    if (status != ST_OK) {
        return status;
    }
    return envelope_get_signer(opener->plain, len - overhead, signer);
}

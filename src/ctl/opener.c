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

/* What is sealed to the pair, and to what it is bound. */
struct sealed {
    enum seal_purpose purpose;
    int64_t epoch;
    int32_t petition;
    struct text box, hash, bytes;
};

static enum status open_epoch(struct opener *opener, const struct sealed *sealed,
                              struct opened_epoch **out) {
    struct opened_epoch *opened = find_slot(opener, sealed->epoch);
    if (opened != NULL) {
        *out = opened;
        return ST_OK;
    }
    if (sealed->box.data == NULL) {
        return ST_NOT_FOUND;
    }
    if (sealed->box.len != SEAL_EPOCH_BOX) {
        return ST_FORBIDDEN;
    }
    enum status status = unseal_epoch(opener->pair, sealed->purpose, sealed->epoch,
                                      (const uint8_t *)sealed->box.data, &opened);
    if (status != ST_OK) {
        return status;
    }
    struct slot *slot = &opener->slots[opener->next];
    opener->next = (opener->next + 1) % SLOTS;
    opened_epoch_free(&slot->opened);
    *slot = (struct slot){sealed->epoch, opened};
    *out = opened;
    return ST_OK;
}

/* *len bytes of opener->plain. */
static enum status open_sealed(struct opener *opener, const struct sealed *sealed, size_t *len) {
    struct opened_epoch *epoch = NULL;
    enum status status = open_epoch(opener, sealed, &epoch);
    if (status != ST_OK) {
        return status;
    }
    const uint8_t *bytes = (const uint8_t *)sealed->bytes.data;
    size_t overhead = seal_overhead(bytes, sealed->bytes.len);
    if (overhead == 0 || sealed->bytes.len > ENVELOPE_MAX + overhead ||
        sealed->hash.len != BLIND_SIZE) {
        return ST_FORBIDDEN;
    }
    *len = sealed->bytes.len - overhead;
    struct seal_context context = {sealed->petition, (const uint8_t *)sealed->hash.data};
    return unseal_row(epoch, &context, bytes, sealed->bytes.len, opener->plain);
}

enum status opener_open(struct opener *opener, int32_t petition, const struct signers_row *row,
                        struct signer *signer) {
    const struct sealed sealed = {SEAL_SIGNER, row->epoch,      petition,
                                  row->box,    row->email_hash, row->sealed};
    size_t len;
    enum status status = open_sealed(opener, &sealed, &len);
    return status == ST_OK ? envelope_get_signer(opener->plain, len, signer) : status;
}

/* A subscriber is nobody's of one petition. */
enum status opener_open_reader(struct opener *opener, const struct readers_row *row,
                               struct recipient *reader) {
    const struct sealed sealed = {SEAL_SUBSCRIBER, row->epoch,   0,
                                  row->box,        row->mailbox, row->sealed};
    size_t len;
    enum status status = open_sealed(opener, &sealed, &len);
    return status == ST_OK ? envelope_get_recipient(opener->plain, len, reader) : status;
}

const char *opener_why_not(enum status status) {
    return status == ST_NOT_FOUND   ? "its epoch is not sealed to this key, or was shredded"
           : status == ST_FORBIDDEN ? "it is damaged, or was moved from another row"
           : status == ST_INVALID   ? "what was sealed is none that this program knows"
                                    : "out of memory";
}

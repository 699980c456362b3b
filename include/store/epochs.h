/* epochs: sealed epoch keys, stored before the first row is sealed under them. */
#ifndef STORE_EPOCHS_H
#define STORE_EPOCHS_H

#include "core/seal.h"
#include "link/pg.h"

/* An epoch as the database knows it: its key in a box for each recipient, in their order. */
struct epochs_row {
    int64_t id;
    enum seal_purpose purpose;
    const struct recipients *recipients;
    uint8_t (*boxes)[SEAL_EPOCH_BOX];
};

/* Safe to repeat. */
enum status epochs_add(struct pg *pg, const struct epochs_row *row, int64_t deadline_ms);

#endif

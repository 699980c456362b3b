/* openings: how often the links of letters to the list were opened - numbers alone. */
#ifndef STORE_OPENINGS_H
#define STORE_OPENINGS_H

#include "store/writes.h"

struct opening_row {
    int32_t mailing; /* 0: none, and nothing is counted */
    struct text link;
    uint8_t request_id[WRITES_REQUEST_ID];
};

/* Statuses of the writes. Safe to repeat; one thread at a time. */
enum status openings_add(struct pg *pg, struct opening_row *const *rows, size_t count,
                         int64_t deadline_ms);
/* Calls `add` for each letter, or for the one of that name: a JSON object, link -> how often;
 * absent where too few have got it to tell. Statuses of pg_run. */
enum status openings_list(struct pg *pg, struct text name, int64_t deadline_ms,
                          void (*add)(struct text name, struct text json, void *context),
                          void *context);

#endif

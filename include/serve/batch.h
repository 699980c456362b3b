/* batch: how each kind of write is written and answered, in a table. */
#ifndef SERVE_BATCH_H
#define SERVE_BATCH_H

#include "serve/request.h"

struct batch_kind {
    /* All rows in one statement; statuses of store/writes. */
    enum status (*write)(struct writes *writes, struct request *const *requests, size_t count,
                         int64_t deadline_ms);
    /* After the commit. Returns the petition whose number may have moved, or 0. The request is
     * gone. */
    int32_t (*answer)(struct request *request);
};

const struct batch_kind *batch_kind(enum write_kind kind);

#endif

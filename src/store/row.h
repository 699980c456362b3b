/* row: a row of an answer whose texts are copied into an arena. */
#ifndef STORE_ROW_H
#define STORE_ROW_H

#include "base/arena.h"
#include "link/pg.h"

struct row {
    const PGresult *result;
    int at;
    struct arena *arena;
    bool failed; /* memory was out */
};

/* Absent where it is NULL. */
static inline struct text row_text(struct row *row, int column) {
    struct text text = pg_get_text(row->result, row->at, column);
    struct text copied = arena_copy(row->arena, text);
    row->failed = row->failed || (text.data && !copied.data);
    return copied;
}

#endif

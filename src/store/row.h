/* row: a row of an answer, read into what outlives it: texts are copied into an arena. */
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

static inline int64_t row_int(const struct row *row, int column) {
    return pg_get_int(row->result, row->at, column);
}

static inline bool row_bool(const struct row *row, int column) {
    return pg_get_bool(row->result, row->at, column);
}

/* Unix time; 0 where it is NULL. */
static inline int64_t row_time_ms(const struct row *row, int column) {
    return pg_get_time_ms(row->result, row->at, column);
}

/* All rows of an answer as an array in the arena, of `size` bytes each, and clears the answer.
 * NULL: out of memory. */
void *row_read_all(PGresult *result, struct arena *arena, size_t size,
                   void (*read)(struct row *row, void *out), size_t *count);

#endif

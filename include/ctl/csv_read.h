/* csv_read: rows of a CSV file (RFC 4180), which may have LF alone and a byte order mark. */
#ifndef CTL_CSV_READ_H
#define CTL_CSV_READ_H

#include <stddef.h>

#include "base/arena.h"
#include "base/text.h"

enum { CSV_CELLS_MAX = 64 };

struct csv_reader {
    struct text rest;
    size_t line; /* of the next row, from 1 */
};

struct csv_row {
    struct text cells[CSV_CELLS_MAX];
    size_t count;
    size_t line;       /* where it begins */
    const char *wrong; /* why it is no row; NULL: it is one. The next one is read from behind it */
};

void csv_reader_init(struct csv_reader *reader, struct text file);
/* Cells are views into the file, those with doubled quotes lie in the arena. Empty lines are passed
 * over. False: no more. */
bool csv_reader_next(struct csv_reader *reader, struct arena *arena, struct csv_row *out);

#endif

/* csv_read: rows of a CSV file (RFC 4180), which may have LF alone and a byte order mark.
 *
 * A quote that somebody forgot to close would hold what follows, up to the end of the file, for one
 * cell. So a quoted cell has bounds, and where it runs out of them, or ends in the middle of words,
 * the row is wrong and the next one begins in the line behind the one that its quote stands in. */
#ifndef CTL_CSV_READ_H
#define CTL_CSV_READ_H

#include <stddef.h>

#include "base/arena.h"
#include "base/text.h"

enum { CSV_CELLS_MAX = 64, CSV_QUOTED_LINES = 100, CSV_QUOTED_BYTES = 8 * 1024 };

struct csv_reader {
    struct text rest;
    size_t line; /* of the next row, from 1 */
    /* What follows the last quote that opened a cell, and its line. */
    struct text quoted;
    size_t quoted_line;
};

struct csv_row {
    struct text cells[CSV_CELLS_MAX];
    size_t count;
    size_t line;       /* where it begins; of one that is wrong, where the quote stands */
    size_t last_line;  /* where it ends */
    const char *wrong; /* why it is no row; NULL: it is one */
};

void csv_reader_init(struct csv_reader *reader, struct text file);
/* Cells are views into the file, those with doubled quotes lie in the arena. Empty lines are passed
 * over. False: no more. */
bool csv_reader_next(struct csv_reader *reader, struct arena *arena, struct csv_row *out);

#endif

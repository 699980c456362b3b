/* csv: RFC 4180 cells that a spreadsheet shows as text.
 *
 * Every line ends with CR LF; a cell is quoted when it must be. A cell that starts with = + - @,
 * tab, CR or LF, or with apostrophes and then one of those, gets an apostrophe in front: the undo
 * is to take one apostrophe away where apostrophes and then one of those stand at the start. A NUL
 * becomes U+FFFD. */
#ifndef CTL_CSV_H
#define CTL_CSV_H

#include "base/text.h"

/* Adds the separator too, unless it is the first of its line. The absent text is an empty cell. */
void csv_cell(struct buffer *out, struct text cell, bool first);
void csv_end(struct buffer *out);
/* The undo of that apostrophe. */
struct text csv_plain(struct text cell);

#endif

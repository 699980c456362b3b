/* board: the number of each petition as this process last knew it; any thread.
 *
 * Only a value with a greater (generation, version) replaces another, so that an old one that
 * arrives late changes nothing; or one that was read from PostgreSQL 10 s later, or an hour before,
 * and does not know of the greater, which somebody must have made up in Redis. A value is exact
 * while somebody - this process or another one that publishes - has read it from PostgreSQL a
 * moment ago. */
#ifndef SERVE_BOARD_H
#define SERVE_BOARD_H

#include "store/counts.h"

struct board_value {
    int64_t n;
    int64_t as_of_ms; /* 0: it never changed */
    bool exact;
};

struct board;

struct board *board_new(void);
void board_free(struct board **board);
/* False: nothing is known of it yet. */
bool board_get(struct board *board, int32_t petition, struct board_value *out);
/* A value from PostgreSQL (`fresh` true) or Redis (`fresh` false: it is as good as its read_at_ms,
 * which must have moved). */
void board_put(struct board *board, const struct count *count, bool fresh);
/* All of a list; not those that Redis has nothing of. */
void board_put_list(struct board *board, const struct count_list *list, bool fresh);
/* The petition's number has moved by a commit of this process. */
void board_mark(struct board *board, int32_t petition);
/* The ids that were marked, and not taken in the last `pause_ms`; their marks are cleared. Returns
 * how many of at most `most`; *since_ms: when the first of those was marked (monotonic). */
size_t board_take_marked(struct board *board, int64_t pause_ms, int32_t *ids, size_t most,
                         int64_t *since_ms);
/* Marks again what could not be read. */
void board_mark_all(struct board *board, const int32_t *ids, size_t count);
/* Every petition with its slug. OK or FAULT. */
enum status board_list(struct board *board, struct count_list *out);

#endif

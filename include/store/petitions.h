/* petitions: how operators make, change and list petitions. */
#ifndef STORE_PETITIONS_H
#define STORE_PETITIONS_H

#include <stdint.h>

#include "base/arena.h"
#include "core/petition.h"
#include "link/pg.h"

/* All texts live in the arena that was given. Statuses that are not told are those of pg_run. */

struct petitions_put {
    struct text json; /* as petition_file_check made it */
    int index_key;    /* the number that a new petition gets */
    /* out */
    struct text slug, state;
    int32_t text_version;
    bool created;
};

/* Makes or changes a petition. */
enum status petitions_put(struct pg *pg, struct petitions_put *put, struct arena *arena,
                          int64_t deadline_ms);

struct petitions_row {
    struct text slug, state, confirmation, language, title;
    bool over; /* cannot be signed now, whatever the state */
    bool has_goal;
    int64_t goal, count; /* count: the tally */
    int32_t text_version;
    int64_t opened_at_ms, closes_at_ms; /* 0: none */
};

enum status petitions_list(struct pg *pg, struct arena *arena, int64_t deadline_ms,
                           struct petitions_row **rows, size_t *count);
/* The whole petition as JSON. NOT_FOUND. */
enum status petitions_show(struct pg *pg, struct text slug, struct arena *arena,
                           int64_t deadline_ms, struct text *json);

struct petitions_move {
    struct text slug;
    enum petition_state wanted;
    /* out */
    struct text was, state;
    int64_t closes_at_ms; /* 0: none */
};

/* Opens, closes or withdraws. OK: it is in that state now, or was. INVALID: not possible from
 * out->was; nothing was done. NOT_FOUND. */
enum status petitions_move(struct pg *pg, struct petitions_move *move, struct arena *arena,
                           int64_t deadline_ms);

struct petitions_key {
    int32_t id;
    struct text slug;
    int index_key;
};

struct petitions_key_list {
    struct petitions_key *items;
    size_t count;
};

/* Of one petition (NOT_FOUND), or of all with an absent slug, drafts too. */
enum status petitions_keys(struct pg *pg, struct text slug, struct arena *arena,
                           int64_t deadline_ms, struct petitions_key_list *out);

#endif

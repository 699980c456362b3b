/* pictures: the pictures for previews of links, and what stands on each. */
#ifndef STORE_PICTURES_H
#define STORE_PICTURES_H

#include <stdint.h>

#include "base/arena.h"
#include "core/petition.h"
#include "link/pg.h"

/* All texts live in the arena that was given. Statuses that are not told are those of pg_run. */

struct picture {
    int32_t petition;
    struct text slug, language, title, tag_line, organization;
    struct text tag; /* of the picture that stands there; empty: none */
    int64_t goals[PETITION_GOALS_MAX];
    size_t goals_count;
    int64_t minimum, count; /* count: the tally */
    int64_t drawn;          /* the number on it; -1: not known */
};

struct pictures {
    struct picture *rows;
    size_t count;
};

/* What shall stand there. */
struct drawing {
    int64_t number;
    struct text png;
};

/* Of one petition, or of all with an absent slug: those that people see and that have no image of
 * their own. */
enum status pictures_list(struct pg *pg, struct text slug, struct arena *arena, int64_t deadline_ms,
                          struct pictures *out);
/* In the place of `was`. *stored false: another one stands there by now. */
enum status pictures_put(struct pg *pg, const struct picture *was, struct drawing drawing,
                         int64_t deadline_ms, bool *stored);

#endif

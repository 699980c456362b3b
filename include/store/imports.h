/* imports: subscribers who agreed elsewhere, taken in with the proof of it. */
#ifndef STORE_IMPORTS_H
#define STORE_IMPORTS_H

#include "base/arena.h"
#include "core/blind.h"
#include "link/pg.h"

struct imports_row {
    uint8_t mailbox[BLIND_SIZE];
    const uint8_t *sealed; /* bound to petition 0 and the mailbox */
    size_t sealed_len;
    struct text country, region, locale; /* "" where not given */
    struct text topics;                  /* with | between; "": all */
    struct text frequency;               /* weekly, monthly; else every one */
    struct text consented_at, source, wording;
    struct text fate; /* out, in the arena: new, on, off, or why the mailbox gets no letters */
};

/* Who one of them may be among a petition's signers. */
struct imports_signed {
    size_t row;
    int32_t petition;
    uint8_t email_hash[BLIND_SIZE];
};

struct imports {
    int64_t epoch;
    struct imports_row *rows;
    size_t count;
    const struct imports_signed *signers;
    size_t signers_count;
};

/* Safe to repeat. Statuses of pg_run; FAULT: out of memory too. */
enum status imports_add(struct pg *pg, const struct imports *imports, struct arena *arena,
                        int64_t deadline_ms);

#endif

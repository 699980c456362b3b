/* readers: who gets news, sealed, row by row, for an export. */
#ifndef STORE_READERS_H
#define STORE_READERS_H

#include <stdint.h>

#include "core/seal.h"
#include "link/pg.h"

struct readers_row {
    struct text mailbox; /* BLIND_SIZE bytes */
    int64_t epoch;
    struct text box, sealed; /* as in store/signers.h */
    struct text country, region, topics, frequency;
    /* The last proof: when, and either where and to which words, or the version of core/wording.h
     * and the petition. */
    int64_t consented_at_ms; /* Unix; 0: there is none */
    struct text source, wording, language, slug, organization;
    int version;
};

struct readers;

/* As signers_open, signers_next and signers_close. */
enum status readers_open(struct pg *pg, const uint8_t recipient[SEAL_PUBLIC_KEY],
                         int64_t deadline_ms, struct readers **out);
enum status readers_next(struct readers *readers, int64_t deadline_ms, struct readers_row *row);
void readers_close(struct readers **readers);

#endif

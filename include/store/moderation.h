/* moderation: what signers chose to show and its review; signatures taken out of the count and
 * back. */
#ifndef STORE_MODERATION_H
#define STORE_MODERATION_H

#include <stdint.h>

#include "base/arena.h"
#include "link/pg.h"

/* Texts live in the arena that was given. Statuses that are not told are those of pg_run. */

enum moderation_comments { MODERATION_AFTER_REVIEW, MODERATION_OFF, MODERATION_SHOWN };

struct moderation_petition {
    int32_t id;
    int index_key;
    enum moderation_comments comments;
};

/* NOT_FOUND: no such petition. */
enum status moderation_petition(struct pg *pg, struct text slug, int64_t deadline_ms,
                                struct moderation_petition *out);

/* No other words were ever shown before these. */
enum { MODERATION_FIRST = 1 };

enum moderation_review { MODERATION_WAITS, MODERATION_APPROVED, MODERATION_HIDDEN };

struct moderation_shown {
    int64_t id;
    int64_t at_ms; /* when it was counted; 0: it does not count, so it is not shown */
    enum moderation_review review;
    struct text name, place, comment; /* empty: none */
    int64_t words; /* the number of these words; MODERATION_FIRST: the first of this signature */
};

enum { MODERATION_PAGE = 200 };

struct moderation_page {
    int32_t petition;
    bool waiting;   /* only what nobody has looked at */
    int64_t before; /* smaller numbers than this; 0: from the newest */
    struct moderation_shown rows[MODERATION_PAGE];
    size_t count;
};

/* Reads the page that follows, the newest first; `before` gets the place to go on from. An empty
 * page is the end. */
enum status moderation_list(struct pg *pg, struct moderation_page *page, struct arena *arena,
                            int64_t deadline_ms);

enum { MODERATION_IDS_MAX = 1000 };

struct moderation_verdict {
    struct text slug;
    const int64_t *ids, *words; /* which words each is approved in; to hide, any will do */
    size_t count;               /* at most MODERATION_IDS_MAX */
    bool show;                  /* or hide */
};

struct moderation_reviewed {
    int64_t done[MODERATION_IDS_MAX], changed[MODERATION_IDS_MAX];
    size_t done_count;    /* of these it was done */
    size_t changed_count; /* these show other words by now, and stay as they were */
};

/* Ids that are not there are in neither list. */
enum status moderation_review(struct pg *pg, const struct moderation_verdict *verdict,
                              int64_t deadline_ms, struct moderation_reviewed *out);

struct moderation_fate {
    int64_t id;
    struct text state; /* before (invalidate) or after (undo); absent: no such signature, or none
                          that was invalidated */
    bool changed;
};

struct moderation_fates {
    struct moderation_fate *items;
    size_t count;
};

struct moderation_change {
    struct text slug;
    const int64_t *ids;
    size_t count;
    bool undo;          /* back to the state that they had */
    struct text reason; /* for an undo may be absent */
    int slot;           /* of the tally */
};

/* Takes signatures out of the count and logs the reason, or puts them back; one transaction. One
 * fate comes back for each different id, in their order. */
enum status moderation_change(struct pg *pg, const struct moderation_change *change,
                              struct arena *arena, int64_t deadline_ms,
                              struct moderation_fates *out);

#endif

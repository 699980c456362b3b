/* subscriber_row: one subscriber as a line of a file, the same to be taken in and to be handed out.
 */
#ifndef CTL_SUBSCRIBER_ROW_H
#define CTL_SUBSCRIBER_ROW_H

#include "base/arena.h"
#include "core/address.h"

enum subscriber_column {
    SUBSCRIBER_EMAIL,
    SUBSCRIBER_GIVEN_NAME,
    SUBSCRIBER_FAMILY_NAME,
    SUBSCRIBER_COUNTRY,
    SUBSCRIBER_REGION,
    SUBSCRIBER_LANGUAGE,
    SUBSCRIBER_TOPICS,
    SUBSCRIBER_FREQUENCY,
    SUBSCRIBER_CONSENTED_AT,
    SUBSCRIBER_CONSENT_SOURCE,
    SUBSCRIBER_CONSENT_TEXT,
    SUBSCRIBER_COLUMNS
};

struct subscriber_row {
    struct text cells[SUBSCRIBER_COLUMNS]; /* empty where not given */
};

/* SUBSCRIBER_COLUMNS: there is none of that name. */
int subscriber_column_find(struct text name);
/* NULL: a file may do without it. */
const char *subscriber_column_required(int column);
/* What is wrong with it, never quoting it; NULL: nothing, and *address is that of the row. */
const char *subscriber_row_check(const struct subscriber_row *row, struct address *address);
/* The list of topics without what stands around the words and between none; absent: out of memory.
 */
struct text subscriber_row_topics(const struct subscriber_row *row, struct arena *arena);
/* As lines of CSV. */
void subscriber_row_header(struct buffer *out);
void subscriber_row_csv(const struct subscriber_row *row, struct buffer *out);

#endif

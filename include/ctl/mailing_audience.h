/* mailing_audience: who a letter to the list is for, as --audience says it. */
#ifndef CTL_MAILING_AUDIENCE_H
#define CTL_MAILING_AUDIENCE_H

#include <jansson.h>

#include "ctl/context.h"
#include "store/catalog.h"

/* As sql/queries/mailing_send.sql takes it. `words` NULL: everybody who has not signed. NULL: it
 * has said what is wrong. */
json_t *mailing_audience_read(const char *words);
/* Whether each of its topics is one: a tag of a petition, or a topic of somebody who is on (who is
 * imported brings theirs). Else it says which is none. After context_database. */
enum outcome mailing_audience_check(struct context *context, const struct catalog *catalog,
                                    const json_t *audience);

#endif

/* mailing_audience: who a letter to the list is for, as --audience says it. */
#ifndef CTL_MAILING_AUDIENCE_H
#define CTL_MAILING_AUDIENCE_H

#include <jansson.h>

/* As sql/queries/mailing_send.sql takes it. `words` NULL: everybody who has not signed. NULL: it
 * has said what is wrong. */
json_t *mailing_audience_read(const char *words);

#endif

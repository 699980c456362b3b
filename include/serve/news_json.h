/* news_json: how it stands with news to a mailbox, for its holder. */
#ifndef SERVE_NEWS_JSON_H
#define SERVE_NEWS_JSON_H

#include <jansson.h>

#include "serve/snapshot.h"

enum { NEWS_CHOICES_MAX = 200 };

/* Whether it is the tag of a petition that the public may see. */
bool news_topic_known(const struct snapshot *snapshot, struct text topic);
/* What PostgreSQL says (JSON: state, frequency, topics), and `choices`: all topics that there are.
 * NULL: out of memory. */
json_t *news_json(const struct snapshot *snapshot, const char *news);

#endif

/* committer: the thread that commits, one batch after the other.
 *
 * A batch starts when none is in flight; what arrives meanwhile is the next one. While many callers
 * are at it, it waits for as many as were there before, but no longer than the last batch took.
 * Limits for the whole batch in one call of Redis, the rows in one statement of PostgreSQL, and
 * only after its commit the answers. A lost answer is asked for again with the same rows. */
#ifndef SERVE_COMMITTER_H
#define SERVE_COMMITTER_H

#include "serve/request.h"

struct committer;

/* Starts the thread. NULL: the system refused. */
struct committer *committer_start(struct worker *worker);
/* Commits and answers what is queued, then ends. */
void committer_stop(struct committer **committer);
/* Hands a write on; answers 503 at once when the queue is full. Any thread. */
void committer_put(struct committer *committer, struct request *request);
/* How many writes wait, and how full the queue is, 0-100. Any thread. */
size_t committer_length(struct committer *committer);
long committer_fill_percent(struct committer *committer);

#endif

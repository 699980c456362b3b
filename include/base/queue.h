/* queue: a bounded first-in first-out between threads, of intrusive nodes.
 *
 * Put never waits: a full or closed queue refuses. Take gets all that is there at once, since what
 * takes it works in batches. */
#ifndef BASE_QUEUE_H
#define BASE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct queue_node {
    struct queue_node *next;
};

struct queue;

struct queue *queue_new(size_t limit);
void queue_free(struct queue **queue);
/* BUSY: full. GONE: closed. */
enum status queue_put(struct queue *queue, struct queue_node *node);
/* Up to `most` nodes as a list, oldest first; waits until there is one, the queue is closed, or the
 * monotonic deadline passes (-1: none). NULL: nothing came. *count gets how many. */
struct queue_node *queue_take(struct queue *queue, size_t most, int64_t deadline_ms, size_t *count);
/* Waits until there is a node, and from then for `most_us` at most until there are `enough`; or
 * until the queue is closed. For the only taker of a queue, before it takes. */
void queue_gather(struct queue *queue, size_t enough, int64_t most_us);
/* No more puts; takers get what is left, then NULL at once. */
void queue_close(struct queue *queue);
size_t queue_length(struct queue *queue);

#endif

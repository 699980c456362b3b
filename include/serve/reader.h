/* reader: the thread that reads for everybody else - petitions, epochs, counts, statistics.
 *
 * It has connections of its own to PostgreSQL and Redis, keeps the snapshot and the board that I/O
 * threads answer from, and publishes the counts that this process moved. */
#ifndef SERVE_READER_H
#define SERVE_READER_H

#include "serve/request.h"

struct reader;

/* Starts the thread. NULL: the system refused. */
struct reader *reader_start(struct worker *worker);
/* Publishes what is marked once more, and ends. */
void reader_stop(struct reader **reader);
/* Hands a request on; answers 503 at once when the queue is full. Any thread. */
void reader_put(struct reader *reader, struct request *request);
/* Something is to be done now (a mark, a reload). Any thread; async-signal-safe. */
void reader_wake(struct reader *reader);

#endif

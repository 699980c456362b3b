#include "base/queue.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"

struct queue {
    pthread_mutex_t mutex;
    pthread_cond_t filled;
    struct queue_node *first, *last;
    size_t length, limit;
    size_t enough; /* the length that wakes a taker that gathers; 0: none does */
    bool closed;
};

static bool init_condition(pthread_cond_t *condition) {
    pthread_condattr_t attributes;
    if (pthread_condattr_init(&attributes) != 0) {
        return false;
    }
    bool good = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
                pthread_cond_init(condition, &attributes) == 0;
    pthread_condattr_destroy(&attributes);
    return good;
}

struct queue *queue_new(size_t limit) {
    struct queue *queue = calloc(1, sizeof *queue);
    if (!queue) {
        return NULL;
    }
    queue->limit = limit;
    if (pthread_mutex_init(&queue->mutex, NULL) != 0) {
        free(queue);
        return NULL;
    }
    if (!init_condition(&queue->filled)) {
        pthread_mutex_destroy(&queue->mutex);
        free(queue);
        return NULL;
    }
    return queue;
}

void queue_free(struct queue **queue) {
    if (!*queue) {
        return;
    }
    pthread_cond_destroy(&(*queue)->filled);
    pthread_mutex_destroy(&(*queue)->mutex);
    free(*queue);
    *queue = NULL;
}

static enum status append(struct queue *queue, struct queue_node *node) {
    if (queue->closed) {
        return ST_GONE;
    }
    if (queue->length >= queue->limit) {
        return ST_BUSY;
    }
    node->next = NULL;
    if (queue->last) {
        queue->last->next = node;
    } else {
        queue->first = node;
    }
    queue->last = node;
    queue->length++;
    return ST_OK;
}

enum status queue_put(struct queue *queue, struct queue_node *node) {
    pthread_mutex_lock(&queue->mutex);
    enum status status = append(queue, node);
    /* A taker sleeps on an empty queue, or on one that has not enough. */
    bool wake = status == ST_OK && (queue->length == 1 || queue->length == queue->enough);
    pthread_mutex_unlock(&queue->mutex);
    if (wake) {
        pthread_cond_signal(&queue->filled);
    }
    return status;
}

/* False: the deadline has passed. Negative: there is none. */
static bool wait_filled(struct queue *queue, int64_t deadline_us) {
    if (deadline_us < 0) {
        return pthread_cond_wait(&queue->filled, &queue->mutex) == 0;
    }
    struct timespec until = {.tv_sec = (time_t)(deadline_us / 1000000),
                             .tv_nsec = (long)(deadline_us % 1000000) * 1000};
    return pthread_cond_timedwait(&queue->filled, &queue->mutex, &until) == 0;
}

static struct queue_node *detach(struct queue *queue, size_t most, size_t *count) {
    struct queue_node *first = queue->first, *last = NULL;
    size_t taken = 0;
    while (taken < most && queue->first) {
        last = queue->first;
        queue->first = last->next;
        taken++;
    }
    if (!queue->first) {
        queue->last = NULL;
    }
    queue->length -= taken;
    *count = taken;
    if (!last) {
        return NULL;
    }
    last->next = NULL;
    return first;
}

struct queue_node *queue_take(struct queue *queue, size_t most, int64_t deadline_ms,
                              size_t *count) {
    int64_t deadline_us = deadline_ms < 0 ? -1 : deadline_ms * 1000;
    pthread_mutex_lock(&queue->mutex);
    while (queue->length == 0 && !queue->closed && wait_filled(queue, deadline_us)) {
    }
    struct queue_node *list = detach(queue, most, count);
    bool more = queue->length > 0;
    pthread_mutex_unlock(&queue->mutex);
    /* What is left may be another taker's, whom nobody has woken. */
    if (more) {
        pthread_cond_signal(&queue->filled);
    }
    return list;
}

void queue_gather(struct queue *queue, size_t enough, int64_t most_us) {
    pthread_mutex_lock(&queue->mutex);
    while (queue->length == 0 && !queue->closed && wait_filled(queue, -1)) {
    }
    int64_t deadline_us = clock_monotonic_us() + most_us;
    queue->enough = enough;
    while (queue->length < enough && !queue->closed && wait_filled(queue, deadline_us)) {
    }
    queue->enough = 0;
    pthread_mutex_unlock(&queue->mutex);
}

void queue_close(struct queue *queue) {
    pthread_mutex_lock(&queue->mutex);
    queue->closed = true;
    pthread_mutex_unlock(&queue->mutex);
    pthread_cond_broadcast(&queue->filled);
}

size_t queue_length(struct queue *queue) {
    pthread_mutex_lock(&queue->mutex);
    size_t length = queue->length;
    pthread_mutex_unlock(&queue->mutex);
    return length;
}

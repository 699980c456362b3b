#include "unit.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/queue.h"

struct item {
    struct queue_node node;
    int number;
};

static int number_of(const struct queue_node *node) {
    return ((const struct item *)(const void *)node)->number;
}

START_TEST(nodes_come_out_in_the_order_they_went_in) {
    struct queue *queue = queue_new(10);
    struct item items[4] = {{.number = 0}, {.number = 1}, {.number = 2}, {.number = 3}};
    size_t count = 99;
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(queue_put(queue, &items[i].node), ST_OK);
    }
    ck_assert_uint_eq(queue_length(queue), 4);
    struct queue_node *list = queue_take(queue, 3, 0, &count);
    ck_assert_uint_eq(count, 3);
    for (int i = 0; i < 3; i++, list = list->next) {
        ck_assert_int_eq(number_of(list), i);
    }
    ck_assert_ptr_null(list);
    list = queue_take(queue, 3, 0, &count);
    ck_assert_uint_eq(count, 1);
    ck_assert_int_eq(number_of(list), 3);
    queue_free(&queue);
    ck_assert_ptr_null(queue);
    queue_free(&queue);
}
END_TEST

START_TEST(a_full_queue_is_busy_and_a_closed_one_gone) {
    struct queue *queue = queue_new(1);
    struct item a = {.number = 1}, b = {.number = 2};
    size_t count;
    ck_assert_int_eq(queue_put(queue, &a.node), ST_OK);
    ck_assert_int_eq(queue_put(queue, &b.node), ST_BUSY);
    queue_close(queue);
    ck_assert_int_eq(queue_put(queue, &b.node), ST_GONE);
    ck_assert_ptr_eq(queue_take(queue, 9, -1, &count), &a.node);
    ck_assert_ptr_null(queue_take(queue, 9, -1, &count));
    ck_assert_uint_eq(count, 0);
    queue_free(&queue);
}
END_TEST

START_TEST(a_taker_waits_no_longer_than_its_deadline) {
    struct queue *queue = queue_new(1);
    size_t count = 1;
    int64_t start = clock_monotonic_ms();
    ck_assert_ptr_null(queue_take(queue, 1, start + 30, &count));
    ck_assert_uint_eq(count, 0);
    ck_assert_int_ge(clock_monotonic_ms() - start, 30);
    ck_assert_ptr_null(queue_take(queue, 1, 0, &count));
    queue_free(&queue);
}
END_TEST

enum { EACH = 2000, PUTTERS = 3 };

struct shared {
    struct queue *queue;
    struct item *items;
};

static void *put_all(void *argument) {
    struct shared *shared = argument;
    for (int i = 0; i < EACH; i++) {
        while (queue_put(shared->queue, &shared->items[i].node) == ST_BUSY) {
        }
    }
    return NULL;
}

static void *take_all(void *argument) {
    size_t total = 0, count;
    while (queue_take(argument, 64, -1, &count)) {
        total += count;
    }
    return (void *)total;
}

START_TEST(threads_lose_nothing_and_get_nothing_twice) {
    struct queue *queue = queue_new(100);
    struct shared shared[PUTTERS];
    pthread_t putters[PUTTERS], takers[2];
    size_t total = 0;
    for (int i = 0; i < 2; i++) {
        pthread_create(&takers[i], NULL, take_all, queue);
    }
    for (int i = 0; i < PUTTERS; i++) {
        shared[i] = (struct shared){queue, calloc(EACH, sizeof(struct item))};
        pthread_create(&putters[i], NULL, put_all, &shared[i]);
    }
    for (int i = 0; i < PUTTERS; i++) {
        pthread_join(putters[i], NULL);
    }
    queue_close(queue);
    for (int i = 0; i < 2; i++) {
        void *taken;
        pthread_join(takers[i], &taken);
        total += (size_t)taken;
    }
    ck_assert_uint_eq(total, EACH * PUTTERS);
    for (int i = 0; i < PUTTERS; i++) {
        free(shared[i].items);
    }
    queue_free(&queue);
}
END_TEST

/* Far longer than a test may take. */
static const int64_t FOR_EVER_US = INT64_C(3600) * 1000000;

static void *put_one_by_one(void *argument) {
    struct shared *shared = argument;
    for (int i = 0; i < 3; i++) {
        usleep(2000);
        queue_put(shared->queue, &shared->items[i].node);
    }
    return NULL;
}

START_TEST(a_taker_gathers_until_there_are_enough) {
    struct item items[3];
    struct queue *queue = queue_new(10);
    struct shared shared = {queue, items};
    pthread_t putter;
    size_t count;
    pthread_create(&putter, NULL, put_one_by_one, &shared);
    queue_gather(queue, 3, FOR_EVER_US);
    ck_assert_uint_eq(queue_length(queue), 3);
    pthread_join(putter, NULL);
    /* There are more than enough already. */
    queue_gather(queue, 2, FOR_EVER_US);
    ck_assert_ptr_eq(queue_take(queue, 9, -1, &count), &items[0].node);
    ck_assert_uint_eq(count, 3);
    queue_free(&queue);
}
END_TEST

START_TEST(gathering_ends_with_what_is_there) {
    struct item item;
    struct queue *queue = queue_new(10);
    queue_put(queue, &item.node);
    int64_t start = clock_monotonic_us();
    queue_gather(queue, 2, 3000);
    ck_assert_int_ge(clock_monotonic_us() - start, 3000);
    ck_assert_uint_eq(queue_length(queue), 1);
    queue_close(queue);
    queue_gather(queue, 2, FOR_EVER_US);
    queue_free(&queue);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("queue");
    TCase *cases = tcase_create("queue");
    tcase_add_test(cases, nodes_come_out_in_the_order_they_went_in);
    tcase_add_test(cases, a_full_queue_is_busy_and_a_closed_one_gone);
    tcase_add_test(cases, a_taker_waits_no_longer_than_its_deadline);
    tcase_add_test(cases, threads_lose_nothing_and_get_nothing_twice);
    tcase_add_test(cases, a_taker_gathers_until_there_are_enough);
    tcase_add_test(cases, gathering_ends_with_what_is_there);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"

enum { WAITING_MAX = 200000 };

struct visit {
    int64_t due_us, person;
};

static struct visit *heap; /* by due_us */
static size_t heap_count, heap_cap;
static uint8_t *acked; /* by person: how often */
static size_t acked_cap;
static int64_t next_person, repeats, acked_count;

uint64_t load_mix(uint64_t x) {
    x += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
}

void *load_grow(void *memory, size_t count, size_t size) {
    void *grown = reallocarray(memory, count, size);
    if (!grown) {
        fputs("load: out of memory\n", stderr);
        exit(2);
    }
    return grown;
}

void people_come_back(int64_t person, int64_t due_us) {
    if (heap_count == heap_cap) {
        heap_cap = heap_cap ? heap_cap * 2 : 1024;
        heap = load_grow(heap, heap_cap, sizeof *heap);
    }
    size_t at = heap_count++;
    while (at > 0 && heap[(at - 1) / 2].due_us > due_us) {
        heap[at] = heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap[at] = (struct visit){due_us, person};
}

static int64_t take_first(void) {
    int64_t person = heap[0].person;
    struct visit last = heap[--heap_count];
    size_t at = 0;
    for (size_t child = 1; child < heap_count; child = 2 * at + 1) {
        if (child + 1 < heap_count && heap[child + 1].due_us < heap[child].due_us)
            child++;
        if (heap[child].due_us >= last.due_us)
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = last;
    return person;
}

bool people_are_over(void) {
    return stopping || (options.persons && next_person >= options.persons);
}

bool people_are_waiting(void) {
    return heap_count > 0;
}

static bool may_start(int64_t now_us) {
    if (people_are_over() || heap_count > WAITING_MAX)
        return false;
    return !options.rate || next_person + repeats < (now_us - started_us) * options.rate / 1000000;
}

int64_t people_next(int64_t now_us) {
    if (heap_count && heap[0].due_us <= now_us)
        return take_first();
    if (!may_start(now_us))
        return -1;
    uint64_t dice = load_mix((uint64_t)(next_person * 7 + repeats));
    if (next_person > 0 && (int)(dice % 100) < options.percent) {
        repeats++;
        return (int64_t)((dice >> 8) % (uint64_t)next_person);
    }
    if ((size_t)next_person >= acked_cap) {
        size_t cap = acked_cap ? acked_cap * 2 : 65536;
        acked = load_grow(acked, cap, 1);
        memset(acked + acked_cap, 0, cap - acked_cap);
        acked_cap = cap;
    }
    return next_person++;
}

void people_acknowledge(int64_t person) {
    acked_count++;
    if (acked[person] < UINT8_MAX)
        acked[person]++;
}

void people_write(const char *path) {
    FILE *file = fopen(path, "w");
    for (int64_t i = 0; file && i < next_person; i++)
        if (acked[i])
            fprintf(file, "%lld\n", (long long)i);
    if (!file || fclose(file) != 0)
        exit(2);
}

void people_report(int busy) {
    int64_t unique = 0;
    for (int64_t i = 0; i < next_person; i++)
        unique += acked[i] > 0;
    printf("\"persons\":%lld,\"acked\":%lld,\"unique\":%lld,\"repeats\":%lld,\"waiting\":%zu",
           (long long)next_person, (long long)acked_count, (long long)unique, (long long)repeats,
           heap_count + (size_t)busy);
}

#include "serve/board.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

enum {
    EXACT_MS = 5000,    /* longer than a failed read and its retry, shorter than anybody's "now" */
    REFUTED_MS = 10000, /* these as in sql/lua/publish.lua */
    AHEAD_MS = 3600000
};

struct entry {
    struct count count;
    bool known;
    int64_t marked_ms;    /* monotonic: since when its number is to be read; 0: it is not */
    int64_t confirmed_ms; /* monotonic: when it was last known to be the table's */
    int64_t taken_ms;     /* monotonic: when its mark was last taken */
};

struct board {
    pthread_mutex_t lock;
    struct entry *entries; /* by petition */
    size_t count, cap;
};

struct board *board_new(void) {
    struct board *board = calloc(1, sizeof *board);
    if (board)
        pthread_mutex_init(&board->lock, NULL);
    return board;
}

void board_free(struct board **board) {
    if (!*board)
        return;
    pthread_mutex_destroy(&(*board)->lock);
    free((*board)->entries);
    free(*board);
    *board = NULL;
}

/* The index of the first entry that is not less. */
static size_t position(const struct board *board, int32_t petition) {
    size_t low = 0, high = board->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (board->entries[middle].count.petition < petition)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct entry *find(struct board *board, int32_t petition) {
    size_t at = position(board, petition);
    bool found = at < board->count && board->entries[at].count.petition == petition;
    return found ? &board->entries[at] : NULL;
}

static struct entry *find_or_add(struct board *board, int32_t petition) {
    struct entry *entry = find(board, petition);
    if (entry)
        return entry;
    if (board->count == board->cap) {
        size_t cap = board->cap ? board->cap * 2 : 16;
        struct entry *grown = realloc(board->entries, cap * sizeof *grown);
        if (!grown)
            return NULL;
        board->entries = grown;
        board->cap = cap;
    }
    size_t at = position(board, petition);
    memmove(&board->entries[at + 1], &board->entries[at],
            (board->count - at) * sizeof board->entries[0]);
    board->count++;
    memset(&board->entries[at], 0, sizeof board->entries[0]);
    board->entries[at].count.petition = petition;
    return &board->entries[at];
}

bool board_get(struct board *board, int32_t petition, struct board_value *out) {
    pthread_mutex_lock(&board->lock);
    const struct entry *entry = find(board, petition);
    bool known = entry && entry->known;
    if (known) {
        out->n = entry->count.n;
        out->as_of_ms = entry->count.as_of_ms;
        out->exact = clock_monotonic_ms() - entry->confirmed_ms <= EXACT_MS;
    }
    pthread_mutex_unlock(&board->lock);
    return known;
}

static bool is_older(const struct count *a, const struct count *b) {
    if (a->generation != b->generation)
        return a->generation < b->generation;
    return a->version < b->version;
}

/* What PostgreSQL does not know so long after it is said to have been read there; or what is said
 * to be read in an hour. */
static bool is_refuted(const struct count *stands, const struct count *read) {
    int64_t later_ms = read->read_at_ms - stands->read_at_ms;
    return later_ms > REFUTED_MS || later_ms < -AHEAD_MS;
}

static void replace(struct entry *entry, const struct count *count, bool fresh) {
    bool refuted = fresh && is_refuted(&entry->count, count);
    if (entry->known && is_older(count, &entry->count) && !refuted)
        return;
    bool moved = !entry->known || refuted || count->read_at_ms > entry->count.read_at_ms ||
                 count->generation != entry->count.generation;
    if (fresh || (moved && entry->known))
        entry->confirmed_ms = clock_monotonic_ms();
    int64_t read_at_ms = entry->count.read_at_ms;
    entry->count = *count;
    if (!moved)
        entry->count.read_at_ms = read_at_ms;
    entry->known = true;
}

void board_put(struct board *board, const struct count *count, bool fresh) {
    pthread_mutex_lock(&board->lock);
    struct entry *entry = find_or_add(board, count->petition);
    if (entry)
        replace(entry, count, fresh);
    pthread_mutex_unlock(&board->lock);
}

void board_put_list(struct board *board, const struct count_list *list, bool fresh) {
    for (size_t i = 0; i < list->count; i++)
        if (fresh || list->items[i].version >= 0)
            board_put(board, &list->items[i], fresh);
}

void board_mark(struct board *board, int32_t petition) {
    pthread_mutex_lock(&board->lock);
    struct entry *entry = find_or_add(board, petition);
    if (entry && !entry->marked_ms)
        entry->marked_ms = clock_monotonic_ms();
    pthread_mutex_unlock(&board->lock);
}

size_t board_take_marked(struct board *board, int64_t pause_ms, int32_t *ids, size_t most,
                         int64_t *since_ms) {
    size_t taken = 0;
    int64_t now_ms = clock_monotonic_ms();
    pthread_mutex_lock(&board->lock);
    for (size_t i = 0; i < board->count && taken < most; i++) {
        struct entry *entry = &board->entries[i];
        if (!entry->marked_ms || now_ms - entry->taken_ms < pause_ms)
            continue;
        if (taken == 0 || entry->marked_ms < *since_ms)
            *since_ms = entry->marked_ms;
        entry->marked_ms = 0;
        entry->taken_ms = now_ms;
        ids[taken++] = entry->count.petition;
    }
    pthread_mutex_unlock(&board->lock);
    return taken;
}

void board_mark_all(struct board *board, const int32_t *ids, size_t count) {
    for (size_t i = 0; i < count; i++)
        board_mark(board, ids[i]);
}

enum status board_list(struct board *board, struct count_list *out) {
    enum status status = ST_OK;
    pthread_mutex_lock(&board->lock);
    struct count *items = calloc(board->count ? board->count : 1, sizeof *items);
    if (items) {
        for (size_t i = 0; i < board->count; i++)
            items[i] = board->entries[i].count;
        *out = (struct count_list){items, board->count};
    } else {
        status = ST_FAULT;
    }
    pthread_mutex_unlock(&board->lock);
    return status;
}

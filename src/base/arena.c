#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#endif

#if defined(ARENA_ASAN)
#include <sanitizer/asan_interface.h>
enum { REDZONE = 16 };
#else
#define ASAN_POISON_MEMORY_REGION(start, size) ((void)(start), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(start, size) ((void)(start), (void)(size))
enum { REDZONE = 0 };
#endif

enum { ALIGN = alignof(max_align_t) };

/* Bytes that are not handed out are always zero, so handing out needs no memset. */
struct block {
    struct block *next; /* older */
    size_t size, used;
    alignas(max_align_t) char data[];
};

struct arena {
    struct block *newest;
    size_t chunk, limit, used;
    bool failed;
};

static struct block *block_new(size_t size) {
    if (size > SIZE_MAX - sizeof(struct block)) {
        return NULL;
    }
    struct block *block = calloc(1, sizeof *block + size);
    if (block) {
        block->size = size;
        ASAN_POISON_MEMORY_REGION(block->data, size);
    }
    return block;
}

static void block_wipe(struct block *block) {
    ASAN_UNPOISON_MEMORY_REGION(block->data, block->size);
    explicit_bzero(block->data, block->used);
    block->used = 0;
}

struct arena *arena_new(size_t chunk, size_t limit) {
    struct arena *arena = calloc(1, sizeof *arena);
    struct block *first = block_new(chunk);
    if (!arena || !first) {
        free(arena);
        free(first);
        return NULL;
    }
    *arena = (struct arena){.newest = first, .chunk = chunk, .limit = limit};
    return arena;
}

void arena_free(struct arena **arena) {
    if (!*arena) {
        return;
    }
    arena_reset(*arena);
    ASAN_UNPOISON_MEMORY_REGION((*arena)->newest->data, (*arena)->newest->size);
    free((*arena)->newest);
    free(*arena);
    *arena = NULL;
}

static struct block *block_with_room(struct arena *arena, size_t size) {
    struct block *newest = arena->newest;
    if (size <= newest->size - newest->used) {
        return newest;
    }
    struct block *block = block_new(size > arena->chunk ? size : arena->chunk);
    if (block) {
        block->next = newest;
        arena->newest = block;
    }
    return block;
}

void *arena_alloc(struct arena *arena, size_t size) {
    size_t left = arena->limit - arena->used;
    size_t whole = size > 0 ? (size + ALIGN - 1) / ALIGN * ALIGN : ALIGN;
    struct block *block = NULL;
    if (whole >= size && whole <= left) {
        block = block_with_room(arena, whole + REDZONE);
    }
    if (!block) {
        arena->failed = true;
        return NULL;
    }
    char *data = block->data + block->used;
    block->used += whole + REDZONE;
    arena->used += whole;
    ASAN_UNPOISON_MEMORY_REGION(data, size);
    return data;
}

struct text arena_copy(struct arena *arena, struct text text) {
    char *copy = text.data && text.len < SIZE_MAX ? arena_alloc(arena, text.len + 1) : NULL;
    if (!copy) {
        return (struct text){NULL, 0};
    }
    memcpy(copy, text.data, text.len);
    return text_span(copy, text.len);
}

void arena_reset(struct arena *arena) {
    while (arena->newest->next) {
        struct block *block = arena->newest;
        arena->newest = block->next;
        block_wipe(block);
        free(block);
    }
    block_wipe(arena->newest);
    ASAN_POISON_MEMORY_REGION(arena->newest->data, arena->newest->size);
    arena->used = 0;
    arena->failed = false;
}

size_t arena_used(const struct arena *arena) {
    return arena->used;
}

bool arena_failed(const struct arena *arena) {
    return arena->failed;
}

bool arena_owns(const struct arena *arena, const void *pointer) {
    uintptr_t at = (uintptr_t)pointer;
    for (const struct block *block = arena->newest; block; block = block->next) {
        uintptr_t start = (uintptr_t)block->data;
        if (at >= start && at < start + block->used) {
            return true;
        }
    }
    return false;
}

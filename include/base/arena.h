/* arena: memory with one lifetime, wiped at its end.
 *
 * One of three lifetimes (process, request, batch) has one arena; nothing in it is freed alone.
 * Resetting wipes every byte that was handed out, since it may have been somebody's name. ASan sees
 * the unused rest as poisoned. One thread at a time. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/text.h"

struct arena;

/* `chunk`: size of the first block, kept over resets. `limit`: total bytes it may hand out between
 * two resets. NULL when out of memory. */
struct arena *arena_new(size_t chunk, size_t limit);
/* Wipes and frees; sets *arena to NULL. NULL is fine. */
void arena_free(struct arena **arena);
/* Zeroed, aligned for any type; NULL at the limit or out of memory. */
void *arena_alloc(struct arena *arena, size_t size);
/* A NUL-terminated copy as a view; absent text on failure (and for the absent text). */
struct text arena_copy(struct arena *arena, struct text text);
/* Gives all back but the first block, wiped. */
void arena_reset(struct arena *arena);
/* Whether anything was refused since the last reset: lets a caller of a library that reports every
 * failure alike tell "out of memory" from the rest. */
bool arena_failed(const struct arena *arena);
/* Bytes handed out since the last reset. */
size_t arena_used(const struct arena *arena);
/* Whether the pointer lies in a block of this arena. */
bool arena_owns(const struct arena *arena, const void *pointer);

#endif

/* json: jansson with our rules: strict reading, memory from the arena, safe writing. */
#ifndef CORE_JSON_H
#define CORE_JSON_H

#include <jansson.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/text.h"

/* Installs the allocator and seeds the hash tables. Once a process, before any thread. */
void json_start(void);
/* From here on, in this thread, jansson takes its memory from `arena` and frees nothing of it (a
 * stray json_decref is harmless); leave gives the heap back. A value made inside must not be used,
 * nor decref'ed, outside. No nesting. */
void json_scope_enter(struct arena *arena);
void json_scope_leave(void);
/* Whole text to one object: rejects duplicate keys, NUL raw or escaped, bad UTF-8, trailing bytes,
 * anything that is not an object. NULL: not that, or out of memory (in a scope: arena_failed). */
json_t *json_read_object(struct text body);
/* RFC 3339 in UTC. NULL: out of memory. */
json_t *json_time(int64_t unix_ms);
/* Compact; `<`, `>`, `&`, U+2028 and U+2029 are written as escapes, so that the text is inert
 * inside HTML. `out` is failed when it does not fit or out of memory. */
void json_write(const json_t *value, struct buffer *out);
/* The same into `arena`, at most so many bytes. FAULT: it does not fit, or out of memory. */
enum status json_store(const json_t *value, size_t limit, struct arena *arena, struct text *out);

#endif

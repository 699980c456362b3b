/* secret: bytes that must not reach swap, cores or the heap's leftovers.
 *
 * Memory from libsodium's guarded allocator (mlock, MADV_DONTDUMP, wiped when freed). */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include "base/status.h"
#include "base/text.h"

/* sodium_init, no cores (RLIMIT_CORE 0, not dumpable), random bytes as base/random.h says. Call
 * first in main(). */
enum status secret_start(void);
/* Zeroed guarded memory; NULL when out of memory. */
void *secret_new(size_t size);
/* Wipes, frees, sets *secret to NULL. NULL is fine. */
void secret_free(void *secret_pointer_pointer);
/* A small file (<= limit bytes) whole into guarded memory, NUL-terminated; *out.data is freed with
 * secret_free. NOT_FOUND: cannot be opened; INVALID: too large; FAULT: read error or memory. */
enum status secret_read_file(const char *path, size_t limit, struct text *out);
/* The same of what is open already, to its end; it stays open. */
enum status secret_read_fd(int fd, size_t limit, struct text *out);
/* Of a file that holds a password: its first line alone, without CR or LF, since editors end files
 * with them; NUL-terminated, and freed as before. The absent text stays absent. */
void secret_cut_line(struct text *secret);

#endif

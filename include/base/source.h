/* source: a file of words or a template, and how what is wrong with it is told. */
#ifndef BASE_SOURCE_H
#define BASE_SOURCE_H

#include "base/arena.h"
#include "base/status.h"
#include "base/text.h"

enum { SOURCE_MESSAGE_MAX = 512, SOURCE_PATH_SIZE = 4096 };

struct source_fault {
    char message[SOURCE_MESSAGE_MAX]; /* "/.../de/confirm.txt:4: ..." */
};

/* "folder/name". What is too long becomes the empty path, where nothing is. */
void source_path(char out[SOURCE_PATH_SIZE], const char *folder, const char *name);
/* The whole file in the arena, NUL-terminated. NOT_FOUND: there is none, and the fault says
 * nothing; INVALID: it cannot be read, is larger than `limit`, or is not UTF-8 without NULs; FAULT:
 * out of memory. */
enum status source_read(struct arena *arena, const char *path, size_t limit,
                        struct source_fault *fault, struct text *out);
/* Says what is wrong, where; line 0: with the file. Always INVALID. */
enum status source_refuse(struct source_fault *fault, const char *path, size_t line,
                          const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif

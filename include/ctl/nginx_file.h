/* nginx_file: nginx' configuration as a list of directives, with all that is included.
 *
 * Reads what nginx reads: words, quotes, blocks, comments, include with patterns, relative to the
 * first file's folder. Knows no directive's meaning. */
#ifndef CTL_NGINX_FILE_H
#define CTL_NGINX_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/status.h"

enum { NGINX_WORDS_MAX = 24, NGINX_LINES_MAX = 4000, NGINX_WHY_SIZE = 400 };

struct nginx_line {
    int parent; /* index of the line whose block it stands in; -1: none */
    size_t count;
    const char *words[NGINX_WORDS_MAX]; /* the first is the directive; further ones are left out */
};

struct nginx_file {
    size_t count;
    struct nginx_line *lines;
};

/* Everything lies in the arena. NOT_FOUND: a file cannot be read; INVALID: not such a file, or too
 * many lines; FAULT: out of memory. `why` gets a line for people. */
enum status nginx_file_read(const char *path, struct arena *arena, struct nginx_file *out,
                            char why[NGINX_WHY_SIZE]);
/* The next line of this directive behind `at` (-1: from the first); -1: none. */
int nginx_file_next(const struct nginx_file *file, const char *directive, int at);
/* The same of the lines that stand in this block itself (-1: in none). */
int nginx_file_next_in(const struct nginx_file *file, int block, const char *directive, int at);
/* The block whose lines of this directive hold in this one: itself, else the nearest around it that
 * has any; -1: those that stand in none. */
int nginx_file_inherited(const struct nginx_file *file, int block, const char *directive);
/* Whether a line stands in a block of this directive, at any depth; *where gets the block's line.
 */
bool nginx_file_within(const struct nginx_file *file, int at, const char *block, int *where);

#endif

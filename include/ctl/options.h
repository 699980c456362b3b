/* options: the words behind a command, by a table.
 *
 * `--name VALUE`, `--name=VALUE` and flags, anywhere between the arguments; `--` ends options; `-`
 * is an argument (standard input). Whole names only, each at most once. */
#ifndef CTL_OPTIONS_H
#define CTL_OPTIONS_H

#include <stdbool.h>

enum { OPTIONS_MAX = 12, OPTIONS_ARGUMENTS_MAX = 32, OPTIONS_WHY_SIZE = 160 };

struct option_row {
    const char *name; /* "--format" */
    const char
        *argument; /* "csv|jsonl" or "FILE"; NULL: a flag. With a `|` only those words are taken */
    const char *help; /* a sentence */
    bool required;
};

struct options {
    const struct option_row *rows; /* ended by a NULL name */
    const char *values[OPTIONS_MAX];
    const char *arguments[OPTIONS_ARGUMENTS_MAX];
    int count; /* of arguments */
};

/* False: wrong use, `why` gets a line for people. Values point into argv. */
bool options_parse(const struct option_row *rows, int argc, char *const *argv, struct options *out,
                   char why[OPTIONS_WHY_SIZE]);
/* The value, "" for a flag; NULL: not given. */
const char *options_find(const struct options *options, const char *name);
bool options_has(const struct options *options, const char *name);

#endif

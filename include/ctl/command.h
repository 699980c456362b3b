/* command: the one table that help, the man page, the completion and the dispatcher read. */
#ifndef CTL_COMMAND_H
#define CTL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "ctl/options.h"

enum outcome {
    OUTCOME_DONE,  /* 0 */
    OUTCOME_NO,    /* 1: the answer is no: a difference found, a thing not there */
    OUTCOME_WRONG, /* 2: wrong use or configuration */
    OUTCOME_AWAY   /* 3: a service is away, or standard output is */
};

struct context;

struct command {
    const char *name;      /* "petition put" */
    const char *arguments; /* "SLUG", "[SLUG]" or "" */
    int least, most;       /* arguments */
    const char *summary;   /* half a line, no full stop */
    const char *help; /* paragraphs, separated by empty lines; lines that start with a space stay as
                         they are */
    const struct option_row *options; /* ended by a NULL name */
    enum outcome (*run)(struct context *context);
};

/* All of them, in the order of the help. */
const struct command *command_table(size_t *count);
/* The command that argv starts with; *words gets how many words its name has. NULL: there is none.
 */
const struct command *command_find(int argc, char *const *argv, int *words);
/* Whether `word` is the first word of some command's name. */
bool command_is_group(const char *word);

#endif

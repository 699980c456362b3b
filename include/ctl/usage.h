/* usage: help for people at a terminal, made from the table of commands and the table of settings.
 */
#ifndef CTL_USAGE_H
#define CTL_USAGE_H

#include "ctl/command.h"
#include "ctl/output.h"

/* Said once for help, manual and README. */
extern const char usage_purpose[];
extern const char usage_config_text[];

struct usage_exit {
    int code;
    const char *meaning;
};

/* Ended by a NULL meaning. */
extern const struct usage_exit usage_exits[];

/* "export SLUG --key FILE [--format csv|jsonl]" */
void usage_line(struct output *output, const struct command *command);
void usage_overview(struct output *output);
/* Only the commands whose first word this is. */
void usage_group(struct output *output, const char *word);
void usage_command(struct output *output, const struct command *command);
void usage_config(struct output *output);
/* Words broken at `width`, each line behind `indent` spaces; lines that start with a space stay
 * whole; ends with a line end. */
void usage_wrap(struct output *output, const char *text, size_t indent, size_t width);

#endif

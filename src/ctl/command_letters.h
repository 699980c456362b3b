/* command_letters: the options of the commands about letters, for the table of ctl/command. */
#ifndef COMMAND_LETTERS_H
#define COMMAND_LETTERS_H

#include <stddef.h>

#include "ctl/options.h"

#define JSON_ROW                                                                                   \
    { "--json", NULL, "Prints JSON for programs.", false }
#define END_ROW                                                                                    \
    { NULL, NULL, NULL, false }

extern const struct option_row command_letters_preview[], command_letters_from_petition[],
    command_letters_test[], command_letters_send[], command_letters_readers[];

#endif

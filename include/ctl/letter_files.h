/* letter_files: a letter as an operator looks at it: a message and its HTML, in a folder, or the
 * message alone on standard output. */
#ifndef CTL_LETTER_FILES_H
#define CTL_LETTER_FILES_H

#include "core/letter.h"
#include "ctl/context.h"

struct letter_files {
    const char *stem;     /* STEM.LANGUAGE.eml and .html */
    struct text list;     /* the first word of List-Id */
    struct text base_url; /* of the link that unsubscribes */
    struct text leave;    /* in it; absent: the letter offers none */
};

/* Into the folder of --out, the current one without it; `-` is standard output. Says what is wrong.
 */
enum outcome letter_files_write(struct context *context, const struct letter_files *files,
                                const struct letter_rendered *rendered);

#endif

/* output: standard output of a command, buffered, and honest about what could not be written.
 *
 * The buffer is wiped, since an export passes through it. After the first failed write nothing more
 * is written; a reader that went away (EPIPE) is told apart from a disk that is full. */
#ifndef CTL_OUTPUT_H
#define CTL_OUTPUT_H

#include <jansson.h>

#include "base/text.h"

struct output {
    int fd;
    int error; /* errno of the first write that failed, 0: none */
    struct buffer buffer;
};

void output_init(struct output *output, int fd);
/* Wipes; does not flush. */
void output_done(struct output *output);
void output_text(struct output *output, struct text text);
void output_string(struct output *output, const char *string);
void output_printf(struct output *output, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* One line; takes the reference. NULL (out of memory) is an error of the output. */
void output_json(struct output *output, json_t *value);
/* True: all that was put in has been written. */
bool output_flush(struct output *output);

/* A table of columns, padded to their widest cell; numbers stand to the right. `cells` has rows *
 * columns texts, row by row. */
struct output_column {
    const char *title;
    bool right;
};
void output_table(struct output *output, const struct output_column *columns, size_t count,
                  const struct text *cells, size_t rows);

#endif

#include "ctl/output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "core/json.h"
#include "core/words.h"

enum { FULL = 64 * 1024, LIMIT = 64 << 20, COLUMNS_MAX = 16 };

void output_init(struct output *output, int fd) {
    *output = (struct output){.fd = fd};
    buffer_init(&output->buffer, LIMIT);
}

void output_done(struct output *output) {
    buffer_done(&output->buffer);
}

static void write_all(struct output *output, const char *data, size_t len) {
    while (len > 0 && output->error == 0) {
        ssize_t n = write(output->fd, data, len);
        if (n < 0 && errno != EINTR) {
            output->error = errno;
        }
        if (n > 0) {
            data += n;
            len -= (size_t)n;
        }
    }
}

bool output_flush(struct output *output) {
    if (output->buffer.failed && output->error == 0) {
        output->error = ENOMEM;
    }
    write_all(output, output->buffer.data, output->buffer.len);
    buffer_reset(&output->buffer);
    return output->error == 0;
}

static void flush_when_full(struct output *output) {
    if (output->buffer.len >= FULL || output->buffer.failed) {
        output_flush(output);
    }
}

void output_text(struct output *output, struct text text) {
    buffer_add_text(&output->buffer, text);
    flush_when_full(output);
}

void output_string(struct output *output, const char *string) {
    output_text(output, text_of(string));
}

void output_printf(struct output *output, const char *format, ...) {
    va_list arguments;
    char *line = NULL;
    va_start(arguments, format);
    int len = vasprintf(&line, format, arguments);
    va_end(arguments);
    if (len < 0) {
        output->error = output->error == 0 ? ENOMEM : output->error;
        return;
    }
    output_text(output, text_span(line, (size_t)len));
    free(line);
}

void output_json(struct output *output, json_t *value) {
    if (value == NULL) {
        output->error = output->error == 0 ? ENOMEM : output->error;
        return;
    }
    json_write(value, &output->buffer);
    json_decref(value);
    output_string(output, "\n");
}

/* --- tables --- */

static void put_cell(struct output *output, struct text cell, size_t width, bool right) {
    size_t used = words_characters(cell);
    size_t gap = used < width ? width - used : 0;
    if (right) {
        output_printf(output, "%*s", (int)gap, "");
    }
    output_text(output, cell);
    if (!right) {
        output_printf(output, "%*s", (int)gap, "");
    }
}

/* The last column is not padded, so that no line ends in spaces. */
static void put_row(struct output *output, const struct output_column *columns, size_t count,
                    const struct text *cells, const size_t *widths) {
    for (size_t i = 0; i < count; i++) {
        bool last = i + 1 == count;
        put_cell(output, cells[i], last && !columns[i].right ? 0 : widths[i], columns[i].right);
        output_string(output, last ? "\n" : "  ");
    }
}

static size_t width_of(const struct text *cells, size_t rows, size_t count, size_t column) {
    size_t width = 0;
    for (size_t row = 0; row < rows; row++) {
        size_t used = words_characters(cells[row * count + column]);
        width = used > width ? used : width;
    }
    return width;
}

void output_table(struct output *output, const struct output_column *columns, size_t count,
                  const struct text *cells, size_t rows) {
    struct text titles[COLUMNS_MAX];
    size_t widths[COLUMNS_MAX];
    if (count > COLUMNS_MAX) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        titles[i] = text_of(columns[i].title);
        size_t width = width_of(cells, rows, count, i);
        widths[i] = width > titles[i].len ? width : titles[i].len;
    }
    put_row(output, columns, count, titles, widths);
    for (size_t row = 0; row < rows; row++) {
        put_row(output, columns, count, cells + row * count, widths);
    }
}

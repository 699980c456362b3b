#include "ctl/csv_read.h"

#include <string.h>

#include "base/utf8.h"

void csv_reader_init(struct csv_reader *reader, struct text file) {
    static const char mark[] = "\xEF\xBB\xBF";
    bool marked = text_starts(file, mark);
    *reader = (struct csv_reader){.rest = marked ? text_span(file.data + 3, file.len - 3) : file,
                                  .line = 1};
}

static bool ends_row(char c) {
    return c == '\n' || c == '\r';
}

static void step(struct csv_reader *reader, size_t bytes) {
    reader->rest = text_span(reader->rest.data + bytes, reader->rest.len - bytes);
}

/* How long what stands in quotes is, up to the closing one; all of `rest`: nothing closes it within
 * the bounds. */
static size_t quoted_length(struct text rest, size_t *lines, size_t *doubled) {
    size_t i = 0;
    *lines = *doubled = 0;
    while (i < rest.len && i <= CSV_QUOTED_BYTES && *lines <= CSV_QUOTED_LINES) {
        bool quote = rest.data[i] == '"';
        bool twice = quote && i + 1 < rest.len && rest.data[i + 1] == '"';
        if (quote && !twice) {
            return i;
        }
        *doubled += twice;
        *lines += rest.data[i] == '\n';
        i += twice ? 2 : 1;
    }
    return rest.len;
}

/* Behind a quoted cell's first quote: its content up to the closing one. */
static bool take_quoted(struct csv_reader *reader, struct arena *arena, struct text *out) {
    size_t lines, doubled, len = 0;
    struct text rest = reader->quoted = reader->rest;
    reader->quoted_line = reader->line;
    size_t end = quoted_length(rest, &lines, &doubled);
    if (end == rest.len) {
        return false;
    }
    *out = text_span(rest.data, end);
    step(reader, end + 1);
    reader->line += lines;
    if (doubled == 0) {
        return true;
    }
    char *cell = arena_alloc(arena, end + 1);
    for (size_t at = 0; cell && at < end; at++) {
        cell[len++] = rest.data[at];
        at += rest.data[at] == '"';
    }
    *out = text_span(cell, len);
    return cell != NULL;
}

/* The row ends where the line of its last quote does. */
static void give_up(struct csv_reader *reader, struct csv_row *row, const char *wrong) {
    row->wrong = wrong;
    row->line = reader->line = reader->quoted_line;
    reader->rest = reader->quoted;
    while (reader->rest.len > 0 && !ends_row(reader->rest.data[0])) {
        step(reader, 1);
    }
}

static struct text take_plain(struct csv_reader *reader) {
    struct text rest = reader->rest;
    size_t i = 0;
    while (i < rest.len && rest.data[i] != ',' && !ends_row(rest.data[i])) {
        i++;
    }
    step(reader, i);
    return text_span(rest.data, i);
}

/* What a cell is followed by: a comma (true: one more comes), a line end or the file's. */
static bool take_separator(struct csv_reader *reader, struct csv_row *row) {
    struct text rest = reader->rest;
    if (rest.len > 0 && rest.data[0] == ',') {
        step(reader, 1);
        return true;
    }
    if (rest.len > 0 && !ends_row(rest.data[0])) {
        give_up(reader, row, "a quoted cell is followed by something else than a comma");
    }
    return false;
}

static void take_line_ends(struct csv_reader *reader) {
    while (reader->rest.len > 0 && ends_row(reader->rest.data[0])) {
        reader->line += reader->rest.data[0] == '\n';
        step(reader, 1);
    }
}

static void take_cell(struct csv_reader *reader, struct arena *arena, struct csv_row *row) {
    struct text cell = {"", 0};
    if (reader->rest.len > 0 && reader->rest.data[0] == '"') {
        step(reader, 1);
        if (!take_quoted(reader, arena, &cell)) {
            give_up(reader, row, "a quote that nothing closes within 100 lines and 8 kB");
        }
    } else {
        cell = take_plain(reader);
    }
    if (row->count == CSV_CELLS_MAX) {
        row->wrong = "too many cells";
        return;
    }
    if (!row->wrong && (!utf8_valid(cell) || memchr(cell.data, '\0', cell.len))) {
        row->wrong = "not UTF-8";
    }
    row->cells[row->count++] = text_trim(cell);
}

bool csv_reader_next(struct csv_reader *reader, struct arena *arena, struct csv_row *out) {
    take_line_ends(reader);
    if (reader->rest.len == 0) {
        return false;
    }
    *out = (struct csv_row){.line = reader->line};
    do {
        take_cell(reader, arena, out);
    } while (take_separator(reader, out));
    out->last_line = reader->line;
    return true;
}

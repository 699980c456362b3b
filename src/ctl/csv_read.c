#include "ctl/csv_read.h"

#include <string.h>

#include "base/utf8.h"

void csv_reader_init(struct csv_reader *reader, struct text file) {
    static const char mark[] = "\xEF\xBB\xBF";
    bool marked = text_starts(file, mark);
    *reader = (struct csv_reader){marked ? text_span(file.data + 3, file.len - 3) : file, 1};
}

static bool ends_row(char c) {
    return c == '\n' || c == '\r';
}

/* Behind a quoted cell's first quote: its content up to the closing one. */
static bool take_quoted(struct csv_reader *reader, struct arena *arena, struct text *out) {
    struct text rest = reader->rest;
    size_t i = 0, doubled = 0;
    while (i < rest.len &&
           !(rest.data[i] == '"' && !(i + 1 < rest.len && rest.data[i + 1] == '"'))) {
        doubled += rest.data[i] == '"';
        reader->line += rest.data[i] == '\n';
        i += rest.data[i] == '"' ? 2 : 1;
    }
    if (i >= rest.len) {
        reader->rest = text_span(rest.data + rest.len, 0);
        return false;
    }
    *out = text_span(rest.data, i);
    reader->rest = text_span(rest.data + i + 1, rest.len - i - 1);
    if (doubled == 0) {
        return true;
    }
    char *cell = arena_alloc(arena, i + 1);
    size_t len = 0;
    for (size_t at = 0; cell && at < i; at++) {
        cell[len++] = rest.data[at];
        at += rest.data[at] == '"';
    }
    *out = text_span(cell, len);
    return cell != NULL;
}

static struct text take_plain(struct csv_reader *reader) {
    struct text rest = reader->rest;
    size_t i = 0;
    while (i < rest.len && rest.data[i] != ',' && !ends_row(rest.data[i])) {
        i++;
    }
    reader->rest = text_span(rest.data + i, rest.len - i);
    return text_span(rest.data, i);
}

/* What a cell is followed by: a comma (true: one more comes), a line end or the file's. */
static bool take_separator(struct csv_reader *reader, struct csv_row *row) {
    struct text rest = reader->rest;
    if (rest.len > 0 && rest.data[0] == ',') {
        reader->rest = text_span(rest.data + 1, rest.len - 1);
        return true;
    }
    if (rest.len > 0 && !ends_row(rest.data[0])) {
        row->wrong = "a quoted cell is followed by something else than a comma";
        take_plain(reader);
        while (reader->rest.len > 0 && reader->rest.data[0] == ',') {
            reader->rest = text_span(reader->rest.data + 1, reader->rest.len - 1);
            take_plain(reader);
        }
    }
    return false;
}

static void take_line_ends(struct csv_reader *reader) {
    while (reader->rest.len > 0 && ends_row(reader->rest.data[0])) {
        reader->line += reader->rest.data[0] == '\n';
        reader->rest = text_span(reader->rest.data + 1, reader->rest.len - 1);
    }
}

static void take_cell(struct csv_reader *reader, struct arena *arena, struct csv_row *row) {
    struct text cell = {NULL, 0};
    if (reader->rest.len > 0 && reader->rest.data[0] == '"') {
        reader->rest = text_span(reader->rest.data + 1, reader->rest.len - 1);
        if (!take_quoted(reader, arena, &cell)) {
            row->wrong = "a quote that nothing ends";
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
    return true;
}

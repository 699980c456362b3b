#include "ctl/csv.h"

#include <string.h>

static bool is_one_of(char c, const char *set) {
    return c != '\0' && strchr(set, c) != NULL;
}

static bool is_formula(struct text cell) {
    size_t i = 0;
    while (i < cell.len && cell.data[i] == '\'') {
        i++;
    }
    return i < cell.len && is_one_of(cell.data[i], "=+-@\t\r\n");
}

struct text csv_plain(struct text cell) {
    bool marked = cell.len > 0 && cell.data[0] == '\'' && is_formula(cell);
    return marked ? text_span(cell.data + 1, cell.len - 1) : cell;
}

static bool needs_quotes(struct text cell) {
    for (size_t i = 0; i < cell.len; i++) {
        if (is_one_of(cell.data[i], ",\"\r\n")) {
            return true;
        }
    }
    return cell.len > 0 && (cell.data[0] == ' ' || cell.data[cell.len - 1] == ' ');
}

static void add_byte(struct buffer *out, char c) {
    if (c == '"') {
        buffer_add_string(out, "\"\"");
    } else if (c == '\0') {
        buffer_add_string(out, "\xEF\xBF\xBD");
    } else {
        buffer_add(out, &c, 1);
    }
}

void csv_cell(struct buffer *out, struct text cell, bool first) {
    bool quotes = needs_quotes(cell);
    buffer_add_string(out, first ? "" : ",");
    buffer_add_string(out, quotes ? "\"" : "");
    buffer_add_string(out, is_formula(cell) ? "'" : "");
    for (size_t i = 0; i < cell.len; i++) {
        add_byte(out, cell.data[i]);
    }
    buffer_add_string(out, quotes ? "\"" : "");
}

void csv_end(struct buffer *out) {
    buffer_add_string(out, "\r\n");
}

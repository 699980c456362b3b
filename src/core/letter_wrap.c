/* The plain part of a letter in lines that every mail program shows whole. */
#include "base/utf8.h"
#include "letter_private.h"

enum { TEXT_COLUMNS = 72 };

/* Where a line of at most `columns` characters ends: behind its last word that fits. */
static size_t break_at(struct text line, size_t indent, size_t columns) {
    size_t column = 0, best = 0;
    struct text rest = line;
    while (rest.len > 0) {
        size_t at = line.len - rest.len;
        if (rest.data[0] == ' ' && at > indent) {
            best = at;
        }
        if (++column > columns && best > 0) {
            return best;
        }
        utf8_next(&rest);
    }
    return line.len;
}

static void wrap_line(struct buffer *out, struct text line) {
    size_t indent = 0;
    while (indent < line.len && line.data[indent] == ' ') {
        indent++;
    }
    size_t end = break_at(line, indent, TEXT_COLUMNS);
    buffer_add(out, line.data, end);
    buffer_add_string(out, "\n");
    while (end < line.len) {
        line = text_span(line.data + end + 1, line.len - end - 1);
        end = break_at(line, 0, TEXT_COLUMNS - indent);
        buffer_printf(out, "%*s", (int)indent, "");
        buffer_add(out, line.data, end);
        buffer_add_string(out, "\n");
    }
}

void letter_wrap(struct buffer *out, struct text text) {
    bool empty = false;
    while (text.len > 0) {
        struct text line = text_cut(&text, '\n');
        if (text_trim(line).len == 0) {
            empty = out->len > 0;
            continue;
        }
        buffer_add_string(out, empty ? "\n" : "");
        empty = false;
        wrap_line(out, line);
    }
}

/* layout.html: pieces of HTML, each behind a line `=== name`; what stands before the first says
 * nothing. The page has {{body}} and {{foot}}, the others {{words}} and, in links, {{link}}. */
#include <string.h>

#include "letter_private.h"

enum { EXTRA_NAMES = 4 };

static const char *const piece_names[LETTER_PIECES] = {
    [PIECE_PAGE] = "page",   [PIECE_PARAGRAPH] = "paragraph", [PIECE_TITLE] = "title",
    [PIECE_UNDER] = "under", [PIECE_BUTTON] = "button",       [PIECE_SMALL] = "small",
    [PIECE_LINK] = "link",
};

static enum status check_piece(const struct letter_file *file, struct text piece, size_t line,
                               struct arena *arena, struct source_fault *fault) {
    static const char *const extra[EXTRA_NAMES] = {"words", "link", "body", "foot"};
    const char *names[LETTER_VALUES + EXTRA_NAMES];
    struct template *unused;
    struct template_fault why;
    struct template_names all = letter_placeholders;
    memcpy(names, letter_names, sizeof letter_names);
    memcpy(names + LETTER_VALUES, extra, sizeof extra);
    all.items = names;
    all.count += EXTRA_NAMES;
    enum status status = template_parse(piece, all, arena, &unused, &why);
    return status == ST_INVALID
               ? source_refuse(fault, file->path, line + why.line, "%s", why.message)
               : status;
}

static int find_piece(struct text line) {
    struct text name = text_trim(text_span(line.data + 3, line.len - 3));
    for (int i = 0; i < LETTER_PIECES; i++) {
        if (text_is(name, piece_names[i])) {
            return i;
        }
    }
    return LETTER_PIECES;
}

/* From the line behind its title to the next title. */
static struct text cut_piece(struct text *rest) {
    struct text piece = text_span(rest->data, 0);
    while (rest->len > 0 && !text_starts(*rest, "===")) {
        text_cut(rest, '\n');
        piece.len = rest->data ? (size_t)(rest->data - piece.data) : 0;
    }
    return piece;
}

static bool has(struct text piece, const char *name) {
    return piece.len > 0 && memmem(piece.data, piece.len, name, strlen(name));
}

static enum status all_pieces(const struct letter_file *file, const struct letter_layout *layout,
                              struct source_fault *fault) {
    for (int i = 0; i < LETTER_PIECES; i++) {
        struct text piece = layout->pieces[i];
        const char *must = i == PIECE_PAGE ? "{{body}}" : "{{words}}";
        if (has(piece, must) && (i == PIECE_BUTTON || i == PIECE_LINK)) {
            must = "{{link}}";
        }
        if (!has(piece, must)) {
            return source_refuse(fault, file->path, 0, "no piece `=== %s` with %s in it",
                                 piece_names[i], must);
        }
    }
    return has(layout->pieces[PIECE_PAGE], "{{foot}}")
               ? ST_OK
               : source_refuse(fault, file->path, 0, "no {{foot}} in the piece `=== page`");
}

enum status letter_layout_parse(const struct letter_file *file, struct arena *arena,
                                struct letter_layout *out, struct source_fault *fault) {
    struct letter_layout layout = {0};
    struct text rest = file->content;
    size_t line = 0;
    enum status status = ST_OK;
    while (status == ST_OK && rest.len > 0) {
        struct text title = text_cut(&rest, '\n');
        line++;
        if (!text_starts(title, "===")) {
            continue;
        }
        int piece = find_piece(title);
        if (piece == LETTER_PIECES) {
            return source_refuse(fault, file->path, line, "there is no such piece");
        }
        layout.pieces[piece] = cut_piece(&rest);
        status = check_piece(file, layout.pieces[piece], line, arena, fault);
        for (size_t i = 0; i < layout.pieces[piece].len; i++) {
            line += layout.pieces[piece].data[i] == '\n';
        }
    }
    status = status == ST_OK ? all_pieces(file, &layout, fault) : status;
    if (status == ST_OK) {
        *out = layout;
    }
    return status;
}

#include "ctl/ids.h"

static size_t pieces_of(struct text text, char separator) {
    size_t count = 1;
    for (size_t i = 0; i < text.len; i++) {
        count += text.data[i] == separator;
    }
    return count;
}

static bool is_nothing(struct text piece, char separator) {
    return piece.len == 0 || (separator == '\n' && piece.data[0] == '#');
}

enum status ids_parse(struct text text, char separator, struct arena *arena, struct ids *out,
                      size_t *bad) {
    int64_t *items = arena_alloc(arena, pieces_of(text, separator) * sizeof *items);
    size_t count = 0;
    if (items == NULL) {
        return ST_FAULT;
    }
    for (size_t piece = 1; text.data != NULL; piece++) {
        struct text word = text_trim(text_cut(&text, separator));
        unsigned long long number;
        if (is_nothing(word, separator)) {
            continue;
        }
        if (!text_to_u64(word, &number) || number == 0 || number > INT64_MAX) {
            *bad = piece;
            return ST_INVALID;
        }
        items[count++] = (int64_t)number;
    }
    if (count == 0) {
        *bad = 0;
        return ST_INVALID;
    }
    *out = (struct ids){items, count};
    return ST_OK;
}

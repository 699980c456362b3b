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

static bool take_number(struct text word, int64_t *out) {
    unsigned long long number;
    if (!text_to_u64(word, &number) || number == 0 || number > INT64_MAX) {
        return false;
    }
    *out = (int64_t)number;
    return true;
}

/* "7", or between commas "7:12". */
static bool take_piece(struct text word, char separator, int64_t *id, int64_t *tag) {
    struct text rest = word;
    *tag = 0;
    if (separator != ',') {
        return take_number(word, id);
    }
    return take_number(text_cut(&rest, ':'), id) && (rest.data == NULL || take_number(rest, tag));
}

enum status ids_parse(struct text text, char separator, struct arena *arena, struct ids *out,
                      size_t *bad) {
    size_t most = pieces_of(text, separator), count = 0;
    int64_t *items = arena_alloc(arena, most * sizeof *items);
    int64_t *tags = arena_alloc(arena, most * sizeof *tags);
    if (items == NULL || tags == NULL) {
        return ST_FAULT;
    }
    for (size_t piece = 1; text.data != NULL; piece++) {
        struct text word = text_trim(text_cut(&text, separator));
        if (is_nothing(word, separator)) {
            continue;
        }
        if (!take_piece(word, separator, &items[count], &tags[count])) {
            *bad = piece;
            return ST_INVALID;
        }
        count++;
    }
    if (count == 0) {
        *bad = 0;
        return ST_INVALID;
    }
    *out = (struct ids){items, tags, count};
    return ST_OK;
}

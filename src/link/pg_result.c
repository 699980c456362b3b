#include <stdlib.h>
#include <string.h>

#include "pg_private.h"

/* What is left of a binary value; `failed` once it was shorter than it said. */
struct reader {
    const char *next;
    size_t left;
    bool failed;
};

/* With its sign, from 1 to 8 bytes. */
static int64_t big_to_int(const char *data, size_t size) {
    uint64_t value = (data[0] & 0x80) ? UINT64_MAX : 0;

    for (size_t i = 0; i < size; i++)
        value = value << 8 | (uint8_t)data[i];
    return (int64_t)value;
}

/* --- single values --- */

struct text pg_get_text(const PGresult *result, int row, int column) {
    if (PQgetisnull(result, row, column))
        return text_of(NULL);
    return text_span(PQgetvalue(result, row, column), (size_t)PQgetlength(result, row, column));
}

int64_t pg_get_int(const PGresult *result, int row, int column) {
    struct text value = pg_get_text(result, row, column);

    if (!value.data || value.len == 0)
        return 0;
    /* pg_script gets its results as text. */
    if (PQfformat(result, column) == 0)
        return value.data[0] == 't' ? 1 : strtoll(value.data, NULL, 10);
    /* A bool is one byte, an int two, four or eight. */
    return value.len <= 8 ? big_to_int(value.data, value.len) : 0;
}

bool pg_get_bool(const PGresult *result, int row, int column) {
    return pg_get_int(result, row, column) != 0;
}

int64_t pg_get_time_ms(const PGresult *result, int row, int column) {
    struct text value = pg_get_text(result, row, column);
    if (!value.data || value.len != 8 || PQfformat(result, column) != 1)
        return 0;
    int64_t us = big_to_int(value.data, 8);
    if (us == INT64_MAX || us == INT64_MIN)
        return 0;
    return us / 1000 - (us % 1000 < 0) + PG_EPOCH_MS;
}

/* --- arrays --- */

static int64_t read_int4(struct reader *reader) {
    int64_t value;

    if (reader->left < 4) {
        reader->failed = true;
        return 0;
    }
    value = big_to_int(reader->next, 4);
    reader->next += 4;
    reader->left -= 4;
    return value;
}

/* Absent for NULL. */
static struct text read_element(struct reader *reader) {
    int64_t len = read_int4(reader);
    struct text element = text_of(NULL);

    if (len == -1 || reader->failed)
        return element;
    if (len < 0 || (uint64_t)len > reader->left) {
        reader->failed = true;
        return element;
    }
    element = text_span(reader->next, (size_t)len);
    reader->next += len;
    reader->left -= (size_t)len;
    return element;
}

/* How many elements follow; -1: not an array of one dimension. */
static int64_t read_header(struct reader *reader, int64_t *type) {
    int64_t dimensions = read_int4(reader), count = 0;

    read_int4(reader); /* whether there are NULLs; each element says so itself */
    *type = read_int4(reader);
    if (dimensions == 1) {
        count = read_int4(reader);
        read_int4(reader); /* its lower bound */
    }
    return reader->failed || dimensions < 0 || dimensions > 1 || count < 0 ? -1 : count;
}

static int64_t open_array(const PGresult *result, int row, int column, struct reader *reader,
                          int64_t *type) {
    struct text value = pg_get_text(result, row, column);

    if (!value.data || PQfformat(result, column) != 1)
        return -1;
    *reader = (struct reader){value.data, value.len, false};
    return read_header(reader, type);
}

int pg_get_ints(const PGresult *result, int row, int column, int64_t *out, int most) {
    struct reader reader;
    int64_t type = 0, count = open_array(result, row, column, &reader, &type);
    size_t size = type == PG_INT2 ? 2 : type == PG_INT4 ? 4 : type == PG_INT8 ? 8 : 0;

    if (count < 0 || count > most || size == 0)
        return -1;
    for (int64_t i = 0; i < count; i++) {
        struct text element = read_element(&reader);

        if (element.data && element.len != size)
            return -1;
        out[i] = element.data ? big_to_int(element.data, size) : 0;
    }
    return reader.failed ? -1 : (int)count;
}

int pg_get_texts(const PGresult *result, int row, int column, struct text *out, int most) {
    enum { VARCHAR = 1043 };
    struct reader reader;
    int64_t type = 0, count = open_array(result, row, column, &reader, &type);

    if (count < 0 || count > most || (type != PG_TEXT && type != PG_BYTEA && type != VARCHAR))
        return -1;
    for (int64_t i = 0; i < count; i++)
        out[i] = read_element(&reader);
    return reader.failed ? -1 : (int)count;
}

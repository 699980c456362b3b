#include <limits.h>
#include <string.h>

#include "pg_private.h"

/* Of a binary array: dimensions, "has NULLs", element type, then length and lower bound of its one
 * dimension. An empty one has no dimension. */
enum { HEADER_SIZE = 20, EMPTY_HEADER_SIZE = 12, JSON_MAX = 16 << 20 };

static void put_big(uint8_t *out, size_t size, uint64_t value) {
    for (size_t i = size; i-- > 0; value >>= 8)
        out[i] = (uint8_t)(value & 0xff);
}

/* --- single parameters --- */

void pg_params_init(struct pg_params *params) {
    params->count = 0;
}

void pg_params_add(struct pg_params *params, const void *data, size_t len) {
    /* One too many spoils all of them, which pg_run refuses. */
    if (params->count >= PG_PARAMS_MAX || len > INT_MAX) {
        params->count = PG_PARAMS_MAX + 1;
        return;
    }
    params->values[params->count] = data;
    params->lengths[params->count] = (int)len;
    params->count++;
}

void pg_params_add_text(struct pg_params *params, struct text text) {
    pg_params_add(params, text.data, text.len);
}

void pg_params_add_int2(struct pg_params *params, uint8_t storage[2], int16_t value) {
    put_big(storage, 2, (uint64_t)value);
    pg_params_add(params, storage, 2);
}

void pg_params_add_int4(struct pg_params *params, uint8_t storage[4], int32_t value) {
    put_big(storage, 4, (uint64_t)value);
    pg_params_add(params, storage, 4);
}

void pg_params_add_int8(struct pg_params *params, uint8_t storage[8], int64_t value) {
    put_big(storage, 8, (uint64_t)value);
    pg_params_add(params, storage, 8);
}

void pg_params_add_time_ms(struct pg_params *params, uint8_t storage[8], int64_t unix_ms) {
    if (unix_ms == INT64_MIN || unix_ms == INT64_MAX)
        pg_params_add(params, NULL, 0);
    else
        pg_params_add_int8(params, storage, (unix_ms - PG_EPOCH_MS) * 1000);
}

/* Binary jsonb is its text behind a version byte. */
bool pg_params_add_jsonb(struct pg_params *params, struct text json, struct buffer *storage) {
    buffer_init(storage, JSON_MAX);
    buffer_add(storage, "\1", 1);
    buffer_add_text(storage, json);
    if (!storage->failed)
        pg_params_add(params, storage->data, storage->len);
    return !storage->failed;
}

/* --- arrays --- */

void pg_array_init(struct pg_array *array, enum pg_type type, size_t limit) {
    buffer_init(&array->buffer, limit);
    array->type = type;
    pg_array_reset(array);
}

void pg_array_done(struct pg_array *array) {
    buffer_done(&array->buffer);
    array->count = 0;
}

void pg_array_reset(struct pg_array *array) {
    static const uint8_t header[HEADER_SIZE] = {0};

    buffer_reset(&array->buffer);
    array->count = 0;
    array->has_null = false;
    buffer_add(&array->buffer, header, sizeof header);
}

static void add_element(struct pg_array *array, const void *data, size_t len) {
    uint8_t size[4];

    if (len > INT32_MAX || array->count == INT32_MAX) {
        array->buffer.failed = true;
        return;
    }
    put_big(size, sizeof size, len);
    buffer_add(&array->buffer, size, sizeof size);
    if (len > 0)
        buffer_add(&array->buffer, data, len);
    array->count++;
}

void pg_array_add_bool(struct pg_array *array, bool value) {
    uint8_t byte = value;

    add_element(array, &byte, 1);
}

void pg_array_add_int(struct pg_array *array, int64_t value) {
    size_t size = array->type == PG_INT2 ? 2 : array->type == PG_INT4 ? 4 : 8;
    uint8_t bytes[8];

    put_big(bytes, size, (uint64_t)value);
    add_element(array, bytes, size);
}

void pg_array_add_bytes(struct pg_array *array, const void *data, size_t len) {
    add_element(array, data, len);
}

static void add_null(struct pg_array *array) {
    static const uint8_t none[4] = {0xff, 0xff, 0xff, 0xff};

    buffer_add(&array->buffer, none, sizeof none);
    array->has_null = true;
    array->count++;
}

void pg_array_add_text(struct pg_array *array, struct text text) {
    if (text.data)
        add_element(array, text.data, text.len);
    else
        add_null(array);
}

bool pg_params_add_array(struct pg_params *params, struct pg_array *array) {
    uint8_t header[HEADER_SIZE];

    if (array->buffer.failed || !array->buffer.data)
        return false;
    put_big(header, 4, array->count > 0);
    put_big(header + 4, 4, array->has_null);
    put_big(header + 8, 4, (uint64_t)array->type);
    put_big(header + 12, 4, (uint64_t)array->count);
    put_big(header + 16, 4, 1);
    memcpy(array->buffer.data, header, sizeof header);
    pg_params_add(params, array->buffer.data,
                  array->count > 0 ? array->buffer.len : EMPTY_HEADER_SIZE);
    return true;
}

void pg_arrays_init(struct pg_array *arrays, const enum pg_type *types, size_t count,
                    size_t limit) {
    for (size_t i = 0; i < count; i++)
        pg_array_init(&arrays[i], types[i], limit);
}

void pg_arrays_done(struct pg_array *arrays, size_t count) {
    for (size_t i = 0; i < count; i++)
        pg_array_done(&arrays[i]);
}

bool pg_params_add_arrays(struct pg_params *params, struct pg_array *arrays, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (!pg_params_add_array(params, &arrays[i]))
            return false;
    return true;
}

#include "base/config.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

/* A configuration is a page of text. What is larger is the wrong file. */
enum { FILE_LIMIT = 256 * 1024, LINE_LIMIT = 4096, NAME_LIMIT = 64 };

/* What becomes of one key; written to the caller's struct only when all is well. */
struct found {
    const char *string;
    long number;
    bool in_file;
};

struct load {
    const struct config_key *keys;
    size_t count;
    struct found *found;
    struct arena *arena;
    struct config_error *error;
    const char *source; /* "countersign.conf:" or "environment: " as errors begin */
    size_t line;        /* 0: not a line */
};

static void vfail(struct load *load, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

static void vfail(struct load *load, const char *format, va_list args) {
    char *message = load->error->message;
    size_t size = sizeof load->error->message;
    int len = load->line ? snprintf(message, size, "%s:%zu: ", load->source, load->line)
                         : snprintf(message, size, "%s: ", load->source);
    if (len >= 0 && (size_t)len < size) {
        vsnprintf(message + len, size - (size_t)len, format, args);
    }
}

__attribute__((format(printf, 2, 3))) static enum status fail(struct load *load, const char *format,
                                                              ...) {
    va_list args;
    va_start(args, format);
    vfail(load, format, args);
    va_end(args);
    return ST_INVALID;
}

static enum status out_of_memory(struct load *load) {
    fail(load, "out of memory");
    return ST_FAULT;
}

/* Decimal with an optional minus; no plus, no spaces, no other base. */
static bool to_long(struct text text, long *out) {
    bool negative = text_starts(text, "-");
    unsigned long long value;
    struct text digits = negative ? text_span(text.data + 1, text.len - 1) : text;
    if (!text_to_u64(digits, &value) || value > INT32_MAX) {
        return false;
    }
    *out = negative ? -(long)value : (long)value;
    return true;
}

static enum status set_integer(struct load *load, size_t index, struct text value) {
    const struct config_key *key = &load->keys[index];
    long number;
    if (!to_long(value, &number) || number < key->min || number > key->max) {
        return fail(load, "%s must be a whole number from %ld to %ld", key->name, key->min,
                    key->max);
    }
    load->found[index].number = number;
    return ST_OK;
}

static enum status set_level(struct load *load, size_t index, struct text value) {
    enum log_level level;
    if (!log_level_parse(value, &level)) {
        return fail(load, "%s must be debug, info, warning or error", load->keys[index].name);
    }
    load->found[index].number = (long)level;
    return ST_OK;
}

static enum status set_string(struct load *load, size_t index, struct text value) {
    const struct config_key *key = &load->keys[index];
    const char *expected = key->check ? key->check(value) : NULL;
    if (expected) {
        return fail(load, "%s must be %s", key->name, expected);
    }
    struct text copy = arena_copy(load->arena, value);
    if (!copy.data) {
        return out_of_memory(load);
    }
    load->found[index].string = copy.data;
    return ST_OK;
}

static bool has_controls(struct text text) {
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if ((byte < 0x20 && byte != '\t') || byte == 0x7F) {
            return true;
        }
    }
    return false;
}

static enum status set_value(struct load *load, size_t index, struct text value) {
    if (has_controls(value)) {
        return fail(load, "%s holds a control character", load->keys[index].name);
    }
    switch (load->keys[index].type) {
    case CONFIG_INTEGER:
        return set_integer(load, index, value);
    case CONFIG_LEVEL:
        return set_level(load, index, value);
    case CONFIG_STRING:
    case CONFIG_FILE:
        break;
    }
    return set_string(load, index, value);
}

static enum status set_fallbacks(struct load *load) {
    enum status status = ST_OK;
    load->source = "defaults";
    for (size_t i = 0; i < load->count && status == ST_OK; i++) {
        if (load->keys[i].fallback) {
            status = set_value(load, i, text_of(load->keys[i].fallback));
        }
    }
    return status;
}

static bool find_key(const struct load *load, struct text name, size_t *index) {
    for (size_t i = 0; i < load->count; i++) {
        if (text_is(name, load->keys[i].name)) {
            *index = i;
            return true;
        }
    }
    return false;
}

/* Names come from a file that may be anything: cut, and only what is printable. */
static enum status fail_unknown(struct load *load, struct text name) {
    char shown[NAME_LIMIT + 1];
    size_t len = name.len < NAME_LIMIT ? name.len : NAME_LIMIT;
    for (size_t i = 0; i < len; i++) {
        shown[i] = name.data[i] > ' ' && name.data[i] < 0x7F ? name.data[i] : '?';
    }
    shown[len] = '\0';
    return fail(load, "unknown name '%s'", shown);
}

static enum status read_line(struct load *load, struct text line) {
    if (line.len > LINE_LIMIT) {
        return fail(load, "the line is longer than %d bytes", LINE_LIMIT);
    }
    struct text value = line;
    struct text name = text_trim(text_cut(&value, '='));
    size_t index;
    if (!value.data) {
        return fail(load, "expected `name = value`");
    }
    if (!find_key(load, name, &index)) {
        return fail_unknown(load, name);
    }
    if (load->found[index].in_file) {
        return fail(load, "%s stands here for the second time", load->keys[index].name);
    }
    value = text_trim(value);
    if (value.len == 0) {
        return fail(load, "%s has no value: give one, or remove the line for the default",
                    load->keys[index].name);
    }
    load->found[index].in_file = true;
    return set_value(load, index, value);
}

static enum status read_lines(struct load *load, struct text rest) {
    struct text line;
    enum status status = ST_OK;
    if (rest.len > 0 && memchr(rest.data, '\0', rest.len)) {
        return fail(load, "holds a NUL byte: not a configuration file");
    }
    while (status == ST_OK && text_next_line(&rest, &line, &load->line)) {
        status = read_line(load, line);
    }
    load->error->end = load->line;
    load->line = status == ST_OK ? 0 : load->line;
    return status;
}

/* One byte more than allowed is read, so that too much shows. */
static enum status read_file(struct load *load, const char *path) {
    load->source = path;
    load->line = 0;
    char *data = malloc(FILE_LIMIT + 1);
    FILE *file = data ? fopen(path, "re") : NULL;
    if (!file) {
        enum status status = data ? ST_NOT_FOUND : out_of_memory(load);
        if (data) {
            fail(load, "cannot be opened: %s", strerrordesc_np(errno));
        }
        free(data);
        return status;
    }
    enum status status = ST_FAULT;
    size_t len = fread(data, 1, FILE_LIMIT + 1, file);
    if (ferror(file)) {
        fail(load, "cannot be read");
    } else if (len > FILE_LIMIT) {
        status = fail(load, "is larger than %d bytes: not a configuration file", FILE_LIMIT);
    } else {
        status = read_lines(load, text_span(data, len));
    }
    fclose(file);
    explicit_bzero(data, len);
    free(data);
    return status;
}

static const char *environment_of(const char *name) {
    char variable[NAME_LIMIT + 16];
    int len = snprintf(variable, sizeof variable, "COUNTERSIGN_%s", name);
    if (len < 0 || (size_t)len >= sizeof variable) {
        return NULL;
    }
    for (char *c = variable; *c; c++) {
        *c = *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
    }
    return getenv(variable);
}

/* An empty variable counts as none, as compose files write it. */
static enum status read_environment(struct load *load) {
    enum status status = ST_OK;
    load->source = "environment";
    load->line = 0;
    for (size_t i = 0; i < load->count && status == ST_OK; i++) {
        struct text value = text_trim(text_of(environment_of(load->keys[i].name)));
        if (value.len > 0) {
            status = set_value(load, i, value);
        }
    }
    return status;
}

static void hand_over(const struct load *load, char *out) {
    for (size_t i = 0; i < load->count; i++) {
        const struct config_key *key = &load->keys[i];
        const struct found *found = &load->found[i];
        if (key->type == CONFIG_STRING || key->type == CONFIG_FILE) {
            memcpy(out + key->offset, &found->string, sizeof found->string);
        } else {
            memcpy(out + key->offset, &found->number, sizeof found->number);
        }
    }
}

enum status config_load(const char *path, const struct config_table *table, void *out,
                        struct arena *arena, struct config_error *error) {
    struct load load = {.keys = table->keys, .count = table->count, .arena = arena, .error = error};
    *error = (struct config_error){.end = 0};
    load.source = path ? path : "environment";
    load.found = calloc(table->count, sizeof *load.found);
    if (!load.found) {
        return out_of_memory(&load);
    }
    enum status status = set_fallbacks(&load);
    if (status == ST_OK && path) {
        status = read_file(&load, path);
    }
    if (status == ST_OK) {
        status = read_environment(&load);
    }
    if (status == ST_OK) {
        hand_over(&load, out);
    }
    free(load.found);
    return status;
}

const char *config_path(const char *given) {
    const char *path = given ? given : getenv("COUNTERSIGN_CONFIG");
    if (path && *path) {
        return path;
    }
    return access(CONFIG_USUAL, F_OK) == 0 ? CONFIG_USUAL : NULL;
}

#include "ctl/faults.h"

#include <jansson.h>
#include <stdio.h>

/* jansson tells the place of a plain mistake in the syntax; what else makes it none, we tell. */
static void say_not_json(const char *name, struct text file) {
    json_error_t error = {.line = 0};
    json_t *value =
        json_loadb(file.data, file.len, JSON_REJECT_DUPLICATES | JSON_DISABLE_EOF_CHECK, &error);
    if (value == NULL && error.line > 0) {
        fprintf(stderr, "%s:%d: %s\n", name, error.line, error.text);
    } else {
        fprintf(stderr, "%s: is not one JSON object in UTF-8 without NULs\n", name);
    }
    json_decref(value);
}

void faults_say(const char *name, struct text file, const struct problems *problems) {
    if (problems->problem != PROBLEM_INVALID_FIELDS) {
        say_not_json(name, file);
        return;
    }
    for (size_t i = 0; i < problems->count; i++) {
        const struct problem_field *field = &problems->fields[i];
        fprintf(stderr, "%s: %.*s: %s\n", name, (int)field->pointer.len, field->pointer.data,
                field_problem_kind(field->problem)->detail);
    }
    if (problems->count == PROBLEM_FIELDS_MAX) {
        fprintf(stderr, "%s: and perhaps more\n", name);
    }
}

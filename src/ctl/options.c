#include "ctl/options.h"

#include <stdio.h>
#include <string.h>

/* Index of the row that `word` names, -1: none. *value gets what stands behind a `=`, else NULL. */
static int row_find(const struct option_row *rows, const char *word, const char **value) {
    const char *equals = strchr(word, '=');
    size_t len = equals != NULL ? (size_t)(equals - word) : strlen(word);
    *value = equals != NULL ? equals + 1 : NULL;
    for (int i = 0; rows[i].name != NULL; i++) {
        if (strlen(rows[i].name) == len && memcmp(rows[i].name, word, len) == 0) {
            return i;
        }
    }
    return -1;
}

static bool is_one_of(const char *value, const char *words) {
    size_t len = strlen(value);
    if (strchr(words, '|') == NULL) {
        return true;
    }
    for (const char *word = words; word != NULL; word = strchr(word, '|')) {
        word += *word == '|';
        if (strcspn(word, "|") == len && memcmp(word, value, len) == 0) {
            return true;
        }
    }
    return false;
}

/* Takes the option at argv[0]; returns how many words that were, 0: wrong use. */
static int take_option(struct options *options, int argc, char *const *argv,
                       char why[OPTIONS_WHY_SIZE]) {
    const char *value;
    int index = row_find(options->rows, argv[0], &value);
    if (index < 0) {
        int len = (int)strcspn(argv[0], "=");
        snprintf(why, OPTIONS_WHY_SIZE, "unknown option %.*s", len < 64 ? len : 64, argv[0]);
        return 0;
    }
    const struct option_row *row = &options->rows[index];
    if (options->values[index] != NULL) {
        snprintf(why, OPTIONS_WHY_SIZE, "%s is given twice", row->name);
        return 0;
    }
    if (row->argument == NULL) {
        if (value != NULL) {
            snprintf(why, OPTIONS_WHY_SIZE, "%s takes no value", row->name);
            return 0;
        }
        options->values[index] = "";
        return 1;
    }
    int used = value != NULL ? 1 : 2;
    if (used == 2 && argc < 2) {
        snprintf(why, OPTIONS_WHY_SIZE, "%s needs a value: %s", row->name, row->argument);
        return 0;
    }
    options->values[index] = used == 2 ? argv[1] : value;
    if (!is_one_of(options->values[index], row->argument)) {
        snprintf(why, OPTIONS_WHY_SIZE, "%s is one of %s", row->name, row->argument);
        return 0;
    }
    return used;
}

static bool take_argument(struct options *options, const char *word, char why[OPTIONS_WHY_SIZE]) {
    if (options->count == OPTIONS_ARGUMENTS_MAX) {
        snprintf(why, OPTIONS_WHY_SIZE, "too many arguments");
        return false;
    }
    options->arguments[options->count++] = word;
    return true;
}

static bool all_required(const struct options *options, char why[OPTIONS_WHY_SIZE]) {
    for (int i = 0; options->rows[i].name != NULL; i++) {
        if (options->rows[i].required && options->values[i] == NULL) {
            snprintf(why, OPTIONS_WHY_SIZE, "%s is missing", options->rows[i].name);
            return false;
        }
    }
    return true;
}

bool options_parse(const struct option_row *rows, int argc, char *const *argv, struct options *out,
                   char why[OPTIONS_WHY_SIZE]) {
    struct options options = {.rows = rows};
    bool ended = false;
    for (int i = 0; i < argc;) {
        bool is_option = !ended && argv[i][0] == '-' && argv[i][1] != '\0';
        int used = 1;
        if (is_option && strcmp(argv[i], "--") == 0) {
            ended = true;
        } else if (is_option) {
            used = take_option(&options, argc - i, argv + i, why);
        } else if (!take_argument(&options, argv[i], why)) {
            used = 0;
        }
        if (used == 0) {
            return false;
        }
        i += used;
    }
    if (!all_required(&options, why)) {
        return false;
    }
    *out = options;
    return true;
}

const char *options_find(const struct options *options, const char *name) {
    for (int i = 0; options->rows[i].name != NULL; i++) {
        if (strcmp(options->rows[i].name, name) == 0) {
            return options->values[i];
        }
    }
    return NULL;
}

bool options_has(const struct options *options, const char *name) {
    return options_find(options, name) != NULL;
}

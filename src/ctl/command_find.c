/* Which command the words of argv name. */
#include <string.h>

#include "ctl/command.h"

/* How many words of argv the name takes, 0: it does not match. */
static int name_matches(const char *name, int argc, char *const *argv) {
    for (int words = 0;; name++, words++) {
        size_t len = strcspn(name, " ");
        if (words >= argc || strlen(argv[words]) != len || memcmp(argv[words], name, len) != 0) {
            return 0;
        }
        name += len;
        if (*name == '\0') {
            return words + 1;
        }
    }
}

const struct command *command_find(int argc, char *const *argv, int *words) {
    size_t count;
    const struct command *table = command_table(&count);
    for (size_t i = 0; i < count; i++) {
        int used = name_matches(table[i].name, argc, argv);
        if (used > 0) {
            *words = used;
            return &table[i];
        }
    }
    return NULL;
}

bool command_is_group(const char *word) {
    size_t count, len = strlen(word);
    const struct command *table = command_table(&count);
    for (size_t i = 0; i < count; i++) {
        if (strncmp(table[i].name, word, len) == 0 && table[i].name[len] == ' ') {
            return true;
        }
    }
    return false;
}

#include "unit.h"

#include <dirent.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int unit_run(Suite *suite) {
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    unit_remove();
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

struct text unit_read(const char *path) {
    enum { LIMIT = 1 << 20 };
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s cannot be opened", path);
    char *data = malloc(LIMIT);
    ck_assert_ptr_nonnull(data);
    size_t len = fread(data, 1, LIMIT - 1, file);
    fclose(file);
    data[len] = '\0';
    return text_span(data, len);
}

static int visible(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

char **unit_list(const char *folder, size_t *count) {
    struct dirent **entries;
    int found = scandir(folder, &entries, visible, alphasort);
    *count = 0;
    if (found <= 0) {
        return NULL;
    }
    char **names = calloc((size_t)found, sizeof *names);
    for (int i = 0; i < found; i++) {
        if (names) {
            names[(*count)++] = strdup(entries[i]->d_name);
        }
        free(entries[i]);
    }
    free(entries);
    return names;
}

void unit_list_free(char **names, size_t count) {
    for (size_t i = 0; i < count; i++) {
        free(names[i]);
    }
    free(names);
}

static char folder[256];

const char *unit_folder(void) {
    if (folder[0] == '\0') {
        const char *parent = getenv("TMPDIR");
        snprintf(folder, sizeof folder, "%s/countersign-unit-XXXXXX", parent ? parent : "/tmp");
        if (!mkdtemp(folder)) {
            abort();
        }
    }
    return folder;
}

const char *unit_write(const char *name, const char *content) {
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", unit_folder(), name);
    FILE *file = fopen(path, "w");
    if (!file || fputs(content, file) < 0 || fclose(file) != 0) {
        abort();
    }
    return path;
}

void unit_remove(void) {
    size_t count;
    if (folder[0] == '\0') {
        return;
    }
    char **names = unit_list(folder, &count);
    for (size_t i = 0; i < count; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        remove(path);
    }
    unit_list_free(names, count);
    rmdir(folder);
    folder[0] = '\0';
}

void unit_draws_random(TCase *cases) {
    tcase_add_checked_fixture(cases, randombytes_stir, NULL);
}

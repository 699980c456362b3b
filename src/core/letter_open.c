/* Finds, reads and checks the files of all letters. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/language.h"
#include "core/slug.h"
#include "letter_private.h"

enum { CHAIN_MAX = 3, FILE_MAX = 64 * 1024 };
/* A letter takes some 15 kB: room for a thousand petitions with words of their own. */
#define MEMORY_MAX ((size_t)512 << 20)

struct opening {
    struct arena *arena;
    struct source_fault *fault;
    const char *folders[CHAIN_MAX]; /* searched in this order */
    size_t count;
};

/* --- files --- */

/* One in a subject would make a header that is none, and so no letter at all. */
static enum status refuse_controls(const struct letter_file *file, struct source_fault *fault) {
    size_t line = 1;
    for (size_t i = 0; i < file->content.len; i++) {
        unsigned char c = (unsigned char)file->content.data[i];
        bool ends = c == '\n' ||
                    (c == '\r' && i + 1 < file->content.len && file->content.data[i + 1] == '\n');
        if ((c < ' ' && !ends && c != '\t') || c == 0x7F) {
            return source_refuse(fault, file->path, line, "a control character (0x%02x)", c);
        }
        line += c == '\n';
    }
    return ST_OK;
}

static enum status read_file(const char *path, struct opening *opening, struct letter_file *out) {
    struct letter_file file = {.path = arena_copy(opening->arena, text_of(path)).data};
    if (!file.path) {
        return ST_FAULT;
    }
    enum status status = source_read(opening->arena, path, FILE_MAX, opening->fault, &file.content);
    if (status == ST_OK) {
        status = refuse_controls(&file, opening->fault);
    }
    if (status == ST_OK) {
        *out = file;
    }
    return status;
}

/* The first folder that has it. */
static enum status find_file(struct opening *opening, const char *name, struct letter_file *out) {
    char path[SOURCE_PATH_SIZE] = "";
    enum status status = ST_NOT_FOUND;
    for (size_t i = 0; i < opening->count && status == ST_NOT_FOUND; i++) {
        source_path(path, opening->folders[i], name);
        status = read_file(path, opening, out);
    }
    if (status == ST_NOT_FOUND) {
        source_refuse(opening->fault, path, 0, "missing");
    }
    return status;
}

/* --- one language --- */

struct letter_tongue *letter_tongue_find(const struct letter_set *set, struct text language) {
    struct letter_tongue *tongue = set->tongues;
    while (tongue && (language.len == 0 || !text_equal_ignoring_case(tongue->language, language))) {
        tongue = tongue->next;
    }
    return tongue;
}

static enum status fill_tongue(struct opening *opening, const struct letter_layout *layout,
                               struct letter_tongue *tongue) {
    char name[LANGUAGE_MAX + 16];
    struct letter_file foot, letter;
    snprintf(name, sizeof name, "%s/foot.txt", tongue->language.data);
    enum status status = find_file(opening, name, &foot);
    for (int kind = LETTER_CONFIRM; status == ST_OK && kind <= LETTER_LIST; kind++) {
        snprintf(name, sizeof name, "%s/%s.txt", tongue->language.data,
                 letter_kind_name((enum letter_kind)kind));
        const struct letter_source source = {(enum letter_kind)kind, &letter, &foot, layout};
        status = find_file(opening, name, &letter);
        if (status == ST_OK) {
            status = letter_markup(&source, opening->arena, &tongue->kinds[kind], opening->fault);
        }
    }
    return status;
}

static enum status add_tongue(struct opening *opening, const struct letter_layout *layout,
                              struct letter_set *set, struct text language) {
    if (letter_tongue_find(set, language)) {
        return ST_OK;
    }
    struct letter_tongue *tongue = arena_alloc(opening->arena, sizeof *tongue);
    if (!tongue) {
        return ST_FAULT;
    }
    *tongue = (struct letter_tongue){.language = arena_copy(opening->arena, language)};
    if (!tongue->language.data) {
        return ST_FAULT;
    }
    enum status status = fill_tongue(opening, layout, tongue);
    if (status == ST_OK) {
        tongue->next = set->tongues;
        set->tongues = tongue;
    }
    return status;
}

/* --- folders --- */

static bool is_folder(const char *folder, const char *name) {
    char path[SOURCE_PATH_SIZE];
    struct stat stat_of;
    source_path(path, folder, name);
    return stat(path, &stat_of) == 0 && S_ISDIR(stat_of.st_mode);
}

/* Every language that has a folder in this one. */
static enum status add_folder(struct opening *opening, const struct letter_layout *layout,
                              struct letter_set *set, const char *folder) {
    DIR *dir = opendir(folder);
    enum status status = ST_OK;
    if (!dir) {
        source_refuse(opening->fault, folder, 0, "%s", strerror(errno));
        return ST_NOT_FOUND;
    }
    for (struct dirent *entry = readdir(dir); entry && status == ST_OK; entry = readdir(dir)) {
        struct text name = text_of(entry->d_name);
        if (language_tag_valid(name) && !text_is(name, "petitions") &&
            is_folder(folder, entry->d_name)) {
            status = add_tongue(opening, layout, set, name);
        }
    }
    closedir(dir);
    return status;
}

static enum status add_set(struct opening *opening, struct text slug, struct letter_set **out) {
    struct letter_layout layout;
    struct letter_file file;
    struct letter_set *set = arena_alloc(opening->arena, sizeof *set);
    if (!set) {
        return ST_FAULT;
    }
    *set = (struct letter_set){.slug = slug};
    enum status status = find_file(opening, "layout.html", &file);
    if (status == ST_OK) {
        status = letter_layout_parse(&file, opening->arena, &layout, opening->fault);
    }
    for (size_t i = 0; status == ST_OK && i < LANGUAGES_SHIPPED; i++) {
        status = add_tongue(opening, &layout, set, text_of(language_shipped[i]));
    }
    for (size_t i = 0; status == ST_OK && i < opening->count; i++) {
        status = add_folder(opening, &layout, set, opening->folders[i]);
    }
    if (status == ST_OK) {
        *out = set;
    }
    return status;
}

static enum status add_petition(struct opening *opening, const char *petitions, const char *slug,
                                struct letters *letters) {
    char path[SOURCE_PATH_SIZE];
    struct letter_set *set;
    struct opening with = *opening;
    if (!slug_valid(text_of(slug))) {
        return slug[0] == '.'
                   ? ST_OK
                   : source_refuse(opening->fault, petitions, 0, "%.64s is no slug", slug);
    }
    source_path(path, petitions, slug);
    memmove(with.folders + 1, with.folders, (CHAIN_MAX - 1) * sizeof with.folders[0]);
    with.folders[0] = path;
    with.count++;
    struct text name = arena_copy(opening->arena, text_of(slug));
    enum status status = name.data ? add_set(&with, name, &set) : ST_FAULT;
    if (status == ST_OK) {
        set->next = letters->sets->next;
        letters->sets->next = set;
    }
    return status;
}

/* OWN/petitions/SLUG, if there are any. */
static enum status add_petitions(struct opening *opening, const char *own,
                                 struct letters *letters) {
    char path[SOURCE_PATH_SIZE];
    enum status status = ST_OK;
    if (!own || !is_folder(own, "petitions")) {
        return ST_OK;
    }
    source_path(path, own, "petitions");
    DIR *dir = opendir(path);
    if (!dir) {
        return source_refuse(opening->fault, path, 0, "%s", strerror(errno));
    }
    for (struct dirent *entry = readdir(dir); entry && status == ST_OK; entry = readdir(dir)) {
        status = add_petition(opening, path, entry->d_name, letters);
    }
    closedir(dir);
    return status;
}

enum status letters_open(const char *shipped, const char *own, struct letters **out,
                         struct source_fault *fault) {
    struct letters *letters = calloc(1, sizeof *letters);
    struct opening opening = {.fault = fault};
    enum status status = ST_FAULT;
    snprintf(fault->message, sizeof fault->message, "out of memory");
    if (!letters) {
        return status;
    }
    letters->arena = arena_new(256 * 1024, MEMORY_MAX);
    opening.arena = letters->arena;
    if (own) {
        opening.folders[opening.count++] = own;
    }
    opening.folders[opening.count++] = shipped;
    if (letters->arena) {
        status = add_set(&opening, text_of(""), &letters->sets);
    }
    if (status == ST_OK) {
        status = add_petitions(&opening, own, letters);
    }
    if (status != ST_OK) {
        letters_free(&letters);
        return status;
    }
    *out = letters;
    return ST_OK;
}

void letters_free(struct letters **letters) {
    if (*letters) {
        arena_free(&(*letters)->arena);
        free(*letters);
        *letters = NULL;
    }
}

/* Reads and checks the files of the pages. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/language.h"
#include "page_private.h"

enum { FILE_MAX = 256 * 1024, MEMORY_MAX = 16 << 20 };

static const char *const word_names[WORDS] = {
    [WORD_NAME] = "name",
    [WORD_LANGUAGES] = "languages",
    [WORD_TO] = "to",
    [WORD_SIGNATURES] = "signatures",
    [WORD_GOAL] = "goal",
    [WORD_BY] = "by",
    [WORD_ASKS] = "asks",
    [WORD_SIGN_TITLE] = "sign_title",
    [WORD_SIGN] = "sign",
    [WORD_PRIVACY] = "privacy",
    [WORD_OWN] = "own",
    [WORD_CLOSED] = "closed",
    [WORD_NOSCRIPT] = "noscript",
    [WORD_WITHDRAWN_TITLE] = "withdrawn_title",
    [WORD_WITHDRAWN] = "withdrawn",
    [WORD_ALL] = "all",
};

struct opening {
    struct pages *pages;
    const char *folder;
    struct source_fault *fault;
};

static enum status read_file(struct opening *opening, const char *path, struct text *out) {
    enum status status = source_read(opening->pages->arena, path, FILE_MAX, opening->fault, out);
    return status == ST_NOT_FOUND ? source_refuse(opening->fault, path, 0, "missing") : status;
}

/* ---- templates ---------------------------------------------------------------------------------
 */

static enum status open_template(struct opening *opening, const char *name, struct template **out) {
    char path[SOURCE_PATH_SIZE];
    struct text source = {NULL, 0};
    struct template_fault why;
    const struct template_names names = {page_names, VALUES, (1u << VALUE_MARKUP) - 1};
    source_path(path, opening->folder, name);
    enum status status = read_file(opening, path, &source);
    if (status != ST_OK) {
        return status;
    }
    status = template_parse(source, names, opening->pages->arena, out, &why);
    return status == ST_INVALID ? source_refuse(opening->fault, path, why.line, "%s", why.message)
                                : status;
}

/* ---- words -------------------------------------------------------------------------------------
 */

static enum status take_line(struct opening *opening, const char *path, size_t number,
                             struct text line, struct page_tongue *tongue) {
    struct text value = line;
    struct text word = text_trim(text_cut(&value, '='));
    for (size_t i = 0; value.data && i < WORDS; i++) {
        if (text_is(word, word_names[i])) {
            tongue->words[i] = text_trim(value);
            return ST_OK;
        }
    }
    return source_refuse(opening->fault, path, number,
                         "not `NAME = WORDS` with a name that there is");
}

static enum status read_words(struct opening *opening, const char *name,
                              struct page_tongue *tongue) {
    char path[SOURCE_PATH_SIZE];
    struct text rest, line;
    size_t number = 0;
    source_path(path, opening->folder, name);
    enum status status = read_file(opening, path, &rest);
    while (status == ST_OK && text_next_line(&rest, &line, &number)) {
        status = take_line(opening, path, number, line, tongue);
    }
    for (size_t i = 0; status == ST_OK && i < WORDS; i++) {
        if (tongue->words[i].len == 0) {
            status = source_refuse(opening->fault, path, 0, "`%s = ...` is missing", word_names[i]);
        }
    }
    return status;
}

static bool is_there(const struct pages *pages, struct text language) {
    const struct page_tongue *at = pages->tongues;
    while (at && !text_equal(at->language, language)) {
        at = at->next;
    }
    return at != NULL;
}

static enum status add_tongue(struct opening *opening, struct text language) {
    char name[LANGUAGE_MAX + 16];
    if (is_there(opening->pages, language)) {
        return ST_OK;
    }
    struct page_tongue *tongue = arena_alloc(opening->pages->arena, sizeof *tongue);
    if (!tongue) {
        return ST_FAULT;
    }
    *tongue = (struct page_tongue){.language = arena_copy(opening->pages->arena, language)};
    snprintf(name, sizeof name, "words/%.*s.txt", (int)language.len, language.data);
    enum status status = tongue->language.data ? read_words(opening, name, tongue) : ST_FAULT;
    if (status == ST_OK) {
        tongue->next = opening->pages->tongues;
        opening->pages->tongues = tongue;
    }
    return status;
}

static enum status add_found(struct opening *opening) {
    char path[SOURCE_PATH_SIZE];
    source_path(path, opening->folder, "words");
    DIR *dir = opendir(path);
    enum status status =
        dir ? ST_OK : source_refuse(opening->fault, path, 0, "%s", strerror(errno));
    for (struct dirent *entry = dir ? readdir(dir) : NULL; entry && status == ST_OK;
         entry = readdir(dir)) {
        struct text end = text_of(entry->d_name);
        struct text language = text_cut(&end, '.');
        if (text_is(end, "txt") && language_tag_valid(language)) {
            status = add_tongue(opening, language);
        }
    }
    if (dir) {
        closedir(dir);
    }
    return status;
}

static enum status open_all(struct opening *opening) {
    enum status status = open_template(opening, "petition.html", &opening->pages->petition);
    if (status == ST_OK) {
        status = open_template(opening, "notice.html", &opening->pages->notice);
    }
    if (status == ST_OK) {
        status = open_template(opening, "embed.html", &opening->pages->embed);
    }
    for (size_t i = 0; status == ST_OK && i < LANGUAGES_SHIPPED; i++) {
        status = add_tongue(opening, text_of(language_shipped[i]));
    }
    return status == ST_OK ? add_found(opening) : status;
}

enum status pages_open(const char *folder, struct pages **out, struct source_fault *fault) {
    struct pages *pages = calloc(1, sizeof *pages);
    struct opening opening = {pages, folder, fault};
    enum status status = ST_FAULT;
    snprintf(fault->message, sizeof fault->message, "out of memory");
    if (!pages) {
        return ST_FAULT;
    }
    pages->arena = arena_new(64 * 1024, MEMORY_MAX);
    if (pages->arena) {
        status = open_all(&opening);
    }
    if (status != ST_OK) {
        pages_free(&pages);
        return status;
    }
    *out = pages;
    return ST_OK;
}

void pages_free(struct pages **pages) {
    if (*pages) {
        arena_free(&(*pages)->arena);
        free(*pages);
        *pages = NULL;
    }
}

/* Reads and checks the files of the pages. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/language.h"
#include "page_private.h"

enum { FILE_MAX = 256 * 1024, MEMORY_MAX = 16 << 20 };

/* In the catalogues, which the scripts of the pages read too. */
static const char *const word_names[WORDS] = {
    [WORD_NAME] = "page.name",
    [WORD_LANGUAGES] = "page.languages",
    [WORD_TO] = "page.to",
    [WORD_GOAL] = "number.goal",
    [WORD_THOUSAND] = "page.thousand",
    [WORD_BY] = "page.by",
    [WORD_ASKS] = "page.asks",
    [WORD_SIGN_TITLE] = "sign.link",
    [WORD_SIGN] = "sign.button",
    [WORD_PRIVACY] = "data.privacy",
    [WORD_OWN] = "own",
    [WORD_CLOSED] = "closed",
    [WORD_NOSCRIPT] = "page.noscript",
    [WORD_WITHDRAWN_TITLE] = "page.withdrawn_title",
    [WORD_WITHDRAWN] = "page.withdrawn",
    [WORD_ALL] = "404.all",
};
static const char forms_name[] = "number.signed";

struct opening {
    struct pages *pages;
    const char *folder;
    struct source_fault *fault;
};

static enum status read_file(struct opening *opening, struct arena *arena, const char *path,
                             struct text *out) {
    enum status status = source_read(arena, path, FILE_MAX, opening->fault, out);
    return status == ST_NOT_FOUND ? source_refuse(opening->fault, path, 0, "missing") : status;
}

/* --- templates --- */

static enum status open_template(struct opening *opening, const char *name, struct template **out) {
    char path[SOURCE_PATH_SIZE];
    struct text source = {NULL, 0};
    struct template_fault why;
    const struct template_names names = {
        .items = page_names, .count = VALUES, .markup = (1u << VALUE_MARKUP) - 1};
    source_path(path, opening->folder, name);
    enum status status = read_file(opening, opening->pages->arena, path, &source);
    if (status != ST_OK) {
        return status;
    }
    status = template_parse(source, names, opening->pages->arena, out, &why);
    return status == ST_INVALID ? source_refuse(opening->fault, path, why.line, "%s", why.message)
                                : status;
}

/* --- words --- */

static const struct page_tongue *english(const struct pages *pages) {
    const struct page_tongue *at = pages->tongues;
    while (at && at->next) {
        at = at->next;
    }
    return at; /* the first that was opened */
}

/* NOT_FOUND: it is missing there, and so in *out. */
static enum status take_word(struct opening *opening, const json_t *word, struct text *out) {
    if (json_string_length(word) == 0) {
        return ST_NOT_FOUND;
    }
    struct text text = {json_string_value(word), json_string_length(word)};
    *out = arena_copy(opening->pages->arena, text);
    return out->data ? ST_OK : ST_FAULT;
}

/* A form that the catalogue does not have is the language's `other`. */
static enum status take_forms(struct opening *opening, const json_t *forms,
                              struct page_tongue *tongue) {
    enum status status = ST_OK;
    for (size_t i = 0; status == ST_OK && i < NUMERAL_FORMS; i++) {
        const json_t *form = json_object_get(forms, numeral_names[i]);
        form = form ? form : json_object_get(forms, numeral_names[NUMERAL_OTHER]);
        status = take_word(opening, form, &tongue->signatures[i]);
    }
    return status;
}

static enum status take_words(struct opening *opening, const char *path, const json_t *catalogue,
                              struct page_tongue *tongue) {
    bool first = opening->pages->tongues == NULL;
    const char *name = NULL;
    enum status status = ST_OK;
    for (size_t i = 0; i <= WORDS; i++) {
        name = i < WORDS ? word_names[i] : forms_name;
        const json_t *word = json_object_get(catalogue, name);
        status = i < WORDS ? take_word(opening, word, &tongue->words[i])
                           : take_forms(opening, word, tongue);
        if (status == ST_FAULT || (status == ST_NOT_FOUND && first)) {
            break;
        }
        status = ST_OK;
    }
    return status == ST_NOT_FOUND ? source_refuse(opening->fault, path, 0, "`%s` is missing", name)
                                  : status;
}

static enum status parse_words(struct opening *opening, const char *path, struct arena *scratch,
                               struct page_tongue *tongue) {
    struct text source;
    enum status status = read_file(opening, scratch, path, &source);
    if (status != ST_OK) {
        return status;
    }
    json_scope_enter(scratch);
    const json_t *catalogue = json_read_object(source);
    if (!catalogue) {
        status = arena_failed(scratch)
                     ? ST_FAULT
                     : source_refuse(opening->fault, path, 0, "not one object of JSON");
    } else {
        status = take_words(opening, path, catalogue, tongue);
    }
    json_scope_leave();
    return status;
}

static enum status read_words(struct opening *opening, const char *name,
                              struct page_tongue *tongue) {
    char path[SOURCE_PATH_SIZE];
    struct arena *scratch = arena_new(64 * 1024, MEMORY_MAX);
    source_path(path, opening->folder, name);
    enum status status = scratch ? parse_words(opening, path, scratch, tongue) : ST_FAULT;
    arena_free(&scratch);
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
    const struct page_tongue *otherwise = english(opening->pages);
    *tongue = otherwise ? *otherwise : (struct page_tongue){0};
    tongue->language = arena_copy(opening->pages->arena, language);
    snprintf(name, sizeof name, "lang/%.*s.json", (int)language.len, language.data);
    enum status status = tongue->language.data ? read_words(opening, name, tongue) : ST_FAULT;
    if (status == ST_OK) {
        tongue->next = opening->pages->tongues;
        opening->pages->tongues = tongue;
    }
    return status;
}

static enum status add_found(struct opening *opening) {
    char path[SOURCE_PATH_SIZE];
    source_path(path, opening->folder, "lang");
    DIR *dir = opendir(path);
    enum status status =
        dir ? ST_OK : source_refuse(opening->fault, path, 0, "%s", strerror(errno));
    for (struct dirent *entry = dir ? readdir(dir) : NULL; entry && status == ST_OK;
         entry = readdir(dir)) {
        struct text end = text_of(entry->d_name);
        struct text language = text_cut(&end, '.');
        if (text_is(end, "json") && language_tag_valid(language)) {
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

#include <stdlib.h>
#include <string.h>

#include "core/address.h"

struct blocklist {
    size_t count, cap;
    char **entries; /* canonical addresses, or "@domain"; sorted */
};

/* Who answers these is a machine, or nobody. */
static const char *const roles[] = {
    "abuse",      "bounce",     "bounces",  "daemon",        "do-not-reply",
    "donotreply", "hostmaster", "listserv", "mailer-daemon", "majordomo",
    "no-reply",   "no_reply",   "nobody",   "noreply",       "postmaster",
    "root",       "usenet",     "uucp",     "webmaster",
};

static int compare(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool has_entry(const struct blocklist *list, char *entry) {
    return bsearch(&entry, list->entries, list->count, sizeof entry, compare) != NULL;
}

/* A tag behind a + does not make a person of it. */
static bool is_role(const char *canonical) {
    size_t len = strcspn(canonical, "+@");
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        if (text_equal(text_span(canonical, len), text_of(roles[i]))) {
            return true;
        }
    }
    return false;
}

static bool grow(struct blocklist *list) {
    size_t cap = list->cap > 0 ? list->cap * 2 : 16;
    char **entries = realloc(list->entries, cap * sizeof *entries);
    if (!entries) {
        return false;
    }
    list->entries = entries;
    list->cap = cap;
    return true;
}

/* "@example.org" is read as an address with any local part. */
static enum status add_line(struct blocklist *list, struct text line) {
    bool whole_domain = line.data[0] == '@';
    char typed[ADDRESS_MAX + 2];
    struct address address;
    if (line.len > ADDRESS_MAX) {
        return ST_INVALID;
    }
    typed[0] = 'x';
    memcpy(typed + 1, line.data, line.len);
    enum status status =
        address_parse(whole_domain ? text_span(typed, line.len + 1) : line, &address);
    if (status != ST_OK) {
        return status;
    }
    if (list->count == list->cap && !grow(list)) {
        return ST_FAULT;
    }
    char *entry = strdup(whole_domain ? strchr(address.canonical, '@') : address.canonical);
    if (!entry) {
        return ST_FAULT;
    }
    list->entries[list->count++] = entry;
    return ST_OK;
}

enum status blocklist_parse(struct text file, struct blocklist **out, size_t *line) {
    struct blocklist *list = calloc(1, sizeof *list);
    enum status status = list ? ST_OK : ST_FAULT;
    struct text rest = file, text;
    size_t number = 0;
    while (status == ST_OK && text_next_line(&rest, &text, &number)) {
        status = add_line(list, text);
    }
    if (status != ST_OK) {
        blocklist_free(&list);
        *line = number;
        return status;
    }
    if (list->count > 0) {
        qsort(list->entries, list->count, sizeof *list->entries, compare);
    }
    *out = list;
    return ST_OK;
}

void blocklist_free(struct blocklist **list) {
    if (!*list) {
        return;
    }
    for (size_t i = 0; i < (*list)->count; i++) {
        free((*list)->entries[i]);
    }
    free((*list)->entries);
    free(*list);
    *list = NULL;
}

bool blocklist_has(const struct blocklist *list, const struct address *address) {
    if (is_role(address->canonical)) {
        return true;
    }
    if (!list || list->count == 0) {
        return false;
    }
    char canonical[ADDRESS_MAX + 1];
    memcpy(canonical, address->canonical, sizeof canonical);
    return has_entry(list, canonical) || has_entry(list, strchr(canonical, '@'));
}

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/secret.h"
#include "core/address.h"

enum { FILE_MAX = 16 << 20 };

/* Lists of throw-away domains have a hundred thousand lines. */
static const size_t memory_max = (size_t)1 << 28;

struct blocklist {
    atomic_uint holders;
    struct arena *memory;
    size_t count;
    const char **entries; /* canonical addresses, or "@domain"; sorted; in `memory` */
};

/* Who answers these is a machine, or nobody. */
static const char *const roles[] = {
    "abuse",      "bounce",      "bounces",  "daemon",        "do-not-reply",
    "donotreply", "hostmaster",  "listserv", "mailer-daemon", "majordomo",
    "no-reply",   "no_reply",    "nobody",   "noreply",       "postmaster",
    "root",       "unsubscribe", "usenet",   "uucp",          "webmaster",
};

static int compare(const void *a, const void *b) {
    const char *const *left = a, *const *right = b;
    return strcmp(*left, *right);
}

static bool has_entry(const struct blocklist *list, const char *entry) {
    return list->count > 0 &&
           bsearch(&entry, list->entries, list->count, sizeof entry, compare) != NULL;
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
    const char *entry = whole_domain ? strchr(address.canonical, '@') : address.canonical;
    struct text copy = arena_copy(list->memory, text_of(entry));
    if (!copy.data) {
        return ST_FAULT;
    }
    list->entries[list->count++] = copy.data;
    return ST_OK;
}

static size_t count_lines(struct text rest) {
    size_t count = 0, number = 0;
    struct text line;
    while (text_next_line(&rest, &line, &number)) {
        count++;
    }
    return count;
}

static struct blocklist *new_list(size_t lines) {
    struct blocklist *list = calloc(1, sizeof *list);
    if (!list) {
        return NULL;
    }
    atomic_store(&list->holders, 1);
    list->memory = arena_new(4096, memory_max);
    if (list->memory) {
        list->entries = arena_alloc(list->memory, lines * sizeof *list->entries);
    }
    if (!list->entries) {
        blocklist_free(&list);
    }
    return list;
}

static void sort(struct blocklist *list) {
    if (list->count > 1) {
        qsort(list->entries, list->count, sizeof *list->entries, compare);
    }
}

enum status blocklist_parse(struct text file, struct blocklist **out, size_t *line) {
    struct blocklist *list = new_list(count_lines(file) + 1); /* room for one's own */
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
    sort(list);
    *out = list;
    return ST_OK;
}

/* One that could not sign (petitions@localhost) need not be there. */
static enum status add_own(struct blocklist *list, struct text own) {
    enum status status = add_line(list, own);
    sort(list);
    return status == ST_INVALID ? ST_OK : status;
}

enum status blocklist_read(const char *path, const char *own, struct blocklist **out,
                           size_t *line) {
    struct text file = {NULL, 0};
    struct blocklist *list = NULL;
    if (!path && !own) {
        return ST_OK;
    }
    enum status status = path ? secret_read_file(path, FILE_MAX, &file) : ST_OK;
    if (status == ST_OK) {
        status = blocklist_parse(file, &list, line);
    }
    secret_free(&file.data);
    if (status == ST_OK && own) {
        status = add_own(list, text_of(own));
    }
    if (status != ST_OK) {
        blocklist_free(&list);
        return status;
    }
    *out = list;
    return ST_OK;
}

struct blocklist *blocklist_keep(struct blocklist *list) {
    if (list) {
        atomic_fetch_add(&list->holders, 1);
    }
    return list;
}

void blocklist_free(struct blocklist **list) {
    if (*list && atomic_fetch_sub(&(*list)->holders, 1) == 1) {
        arena_free(&(*list)->memory);
        free(*list);
    }
    *list = NULL;
}

bool blocklist_has(const struct blocklist *list, const struct address *address) {
    if (is_role(address->canonical)) {
        return true;
    }
    return list && (has_entry(list, address->canonical) ||
                    has_entry(list, strchr(address->canonical, '@')));
}

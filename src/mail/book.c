#include "mail/book.h"

#include <stdlib.h>

enum { FIRST_BYTES = 64 * 1024, MOST_BYTES = 256 * 1024 * 1024 };

struct book {
    struct arena *arena;
    int64_t version;
    const struct petition **by_id;
    size_t count;
    struct mailings mailings;
};

static int compare(const void *a, const void *b) {
    const struct petition *left = *(const struct petition *const *)a;
    const struct petition *right = *(const struct petition *const *)b;
    return (left->id > right->id) - (left->id < right->id);
}

static enum status fill(struct book *book, struct pg *pg, int64_t deadline_ms) {
    struct catalog catalog;
    enum status status = catalog_version(pg, deadline_ms, &book->version);
    if (status == ST_OK)
        status = catalog_load(pg, deadline_ms, book->arena, &catalog);
    if (status == ST_OK)
        status = mailings_load(pg, deadline_ms, book->arena, &book->mailings);
    if (status != ST_OK)
        return status;
    book->by_id = arena_alloc(book->arena, (catalog.count + 1) * sizeof(struct petition *));
    if (!book->by_id)
        return ST_FAULT;
    for (size_t i = 0; i < catalog.count; i++)
        book->by_id[i] = &catalog.petitions[i];
    book->count = catalog.count;
    qsort(book->by_id, book->count, sizeof(struct petition *), compare);
    return ST_OK;
}

enum status book_load(struct pg *pg, int64_t deadline_ms, struct book **out) {
    struct book *book = calloc(1, sizeof *book);
    enum status status = ST_FAULT;
    if (book)
        book->arena = arena_new(FIRST_BYTES, MOST_BYTES);
    if (book && book->arena)
        status = fill(book, pg, deadline_ms);
    if (status == ST_OK)
        *out = book;
    else
        book_free(&book);
    return status;
}

void book_free(struct book **book) {
    if (!*book)
        return;
    arena_free(&(*book)->arena);
    free(*book);
    *book = NULL;
}

int64_t book_version(const struct book *book) {
    return book->version;
}

const struct petition *book_find(const struct book *book, int32_t petition) {
    const struct petition wanted = {.id = petition}, *key = &wanted;
    const struct petition **found =
        bsearch(&key, book->by_id, book->count, sizeof(struct petition *), compare);
    return found ? *found : NULL;
}

const struct mailing *book_find_mailing(const struct book *book, int32_t mailing) {
    return mailings_find(&book->mailings, mailing);
}

#include "store/outbox_letter.h"

#include <stdlib.h>

#include <sodium.h>

void outbox_letter_free(struct outbox_letter **letter) {
    if (*letter)
        sodium_memzero(*letter, sizeof **letter + (*letter)->sealed_len);
    free(*letter);
    *letter = NULL;
}

struct outbox_letter *outbox_next(const struct outbox_letter *letter) {
    return (struct outbox_letter *)letter->node.next;
}

static void free_list(struct outbox_letter *list) {
    while (list) {
        struct outbox_letter *next = outbox_next(list);
        outbox_letter_free(&list);
        list = next;
    }
}

enum status outbox_letters_read(const PGresult *result,
                                struct outbox_letter *(*read)(const PGresult *result, int row),
                                int64_t leased_until_ms, struct outbox_letters *out) {
    struct outbox_letter *first = NULL;
    int rows = PQntuples(result);
    for (int row = rows; row-- > 0;) {
        struct outbox_letter *letter = read(result, row);
        if (!letter) {
            free_list(first);
            return ST_FAULT;
        }
        letter->leased_until_ms = leased_until_ms;
        letter->node.next = first ? &first->node : NULL;
        first = letter;
    }
    *out = (struct outbox_letters){first, (size_t)rows};
    return ST_OK;
}

/* book: petitions and letters to the list as mailers need them, found by number. Read-only once
 * loaded. */
#ifndef MAIL_BOOK_H
#define MAIL_BOOK_H

#include "store/catalog.h"
#include "store/mailings.h"

struct book;

/* Statuses of pg_run; FAULT: out of memory. */
enum status book_load(struct pg *pg, int64_t deadline_ms, struct book **out);
void book_free(struct book **book);
/* The catalog's version when it was loaded, or an older one. */
int64_t book_version(const struct book *book);
/* NULL: not there, or a draft. */
const struct petition *book_find(const struct book *book, int32_t petition);
/* NULL: not there. */
const struct mailing *book_find_mailing(const struct book *book, int32_t mailing);

#endif

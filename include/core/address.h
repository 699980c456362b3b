/* address: an e-mail address as typed, and the one key that all its spellings share.
 *
 * Accepts one plain mailbox: dot-atom local part (ASCII, <= 64 bytes), a domain of at least two
 * labels (U-labels become A-labels by IDNA2008 with libidn2, non-transitional, STD3; mixed scripts
 * in a label and xn-- labels that do not decode are refused), <= 254 bytes in all. No quoted local
 * parts, comments, literals, trailing dots, numeric top-level domains. Rules: RFC 5321, RFC 5322,
 * RFC 6531 (refused). Canonical form: all lower case, domain in A-labels, aliases of the per-domain
 * table folded
 * (+tags for the providers known to have them, dots at gmail.com, googlemail.com = gmail.com). Mail
 * goes to the address as typed, with its domain in A-labels. */
#ifndef CORE_ADDRESS_H
#define CORE_ADDRESS_H

#include "base/status.h"
#include "base/text.h"

enum { ADDRESS_MAX = 254 };

struct address {
    char mail[ADDRESS_MAX + 1];      /* where mail goes */
    char canonical[ADDRESS_MAX + 1]; /* the key of duplicates and limits */
};

/* INVALID: not an address that we take. No I/O, no locale, no allocation that outlives the call. */
enum status address_parse(struct text typed, struct address *out);

/* Addresses that are taken but never mailed and never counted: role names that answer machines
 * (postmaster, abuse, no-reply, noreply, mailer-daemon, hostmaster, webmaster ...) and a list of
 * one's own. */
struct blocklist;

/* Lines `someone@example.org` or `@example.org`, `#` comments. INVALID: *line is the bad line. */
enum status blocklist_parse(struct text file, struct blocklist **out, size_t *line);
/* The same of a file, and `own`: the address that letters come from, which would get them back.
 * NULL is none; where both are, *out stays. *line stays where it cannot be read. */
enum status blocklist_read(const char *path, const char *own, struct blocklist **out, size_t *line);
/* The same list for one holder more; the last one's blocklist_free frees it. NULL stays NULL. */
struct blocklist *blocklist_keep(struct blocklist *list);
void blocklist_free(struct blocklist **list);
/* `list` may be NULL: role names only. */
bool blocklist_has(const struct blocklist *list, const struct address *address);

#endif

/* opener: opens sealed signatures with an organisation's private key, and subscribers with the
 * mailers'.
 *
 * Each epoch's key is opened once and kept in guarded memory, a bounded number of them at a time.
 */
#ifndef CTL_OPENER_H
#define CTL_OPENER_H

#include "core/envelope.h"
#include "core/unseal.h"
#include "store/readers.h"
#include "store/signers.h"

struct opener;

/* The key pair stays the caller's. NULL: out of memory. */
struct opener *opener_new(const struct keypair *pair);
void opener_free(struct opener **opener);
/* *signer is valid until the next call. NOT_FOUND: the epoch is not sealed to this key; FORBIDDEN:
 * the row or its epoch is damaged; INVALID: it opens, but is no envelope; FAULT: out of memory. */
enum status opener_open(struct opener *opener, int32_t petition, const struct signers_row *row,
                        struct signer *signer);
/* Likewise. */
enum status opener_open_reader(struct opener *opener, const struct readers_row *row,
                               struct recipient *reader);
/* In words, of either. */
const char *opener_why_not(enum status status);

#endif

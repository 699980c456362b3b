/* mailing_parts: what a letter to the list is made of, for commands that make one: its words, its
 * petition, the words around it. */
#ifndef CTL_MAILING_PARTS_H
#define CTL_MAILING_PARTS_H

#include "core/letter.h"
#include "core/mailing.h"
#include "ctl/context.h"
#include "store/catalog.h"
#include "store/mailings.h"

struct mailing_parts {
    struct letters *letters;
    struct catalog catalog;
    struct mailings mailings;
    const struct mailing *mailing;   /* mailing_parts_find; NULL: there is none of that name */
    const struct petition *petition; /* NULL: none, or a draft */
};

/* After context_database, in its arena; each says what is wrong. Free with mailing_parts_done,
 * whatever the outcome. */
enum outcome mailing_parts_open(struct context *context, struct mailing_parts *out);
void mailing_parts_done(struct mailing_parts *parts);
void mailing_parts_find(struct mailing_parts *parts, const char *name);
const struct petition *mailing_parts_petition(const struct mailing_parts *parts, struct text slug);
/* The configured one, or an example's. */
struct text mailing_parts_base_url(const struct context *context);

/* Makes it in each language for somebody whose names are as long as names may be. `name` is said in
 * front of what is wrong. `petition` NULL: for one that has no words yet. */
enum outcome mailing_parts_check(const struct context *context, const struct mailing_parts *parts,
                                 const struct mailing *mailing, const struct petition *petition,
                                 const char *name);

#endif

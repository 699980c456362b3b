/* mailing: a letter to the list as mailers and workers know it, and what it becomes for one reader.
 *
 * The words are the organiser's, in some languages, each with placeholders for the reader's name.
 * Around them stand the words of list.txt (core/letter.h) and facts of the petition. */
#ifndef CORE_MAILING_H
#define CORE_MAILING_H

#include <stdint.h>

#include "core/letter.h"
#include "core/petition.h"
#include "core/template.h"

enum { MAILING_ID_MAX = 65535, MAILING_MAILBOX = 16, MAILING_KEY_TEXT = 24, MAILING_SUBJECTS = 5 };

struct mailing_text {
    struct text language, tag_line, headline, friend, signature;
    struct template *subjects[MAILING_SUBJECTS]; /* mailing_parse, as all */
    size_t subjects_count;                       /* the same in each language; 1 at least */
    struct template *preview, *html, *plain;
};

/* Immutable once loaded; all memory is the arena's of who has loaded it. */
struct mailing {
    int32_t id, petition;
    bool draft;
    struct text name, language; /* language: for who reads none of the others */
    struct text sender, office, facebook_url, twitter_url;
    struct text link_box; /* the key of its readers' links (core/pass.h), sealed; empty: none */
    struct mailing_text *texts;
    size_t texts_count;
};

/* Words with {{given_name}}, {{family_name}}, {{friend}} and {{#if ...}}; INVALID: fault says what
 * is wrong, FAULT: out of memory. `words` have to stay as long as the arena. */
enum status mailing_parse(struct text words, struct arena *arena, struct template **out,
                          struct template_fault *fault);

/* Adds the subjects that stand in `lines`, one each; statuses of mailing_parse, INVALID for too
 * many too. */
enum status mailing_parse_subjects(struct text lines, struct arena *arena, struct mailing_text *out,
                                   struct template_fault *fault);
/* Whether such a subject says anything to who gave no name. */
bool mailing_subject_says(const struct template *subject, struct text friend);

/* Whom it is for. */
struct mailing_reader {
    struct text base_url;
    struct text locale; /* absent: the mailing's language */
    int subject;        /* which, from 1; 0: the first */
    struct text given_name, family_name;
    struct text token;      /* mailing_key_text; absent: as anybody may read it in a browser */
    struct text sign_token; /* absent: none */
    bool counted;           /* links say which they are, so that they can be */
};

/* Subject, text and HTML; statuses of letter_render, and INVALID for a mailing without words. */
enum status mailing_render(const struct letters *letters, const struct mailing *mailing,
                           const struct petition *petition, const struct mailing_reader *reader,
                           struct letter_rendered *out);

/* What names a reader's letter in return addresses, and ends their news by its link: mailing and
 * mailbox, 24 characters of base64url. Nobody but who has the letter, and the database, knows them.
 */
void mailing_key_text(int32_t id, const uint8_t mailbox[MAILING_MAILBOX],
                      char out[MAILING_KEY_TEXT + 1]);
/* False: it is none. `mailbox` gets 16 bytes. */
bool mailing_key_parse(struct text text, int32_t *id, uint8_t mailbox[MAILING_MAILBOX]);

#endif

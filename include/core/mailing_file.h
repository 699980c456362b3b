/* mailing_file: the file that `countersign letter put` takes: a JSON object, and behind it the
 * letter in Markdown.
 *
 * Required: name (a slug), petition (its slug), language, subject, and the letter. Further:
 * other_subjects (a list, as long in each language: they are tried, and the best one goes on),
 * preview, tag_line, headline, friend (what stands where a given name is not known), signature;
 * sender, office, facebook_url, twitter_url; and translations: {"es": {subject, letter, preview,
 * tag_line, headline, friend, signature, other_subjects}}. The letter may hold {{given_name}},
 * {{family_name}},
 * {{friend}} (the given name, or the word for it) and {{#if given_name}}...{{/if}}; subject and
 * preview too, nothing else. */
#ifndef CORE_MAILING_FILE_H
#define CORE_MAILING_FILE_H

#include "base/arena.h"
#include "base/status.h"
#include "core/mailing.h"
#include "core/problem.h"

enum { MAILING_WHY = 200 };

/* On OK *json is the same as canonical JSON, in the arena, the letter as its member `letter`.
 * INVALID: every fault by pointer; FAULT: out of memory. */
enum status mailing_file_check(struct text file, struct arena *arena, struct text *json,
                               struct problems *problems);
/* From that to the JSON of the database: letter_html and letter_text stand beside each letter.
 * INVALID: a placeholder is wrong, a link leads nowhere, a subject says nothing to who gave no
 * name, or the letter is far too large; `why` says which, by pointer. FAULT: out of memory. For the
 * command line: see core/markdown.h. */
enum status mailing_file_render(struct text json, struct arena *arena, struct text *out,
                                char why[MAILING_WHY]);
/* That JSON as mailers will know it, without an id, in the arena; the first text is the main
 * language's. FAULT: out of memory. */
enum status mailing_file_read(struct text json, struct arena *arena, struct mailing *out);

#endif

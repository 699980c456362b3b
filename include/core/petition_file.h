/* petition_file: the JSON that `countersign petition put` takes, checked as a whole.
 *
 * The shape of GET /petitions/{slug} without computed names, and with translations,
 * allowed_origins, comments, disclosure_threshold, organization.public_keys, and two policies:
 * `undeliverable`, what becomes of a signature that counted without a click when its letter of
 * thanks comes back since nobody lives there ("invalidate": it is taken out of the count, the
 * default; "keep"), and `erasure`, what an erasure does to the count ("keep_number": the number
 * goes on counting, the default; "lower_number"). Further, for the page: `tag_line` (in every
 * language), `goals` (ascending), `count_minimum` and `image` (a path). */
#ifndef CORE_PETITION_FILE_H
#define CORE_PETITION_FILE_H

#include "base/arena.h"
#include "base/status.h"
#include "core/problem.h"

/* On OK *json is the same petition as canonical JSON for the database, in the arena: defaults
 * filled in, words trimmed, times in UTC, `fields` as {name, required} with email and given_name
 * among them (where nothing is said: with family_name, not required), `state` left out. Required:
 * slug, title, language; null or "" stands for an optional one that is missing. INVALID: every
 * fault by pointer; FAULT: out of memory. */
enum status petition_file_check(struct text file, struct arena *arena, struct text *json,
                                struct problems *problems);
/* From such canonical JSON to that of the database: `letter_html` and `excerpt` (core/markdown.h)
 * stand beside each letter. INVALID: no such JSON; FAULT: out of memory. */
enum status petition_file_render(struct text json, struct arena *arena, struct text *out);

#endif

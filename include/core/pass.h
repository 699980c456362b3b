/* pass: what stands behind the # of a button in a letter to the list: who the letter went to,
 * sealed for our own workers, and their initials in the clear.
 *
 * Threat model. "The link" is the whole address behind the button, with the pass.
 *
 * 1. A scanner follows links: the pass stands behind the #, so no server sees it; a GET changes
 *    nothing; the page signs when a person clicks, not when it opens.
 *
 * 2. The letter is forwarded: the page shows initials alone and asks "not you?". Names and
 *    address are sealed under a key that only workers and mailers have: neither the page nor its
 *    reader can open them, and no answer of ours tells them; nor can a click ask for the name to be
 *    shown (that is for the letter of thanks to offer).
 *
 * 3. A friend clicks all the same, as the first reader. Nobody can tell two apart who hold one
 *    letter; but it is the first reader's name that is added, never the friend's, once (where the
 *    letter knows no name, one is typed beside the click); and the first reader gets the letter of
 *    thanks at once, whose "this was not me" takes the name out for good: after that no link signs
 *    for them. So a lie is seen by whom it is about, and undone by one click.
 *
 * 4. A link is used again, or by two at once: it works once (countersign.mailing_signed).
 *
 * 5. A link is used elsewhere: it is of one petition and one letter to the list.
 *
 * 6. An old mailbox is found: a link is over a month after its letter has ended.
 *
 * 7. A pass is made up, cut or changed, initials included: it is authenticated as a whole.
 *
 * 8. Somebody asks who has signed: the answer to a good link is the same whether or not they
 *    had.
 *
 * 9. The database is stolen: the key of the links is in it sealed to the mailers; passes are not
 *    in it at all. With the index key the key can be made, and opens what a thief finds in
 *    mailboxes: there it stands anyway.
 *
 * 10. A worker is taken over: it can open the passes that are sent to it, whose senders would
 *    have typed the same into the form. It cannot open what nobody sends.
 *
 * Tests: tests/unit/test_pass.c, tests/sql/58_mailings.sql, tests/flow/test_one_click.py, by these
 * numbers. */
#ifndef CORE_PASS_H
#define CORE_PASS_H

#include <stdint.h>

#include "base/status.h"
#include "base/text.h"

enum { PASS_KEY = 32, PASS_MAILBOX = 16, PASS_TEXT_MAX = 512, PASS_PLAIN_MAX = 320 };

struct pass {
    int32_t mailing;
    int subject; /* of the letter, from 1: which of several has brought a signature is counted */
    uint8_t mailbox[PASS_MAILBOX];
    struct text email, given_name, family_name; /* absent or empty where not known */
};

/* `out` gets the text. The same for the same pass. INVALID: it does not fit; then a letter's button
 * leads to the plain page. */
enum status pass_write(const uint8_t key[PASS_KEY], const struct pass *pass,
                       char out[PASS_TEXT_MAX + 1]);
/* Texts are views into `plain`, PASS_PLAIN_MAX bytes, which is a secret: wipe it. FORBIDDEN: it is
 * none of ours, whatever is wrong with it. */
enum status pass_read(const uint8_t key[PASS_KEY], struct text text, uint8_t *plain,
                      struct pass *out);

#endif

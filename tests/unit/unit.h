/* unit: what the tests of single modules share. */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <check.h>

#include "base/text.h"

/* Runs the suite, prints check's summary, frees it; the exit code of main. CK_FORK=no is honoured.
 */
int unit_run(Suite *suite);
/* A whole file, NUL-terminated; the test fails if it cannot be read. free() its data. */
struct text unit_read(const char *path);
/* Names of a folder's files, sorted; *count gets how many (0: no such folder). Free with
 * unit_list_free. */
char **unit_list(const char *folder, size_t *count);
void unit_list_free(char **names, size_t count);
/* A new folder under TMPDIR; the name is static storage. Nothing removes it but unit_remove. */
const char *unit_folder(void);
/* Writes a file into unit_folder() and returns its path (static storage). */
const char *unit_write(const char *name, const char *content);
void unit_remove(void);
/* Cases that draw random bytes. After a fork, which check does for each, libsodium's own generator
 * refuses to go on with the parent's stream. */
void unit_draws_random(TCase *cases);
/* Text in a view equals a C string; on failure both are shown. */
#define unit_assert_text(actual, string)                                                           \
    do {                                                                                           \
        struct text unit_text = (actual);                                                          \
        ck_assert_msg(text_is(unit_text, (string)), "got \"%.*s\", expected \"%s\"",               \
                      (int)unit_text.len, unit_text.data ? unit_text.data : "", (string));         \
    } while (0)

#endif

/* schema: the numbered migrations, and whether a database has those that this program knows. */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include "base/arena.h"
#include "link/pg.h"

enum { SCHEMA_NOT_UTF8 = -2 };

/* Compares the database's version with this program's; a database without our schema has version 0.
 * OK: equal, or newer and its migrations say that this program works with them. INVALID: older, or
 * too new, or no database for texts of all people (*found is SCHEMA_NOT_UTF8); *found and *wanted
 * are set then as well. UNAVAILABLE, UNCERTAIN, BUSY, FAULT as pg_run.
 */
enum status schema_check(struct pg *pg, int64_t deadline_ms, int *found, int *wanted);
/* The highest number of this program. */
int schema_wanted(void);
/* What an operator does about a schema that was refused. */
const char *schema_advice(int found);
enum { SCHEMA_WORDS = 160 };
/* That, and what was found, in words. */
void schema_refusal(int found, char out[SCHEMA_WORDS]);

struct schema_row {
    int version;
    struct text name;
    bool known;             /* this program has it */
    bool applied;           /* the database has it */
    struct text applied_at; /* RFC 3339, absent when not applied */
};

/* All migrations of program and database, by number. Texts live in the arena. */
enum status schema_list(struct pg *pg, struct arena *arena, int64_t deadline_ms,
                        struct schema_row **rows, size_t *count);

/* Called before each migration is applied. */
typedef void schema_progress(void *context, int version, const char *name);

struct schema_options {
    int64_t wait_ms;     /* for another migration that is running, at most */
    int lock_timeout_ms; /* a migration waits for a table's lock at most this: signing goes on */
    int statement_ms;    /* one migration runs at most this */
    schema_progress *progress;
    void *context;
};

/* Applies what is missing, each in one transaction with its row in schema_version, under an
 * advisory lock. *applied gets how many. INVALID: the database is too new for this program, or not
 * UTF8 (nothing was done). BUSY: another one migrates, or a lock was not given in time: nothing of
 * that migration is there, run again. FAULT: pg_message says what. *failed gets the number of the
 * migration that did not pass, 0: none. */
enum status schema_migrate(struct pg *pg, const struct schema_options *options, int *applied,
                           int *failed);

#endif

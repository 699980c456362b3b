/* config: a table of names read from one file of `name = value` lines and the environment.
 *
 * `#` starts a comment line; a value runs to the end of its line, trimmed. Every name may be
 * overridden by the environment (COUNTERSIGN_NAME in upper case). An unknown name, a name twice, a
 * wrong value or a missing required one is an error with file and line, one line of English that
 * says what to do. A value is never repeated in it. An empty value in the file is an error; an
 * empty variable counts as none. Knows no petitions: the table is core/settings'. */
#ifndef BASE_CONFIG_H
#define BASE_CONFIG_H

#include "base/arena.h"
#include "base/status.h"

enum config_type { CONFIG_STRING, CONFIG_INTEGER, CONFIG_FILE, CONFIG_LEVEL };

struct config_key {
    const char *name;
    enum config_type type;
    const char *fallback; /* as it would stand in the file; NULL: none */
    long min, max;        /* integers */
    size_t offset;        /* in the struct: const char * for STRING and FILE, long otherwise */
    const char *help;     /* one line for `countersign help config` */
    bool reloads;         /* takes effect in a worker on SIGHUP, without a restart */
    /* STRING and FILE: NULL when the value has the right shape, else what it must be ("a path"). */
    const char *(*check)(struct text value);
};

struct config_table {
    const struct config_key *keys;
    size_t count;
};

struct config_error {
    char message[512]; /* "countersign.conf:12: unknown name 'databse'" */
    size_t end;        /* the line behind the file's last: where a name that is missing can stand */
};

#define CONFIG_USUAL "/etc/countersign/countersign.conf"

/* Which file counts: the one that is given (NULL: none), else $COUNTERSIGN_CONFIG, else the usual
 * one. NULL where that is not there: the environment has to say all, as in a container. */
const char *config_path(const char *given);
/* Fills `out` from fallbacks, file and environment. `path` NULL: environment alone. Strings live in
 * the arena. Names left without a value stay NULL or 0; whether one is required is the caller's to
 * say, since each program needs others. NOT_FOUND: the file cannot be opened; FAULT: it cannot be
 * read, or out of memory. *error is set whatever it ends with; without a message where it is OK. */
enum status config_load(const char *path, const struct config_table *table, void *out,
                        struct arena *arena, struct config_error *error);

#endif

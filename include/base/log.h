/* log: one JSON object a line on stderr.
 *
 * {"time":"...","level":"warning","event":"redis_away","code":"timeout"} - event names and field
 * names are constants of ours; values are numbers or words of ours (paths, SQLSTATEs, request ids).
 * What a caller sent never gets here. Values are escaped and cut at 256 bytes. A line is one
 * write(2); when stderr cannot take it (disk full) the line is dropped and counted. Thread-safe. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR, LOG_LEVELS };

struct log_field {
    const char *name;
    const char *string; /* NULL: the number counts */
    int64_t number;
};

/* A missing word is an empty one. */
static inline const char *log_word(const char *value) {
    return value ? value : "";
}

#define LOG_STR(name, value) ((struct log_field){(name), log_word(value), 0})
#define LOG_INT(name, value) ((struct log_field){(name), NULL, (int64_t)(value)})

/* log_event(LOG_INFO, "listening", LOG_STR("socket", path), LOG_INT("threads", 2));
 * No field or up to eleven. (ISO C has no comma that vanishes, so the count picks the macro.) */
#define log_event(level, ...)                                                                      \
    LOG_PICK(__VA_ARGS__, LOG_MANY, LOG_MANY, LOG_MANY, LOG_MANY, LOG_MANY, LOG_MANY, LOG_MANY,    \
             LOG_MANY, LOG_MANY, LOG_MANY, LOG_MANY, LOG_BARE, 0)                                  \
    (level, __VA_ARGS__)
#define LOG_PICK(a, b, c, d, e, f, g, h, i, j, k, l, name, ...) name
#define LOG_BARE(level, event)                                                                     \
    log_fields((level), (event), (const struct log_field[]){{NULL, NULL, 0}})
#define LOG_MANY(level, event, ...)                                                                \
    log_fields((level), (event), (const struct log_field[]){__VA_ARGS__, {NULL, NULL, 0}})

void log_set_level(enum log_level level);
/* Whether lines of this level are written. */
bool log_has(enum log_level level);
bool log_level_parse(struct text word, enum log_level *level);
/* `fields` ends with a NULL name. */
void log_fields(enum log_level level, const char *event, const struct log_field *fields);
/* Lines lost since the start. */
uint64_t log_dropped(void);

#endif

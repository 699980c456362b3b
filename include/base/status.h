/* status: the one vocabulary of outcomes.
 *
 * Every function that can fail returns an enum status. Outputs are untouched unless it is ST_OK.
 * Their fault (INVALID, NOT_FOUND, ...) becomes the answer; our fault (UNAVAILABLE, FAULT) becomes
 * one log line, written by the program layer and nowhere below it. */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

enum status {
    ST_OK,
    ST_INVALID,     /* the input breaks a rule */
    ST_NOT_FOUND,   /* there is no such thing */
    ST_GONE,        /* there was, and it is over */
    ST_DUPLICATE,   /* it is there already */
    ST_LIMITED,     /* too much from one place; later is fine */
    ST_BUSY,        /* our queue is full; later is fine */
    ST_UNAVAILABLE, /* a service that we need is away */
    ST_UNCERTAIN,   /* sent, but it is unknown whether it was done: repeat the same */
    ST_FORBIDDEN,   /* not for this caller */
    ST_FAULT,       /* a bug or a broken installation */
    ST_COUNT
};

/* The word for logs, such as "unavailable". Static storage. */
const char *status_name(enum status status);

#endif

/* clock: deadlines on the monotonic clock, times of day for logs and answers.
 *
 * Nothing that decides uses the time of day of this host: tokens and closing times are PostgreSQL's
 * now(), limits are Redis' TIME. A clock that jumps changes log lines only. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum { CLOCK_TEXT_SIZE = 32 };

int64_t clock_monotonic_us(void);
int64_t clock_monotonic_ms(void);
/* Milliseconds since 1970 in UTC. */
int64_t clock_unix_ms(void);
/* RFC 3339 in UTC with milliseconds, "2026-11-24T04:21:00.123Z"; years 0000-9999. */
void clock_format(char out[CLOCK_TEXT_SIZE], int64_t unix_ms);
/* RFC 3339: date and time with Z or an offset, or a bare date (midnight UTC). False: not one. */
bool clock_parse(struct text text, int64_t *unix_ms);
/* Milliseconds left until the monotonic deadline, never negative. */
int clock_left_ms(int64_t deadline_ms);

#endif

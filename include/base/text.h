/* text: a view of bytes, and a buffer that grows up to a limit.
 *
 * Request data is never NUL-terminated C strings: a view carries its length, so a NUL inside stays
 * visible and nothing is cut. A view owns nothing. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct text {
    const char *data; /* NULL: absent; "" with len 0: empty */
    size_t len;
};

/* A view of a C string; NULL gives the absent text. */
struct text text_of(const char *string);
struct text text_span(const char *data, size_t len);
/* A copy as a C string. False, and `out` untouched: absent, or longer than `size` - 1. */
bool text_store(struct text text, char *out, size_t size);
/* The absent text equals itself alone. */
bool text_equal(struct text a, struct text b);
bool text_is(struct text a, const char *string);
/* ASCII only, no locale. */
bool text_equal_ignoring_case(struct text a, struct text b);
bool text_is_ignoring_case(struct text a, const char *string);
bool text_starts(struct text a, const char *prefix);
/* Without ASCII spaces, tabs and line ends at both ends. */
struct text text_trim(struct text a);
/* Cuts the part before the first `separator` off *rest and returns it; all of it when there is none
 * (then *rest becomes the absent text). */
struct text text_cut(struct text *rest, char separator);
/* Decimal digits only, no sign, no spaces; false when empty, too large or anything else. */
bool text_to_u64(struct text a, unsigned long long *out);
/* The next line of a small file that is neither blank nor a `#` comment, trimmed; *number counts
 * all lines, from 1 (start with 0). False: no more. */
bool text_next_line(struct text *rest, struct text *line, size_t *number);

/* A byte buffer on the heap. Appending past `limit` or out of memory sets `failed` and drops all
 * data; one check at the end is enough. What was left behind by growing is wiped. */
struct buffer {
    char *data;
    size_t len;
    size_t cap;
    size_t limit;
    bool failed;
};

void buffer_init(struct buffer *buffer, size_t limit);
/* Wipes and frees. */
void buffer_done(struct buffer *buffer);
/* Keeps the memory, wipes what was in it. */
void buffer_reset(struct buffer *buffer);
void buffer_add(struct buffer *buffer, const void *data, size_t len);
void buffer_add_text(struct buffer *buffer, struct text text);
void buffer_add_string(struct buffer *buffer, const char *string);
void buffer_printf(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* NUL-terminated; absent when it failed. Valid until the next call on the buffer. */
struct text buffer_text(const struct buffer *buffer);

#endif

/* template: text with placeholders.
 *
 * `{{name}}` is a value; `{{#if name}}...{{/if}}` stays when the value is there and not empty, and
 * may hold another; nothing else. A line that holds only `{{#if name}}` or `{{/if}}` goes away with
 * its line end. A single bracket is a bracket. Every value is cleaned to one line (core/oneline.h),
 * and escaped as the place wants it; a template cannot say otherwise. */
#ifndef CORE_TEMPLATE_H
#define CORE_TEMPLATE_H

#include "base/arena.h"
#include "base/status.h"

enum template_place {
    TEMPLATE_TEXT, /* plain text; also a header before link/mime encodes it */
    TEMPLATE_HTML  /* content of an element, or an attribute in quotes */
};

enum { TEMPLATE_NAME_MAX = 32, TEMPLATE_DEPTH_MAX = 4 };

struct template;

struct template_fault {
    size_t line; /* from 1 */
    char message[160];
};

/* The template lies in the arena; `source` has to stay as long. `names` are the values that there
 * are. INVALID: fault says what is wrong, and where; FAULT: out of memory. */
enum status template_parse(struct text source, const char *const *names, size_t count,
                           struct arena *arena, struct template **out,
                           struct template_fault *fault);
/* values[i] is that of names[i]. Adds to `out`, whose `failed` tells the rest. */
void template_render(const struct template *template, enum template_place place,
                     const struct text *values, struct buffer *out);

#endif

/* template: text with placeholders.
 *
 * `{{name}}` is a value, `{{name|words}}` those words where it is empty; `{{#if name}}...{{/if}}`
 * stays when the value is there and not empty, and may hold another; nothing else. A line that
 * holds only `{{#if name}}` or `{{/if}}` goes away with its line end. A single bracket is a
 * bracket. Every value is cleaned to one line (core/oneline.h), and escaped as the place wants it;
 * a template cannot say otherwise. Only the program can: what it has made itself of HTML (`markup`)
 * goes in as it is. A person's name (`apart`) that is written from right to left stands between the
 * marks that keep it apart from the words around it (U+2068, U+2069), in header, text and HTML, and
 * keeps them in what one template has made for another (`made`). */
#ifndef CORE_TEMPLATE_H
#define CORE_TEMPLATE_H

#include <stdint.h>

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

struct template_names {
    const char *const *items;
    size_t count;
    uint64_t markup; /* bit i: values[i] is HTML already; only the first 64 can be */
    uint64_t apart;  /* bit i: values[i] is a name, which may run the other way */
    uint64_t made;   /* bit i: values[i] was rendered already, by a template of ours */
};

/* The template lies in the arena; `source` has to stay as long. `names` are the values that there
 * are. INVALID: fault says what is wrong, and where; FAULT: out of memory. */
enum status template_parse(struct text source, struct template_names names, struct arena *arena,
                           struct template **out, struct template_fault *fault);
/* values[i] is that of names.items[i]. Adds to `out`, whose `failed` tells the rest. */
void template_render(const struct template *template, enum template_place place,
                     const struct text *values, struct buffer *out);
/* The same; `otherwise` has what stands for a value that is empty, and for which the template has
 * no words. For {{#if}} it stays empty. */
void template_render_or(const struct template *template, enum template_place place,
                        const struct text *values, const struct text *otherwise,
                        struct buffer *out);
/* One value as template_render adds it, for what a program makes of HTML. */
void template_add_value(struct buffer *out, enum template_place place, struct text value);

#endif

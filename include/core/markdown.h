/* markdown: a letter's Markdown (CommonMark) as HTML that can do nothing but be read. */
#ifndef CORE_MARKDOWN_H
#define CORE_MARKDOWN_H

#include <stdbool.h>

#include "base/text.h"

enum { MARKDOWN_EXCERPT = 200 };

/* Adds the HTML to `html`, and the first MARKDOWN_EXCERPT characters as one plain line to
 * `excerpt`; their `failed` tells the rest. HTML that stands in the Markdown is shown as the words
 * that it is, nothing is left out; a picture of another host becomes its words; links lead nowhere
 * but to http, https and mailto; headings begin below the page's title and leave no step out. The
 * bytes have to be UTF-8. Ends the process when there is no memory, as cmark does: for the command
 * line. */
void markdown_add(struct text markdown, struct buffer *html, struct buffer *excerpt);
/* The same for a letter that goes by mail: `html` has its looks in itself, since mail programs know
 * no style sheets; `text` is the same words for the plain part, a paragraph a line, links behind
 * their words. Pictures become their words, and so do links to anything but other hosts and
 * mailboxes; headings are of the first three levels. */
void markdown_add_mail(struct text markdown, struct buffer *html, struct buffer *text);
/* The address of the first link that a reader's mail program could not follow, or not all alike: no
 * https, http or mailto, no host, white space, a placeholder. What begins with / or # is none: on
 * the petition's page it leads somewhere. False: there is none. */
bool markdown_dead_link(struct text markdown, char *out, size_t size);

#endif

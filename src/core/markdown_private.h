/* markdown_private: what the files of core/markdown share. */
#ifndef CORE_MARKDOWN_PRIVATE_H
#define CORE_MARKDOWN_PRIVATE_H

#include <cmark.h>
#include <stdbool.h>

/* Takes out of a document what it may not do. `mail`: it is read away from our host, so pictures
 * and links of our own paths mean nothing there. */
void markdown_tidy(cmark_node *document, bool mail);

#endif

/* manual: the same table as a manual page, as Markdown, and as a completion script. */
#ifndef CTL_MANUAL_H
#define CTL_MANUAL_H

#include "ctl/output.h"

/* countersign(1). */
void manual_troff(struct output *output);
/* src/ctl/README.md. */
void manual_markdown(struct output *output);
/* For bash. */
void manual_completion(struct output *output);

#endif

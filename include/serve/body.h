/* body: what every write is checked for before its fields are looked at. */
#ifndef SERVE_BODY_H
#define SERVE_BODY_H

#include "serve/request.h"

/* Media type and encoding of what is there (415), origin (403), query and no body (400), then the
 * whole body (400, 413). NONE: *body is there. */
enum problem body_read(struct request *request, struct text *body);
/* What a form_parse_* means for the answer: its own problem, or ours. */
enum problem body_verdict(const struct request *request, enum status parsed);
/* What a field holds is none of what there is. */
enum problem body_refuse(struct request *request, const char *field);

#endif

/* petition_json: a petition as the public sees it. */
#ifndef SERVE_PETITION_JSON_H
#define SERVE_PETITION_JSON_H

#include <jansson.h>

#include "serve/request.h"

/* In the language that the request asks for. NULL: out of memory. */
json_t *petition_json(struct request *request, const struct petition *petition, struct text lang);
/* The words beside the box that asks for news, {version, language, text}, in the language of the
 * text that petition_json shows: as they are kept for a signing with its locale. */
json_t *petition_json_wording(struct request *request, const struct petition *petition,
                              struct text lang);
/* A string, or null for the absent text. */
json_t *petition_json_text(struct text text);

#endif

/* route: the public paths, in a table. */
#ifndef SERVE_ROUTE_H
#define SERVE_ROUTE_H

#include "serve/request.h"

/* The route of a path that is decoded (a `%` that is left is nobody's), or NULL; *slug gets the
 * segment that `*` stands for. */
const struct route *route_find(struct text path, struct text *slug);
/* "GET, HEAD, OPTIONS" */
const char *route_allow(const struct route *route);
enum method route_method(struct text word);

#endif

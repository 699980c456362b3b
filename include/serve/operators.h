/* operators: what the operators' listener answers - healthz, readyz, metrics. */
#ifndef SERVE_OPERATORS_H
#define SERVE_OPERATORS_H

#include "link/http.h"
#include "serve/worker.h"

/* An http_handler; the context is the worker. */
bool operators_answer(void *context, const char *path, struct http_answer *answer);

#endif

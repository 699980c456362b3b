/* callers: which limits a write is held to. */
#ifndef SERVE_CALLERS_H
#define SERVE_CALLERS_H

#include "serve/request.h"

/* Fills request->work.write.limit by the write's kind. False: nginx gave no REMOTE_ADDR, which is a
 * broken configuration. */
bool callers_limit(struct request *request);
/* The request's 128-bit id: nginx's, else a random one. */
void callers_request_id(const struct request *request, uint8_t out[WRITES_REQUEST_ID]);

#endif

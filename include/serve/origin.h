/* origin: which web pages may send what.
 *
 * A browser says where a page is from (Origin, Sec-Fetch-Site); what is no browser says neither and
 * has no cookies to abuse. Compared exactly. */
#ifndef SERVE_ORIGIN_H
#define SERVE_ORIGIN_H

#include "serve/request.h"

/* Fills request->origin and request->origin_allowed. */
void origin_read(struct request *request);
/* Whether a write may go on. */
bool origin_may_write(const struct request *request);

#endif

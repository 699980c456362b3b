/* weburl: the shapes of web address that people write into settings and petitions. */
#ifndef CORE_WEBURL_H
#define CORE_WEBURL_H

#include "base/text.h"

enum { WEBURL_MAX = 2048 };

/* `http[s]://host[:port]` exactly as a browser writes an Origin header: lower case, A-labels, no
 * default port, no path. */
bool weburl_is_origin(struct text text);
/* `http[s]://host[:port][/...]`: printable ASCII without spaces, quotes or angle brackets, no user.
 */
bool weburl_is_page(struct text text);
/* "host:port" with a name, an IPv4 address or a [bracketed] IPv6 one, all lower case. */
bool weburl_is_host_and_port(struct text text);
/* The host in one of these, without its port; a bracketed address keeps its brackets. */
struct text weburl_host(struct text text);
/* Whether it can be no other host than this one: localhost, [::1] or a number in 127.0.0.0/8. A
 * name that only begins so is anybody's. */
bool weburl_host_is_here(struct text host);

#endif

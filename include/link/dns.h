/* dns: asks the domain name system, by the C library's resolver.
 *
 * Waits for the network, so only the command line calls it. Answers are not to be trusted: what
 * comes is text of printable ASCII, other bytes are replaced by '?'. */
#ifndef LINK_DNS_H
#define LINK_DNS_H

#include <stddef.h>

#include "base/status.h"

/* What a TXT record may say here; the strings of one record are put together (RFC 7208, 3.3).
 * Longer ones are cut. */
enum { DNS_TEXT_SIZE = 1024 };

/* `server` is ADDRESS:PORT of one name server, or NULL for those of /etc/resolv.conf. Each call
 * waits for 8 s at most. */

/* The one TXT record of `name` that begins with `begin` ("v=spf1"), followed by a blank, a
 * semicolon or nothing; with "" the one that there is. ST_NOT_FOUND: there is none. ST_DUPLICATE:
 * there are several, so by their standards none counts. ST_UNAVAILABLE: no answer. ST_INVALID:
 * `name` or `server` is none, or the answer makes no sense. */
enum status dns_text_find(const char *server, const char *name, const char *begin,
                          char text[DNS_TEXT_SIZE]);

/* Whether mail to `name` has somewhere to go: an MX record, or else an address. ST_NOT_FOUND:
 * neither. ST_FORBIDDEN: the one MX record says that it takes no mail (RFC 7505). Others as above.
 */
enum status dns_mail_find(const char *server, const char *name);

#endif

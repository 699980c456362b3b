/* mail_parse: the fields of a message that somebody sent us, by GMime.
 *
 * Any bytes are taken; what is no message has no fields. Bounded: no more than MAIL_BYTES_MAX are
 * looked at, no deeper than MAIL_DEPTH_MAX parts, no more than MAIL_FIELDS_MAX fields. */
#ifndef LINK_MAIL_PARSE_H
#define LINK_MAIL_PARSE_H

#include "base/text.h"

enum { MAIL_BYTES_MAX = 1 << 20, MAIL_DEPTH_MAX = 10, MAIL_FIELDS_MAX = 500 };
enum { MAIL_NAME_MAX = 76, MAIL_VALUE_MAX = 2000 };

enum mail_place {
    MAIL_HEADER,  /* of the message itself */
    MAIL_REPORT,  /* of a message/delivery-status or message/feedback-report; a field without a name
                     begins each group of them */
    MAIL_ORIGINAL /* of the message that came back with it */
};

/* One field, unfolded, not decoded; the value may be cut at MAIL_VALUE_MAX. Both are valid until it
 * returns. */
typedef void mail_field_fn(void *context, enum mail_place place, struct text name,
                           struct text value);

void mail_parse(struct text message, mail_field_fn *field, void *context);

#endif

/* incoming: what a message to one of our return addresses means.
 *
 * Delivery status notifications (RFC 3464), complaints (RFC 5965), automatic replies (RFC 3834) and
 * unsubscribing by mail. All else is junk: it changes nothing. Which letter is meant is told by a
 * return address (core/verp.h) that nobody can guess; a message without one changes nothing. */
#ifndef CORE_INCOMING_H
#define CORE_INCOMING_H

#include "core/verp.h"

enum incoming_kind {
    INCOMING_JUNK,
    INCOMING_DSN_HARD, /* nobody lives there, for good */
    INCOMING_DSN_SOFT, /* not now, or not this message */
    INCOMING_COMPLAINT,
    INCOMING_AUTO_REPLY,
    INCOMING_UNSUBSCRIBE,
    INCOMING_KINDS
};

enum { INCOMING_STATUS_MAX = 11 }; /* "5.123.123" */

struct incoming {
    enum incoming_kind kind;
    bool has_key;
    struct verp_key key;
    char status[INCOMING_STATUS_MAX + 1]; /* of a DSN, RFC 3463; "" otherwise */
};

enum incoming_place { INCOMING_HEADER, INCOMING_REPORT, INCOMING_ORIGINAL };

/* A field of the message, in the order of the message. A report's groups begin with a field that
 * has no name. */
struct incoming_field {
    enum incoming_place place;
    struct text name, value;
};

/* `recipient`: the address that the mail server says it came for; absent: by the headers. */
struct incoming incoming_classify(struct text recipient, const struct incoming_field *fields,
                                  size_t count);
/* "hard_bounce" */
const char *incoming_kind_name(enum incoming_kind kind);

#endif

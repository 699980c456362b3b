/* mime: a letter as the bytes that SMTP takes (RFC 5322, 2045-2047, 8058), by GMime.
 *
 * multipart/alternative of text and HTML. `=?` in the words of a header becomes `= ?`. What it
 * makes is the same for the same letter: a second try is the same message. Thread-safe. GLib ends
 * the process when memory is out. */
#ifndef LINK_MIME_H
#define LINK_MIME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "base/text.h"

/* Most bytes of a written letter. */
enum { MIME_MAX = 256 * 1024 };

/* Texts are UTF-8; none but text and html may hold a control character. Absent ones give no header.
 */
struct mime_letter {
    struct text from_name, from_address;
    struct text reply_to; /* address */
    struct text to;       /* address alone: a name there would be one that a stranger typed */
    struct text subject;
    struct text text, html; /* lines end with \n */
    struct text language;   /* Content-Language */
    struct text message_id; /* without the angle brackets */
    int64_t date_s;         /* Unix time */
    struct text feedback_id;
    struct text list_id; /* "night-buses.sign.example.org" */
    /* Absent on what asks for confirmation. With a URL the one click of RFC 8058 is offered. */
    struct text list_unsubscribe_url, list_unsubscribe_mailto;
};

/* Whether it can stand in a header and in a command of SMTP: visible ASCII that needs no quoting,
 * around one @. */
bool mime_address_valid(struct text address);
/* Adds the whole message, each line ended by CR LF and none longer than 998 bytes. INVALID: a
 * required text is absent (from_address, to, subject, text, html, message_id), or a header's text
 * holds a control character or is not UTF-8, or an address is none; FAULT: it does not fit. */
enum status mime_write(const struct mime_letter *letter, struct buffer *out);

#endif

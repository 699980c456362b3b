/* smtp: letters to one mail server, several at a time over kept connections (libcurl).
 *
 * It says what happened, as exactly as the wire allows; what that means for a letter is the
 * caller's to decide. A thread of its own for each connection; its caller is one thread. Addresses
 * that could say more than an address to a server are refused here: libcurl passes line ends on. */
#ifndef LINK_SMTP_H
#define LINK_SMTP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "base/text.h"

struct smtp;

enum smtp_tls {
    SMTP_STARTTLS, /* required: nothing is sent to a server that does not offer it */
    SMTP_IMPLICIT, /* from the first byte (port 465) */
    SMTP_PLAIN     /* none, for a server on this host */
};

struct smtp_options {
    const char *server; /* "host:port" */
    const char *hello;  /* our name in EHLO */
    const char *user;   /* NULL: no login */
    const char *password;
    const char *ca_file; /* NULL: the system's */
    enum smtp_tls tls;
    int connections; /* letters in flight at most */
    int timeout_ms;  /* of one letter; see smtp_longest_ms */
};

/* The longest that one letter can take: libcurl begins to count anew for the last answer, and once
 * more for saying goodbye. */
static inline int64_t smtp_longest_ms(int64_t timeout_ms) {
    return 3 * timeout_ms + 2000;
}

/* How far a letter came: the last thing that was said to the server. */
enum smtp_step {
    SMTP_AT_CONNECT, /* greeting and EHLO too */
    SMTP_AT_TLS,
    SMTP_AT_LOGIN,
    SMTP_AT_SENDER,
    SMTP_AT_RECIPIENT,
    SMTP_AT_DATA, /* asked to send, or in the middle of it: the server has no letter */
    SMTP_AT_END   /* all of it was sent: only the answer says whether the server has it */
};

enum smtp_end {
    SMTP_DONE,       /* the server took it */
    SMTP_ANSWERED,   /* it answered with another code */
    SMTP_BROKEN,     /* no answer: connection lost, not made, or no time left */
    SMTP_INSECURE,   /* no TLS, or with a certificate that is not the server's */
    SMTP_LOGIN,      /* it does not let us in */
    SMTP_BAD_ADDRESS /* refused by ourselves */
};

/* Strings and data belong to the caller until smtp_take has returned it. */
struct smtp_letter {
    const char *from, *to;
    struct text data; /* the message, lines ended by CRLF */
    void *context;
    /* out */
    enum smtp_end end;
    enum smtp_step step;
    int code;         /* of the last answer, 0: none */
    int subject;      /* the 7 of 5.7.1 (RFC 3463) in it; 0: none */
    bool no_relay;    /* it said in that answer that it takes no mail of ours */
    const char *what; /* libcurl's words for logs, static */
    bool reused;      /* went over a kept connection */
};

/* NULL: out of memory. */
struct smtp *smtp_new(const struct smtp_options *options);
/* Waits for what is in flight. */
void smtp_free(struct smtp **smtp);
/* Starts one. BUSY: as many as may be are in flight. With `fresh` over a new connection. */
enum status smtp_put(struct smtp *smtp, struct smtp_letter *letter, bool fresh);
/* Works until a letter is done or the deadline. */
void smtp_wait(struct smtp *smtp, int64_t deadline_ms);
/* A letter that is done; NULL: none. */
struct smtp_letter *smtp_take(struct smtp *smtp);
size_t smtp_in_flight(const struct smtp *smtp);
/* Connections with a letter on its way, or kept. */
size_t smtp_in_use(struct smtp *smtp);

/* Goes as far as a letter's first command, TLS and login included, and leaves; in the calling
 * thread, for timeout_ms at most. Out: told's end, step, code, what. */
void smtp_try(const struct smtp_options *options, struct smtp_letter *told);
/* "none", "implicit", else STARTTLS. */
enum smtp_tls smtp_tls_of(const char *word);

#endif

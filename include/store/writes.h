/* writes: what changes signatures, a batch at a time, one statement and one commit a call.
 *
 * Every call is safe to repeat with the same rows: a row carries its request's id, and a conflict
 * with one's own id is a success that already happened. One thread at a time. */
#ifndef STORE_WRITES_H
#define STORE_WRITES_H

#include "core/blind.h"
#include "core/slug.h"
#include "core/token.h"
#include "link/pg.h"

enum { WRITES_REQUEST_ID = 16, WRITES_ROWS_MAX = 1024 };

/* The numbers are those of countersign.sign(). */
enum fate {
    FATE_ACCEPTED = 0,
    FATE_CLOSED = 1,
    FATE_CHANGED = 2,
    FATE_UNKNOWN = 3,
    FATE_BAD_LINK = 4
};

/* Bytes that lie elsewhere and outlive the call. */
struct sealed {
    int64_t epoch;
    const uint8_t *data;
    size_t len;
};

/* A letter that may be owed: its envelope and the key of its token. */
struct letter_row {
    struct sealed sealed;
    struct token_key token;
    uint8_t mailbox[BLIND_SIZE];
    bool mailable; /* false: never mailed, never counted */
};

/* That news were asked for: an envelope for the mailers under a key of its own. */
struct ask_row {
    struct sealed sealed; /* data NULL: they were not */
    int wording;          /* core/wording: version and language */
    struct text language;
    struct text locale; /* absent: not given */
};

struct sign_row {
    int32_t petition;
    uint8_t email_hash[BLIND_SIZE];
    uint8_t request_id[WRITES_REQUEST_ID];
    int index_key;        /* number of the key of email_hash */
    int32_t text_version; /* 0: whatever is current */
    struct sealed sealed;
    struct letter_row letter;
    struct ask_row ask;
    int32_t mailing; /* of writes_sign_by_letter: the letter whose link proves the mailbox */
    int mailing_subject;
    int64_t referral;                                   /* core/blind; 0: nobody brought it */
    struct text country, region;                        /* absent: not given */
    struct text shown_name, shown_place, shown_comment; /* absent name: not shown */
    enum fate fate;                                     /* out */
};

/* A letter that somebody asks for by address; the numbers are those of the column letter.kind. */
enum resend_kind { RESEND_CONFIRM = 1, RESEND_PAGE = 5 };

struct resend_row {
    enum resend_kind kind;
    int32_t petition;
    uint8_t email_hash[BLIND_SIZE];
    uint8_t request_id[WRITES_REQUEST_ID];
    struct letter_row letter;
};

/* What is held becomes `row`, whose letter and index key are not looked at: only a signing has
 * them. Token, address and version must be of one signature; else the fate is UNKNOWN, or CHANGED
 * where only the version is not. */
struct correct_row {
    struct token_key token;
    struct sign_row row;
};

struct token_row {
    struct token_key token;
    const char *why;         /* of unsubscribing alone: page, client */
    bool valid;              /* out */
    char slug[SLUG_MAX + 1]; /* out, when valid */
};

/* What pg_run said, but GONE for an epoch that the database does not know. */
enum status writes_status(const struct pg *pg, enum status status);

struct writes;

/* `letters_per_day` may be changed between calls with writes_set_letters_per_day. NULL: out of
 * memory. */
struct writes *writes_new(struct pg *pg, int slot, int letters_per_day);
void writes_free(struct writes **writes);
/* The connection that it writes on. */
struct pg *writes_pg(const struct writes *writes);
void writes_set_letters_per_day(struct writes *writes, int letters_per_day);

/* Each: statuses of pg_run; outputs are set only on OK. FAULT also when a single row is bad: send
 * halves. GONE: an epoch that a row was sealed under is not known there (a restored database);
 * nothing was written, make new ones. */
enum status writes_sign(struct writes *writes, struct sign_row *const *rows, size_t count,
                        int64_t deadline_ms);
/* Neither an ask for news nor a referral is looked at. The link is letter.mailbox' own. */
enum status writes_sign_by_letter(struct writes *writes, struct sign_row *const *rows, size_t count,
                                  int64_t deadline_ms);
enum status writes_resend(struct writes *writes, struct resend_row *const *rows, size_t count,
                          int64_t deadline_ms);
enum status writes_correct(struct writes *writes, struct correct_row *const *rows, size_t count,
                           int64_t deadline_ms);
enum status writes_confirm(struct writes *writes, struct token_row *const *rows, size_t count,
                           int64_t deadline_ms);
enum status writes_withdraw(struct writes *writes, struct token_row *const *rows, size_t count,
                            int64_t deadline_ms);
enum status writes_disavow(struct writes *writes, struct token_row *const *rows, size_t count,
                           int64_t deadline_ms);
enum status writes_unsubscribe(struct writes *writes, struct token_row *const *rows, size_t count,
                               int64_t deadline_ms);
enum status writes_erase(struct writes *writes, struct token_row *const *rows, size_t count,
                         int64_t deadline_ms);

#endif

/* settings: every configuration name as a field, from one table. */
#ifndef CORE_SETTINGS_H
#define CORE_SETTINGS_H

#include "base/config.h"
#include "base/log.h"

/* Of `origins`, which workers look through at each write. */
enum { SETTINGS_ORIGINS_MAX = 15 };

struct settings {
    const char *database, *database_password_file;
    const char *operator_database, *operator_database_password_file;
    const char *owner_database, *owner_database_password_file;
    const char *mailer_database, *mailer_database_password_file;
    const char *redis, *redis_user, *redis_password_file, *redis_sentinel_password_file;
    const char *socket, *operators_listen;
    const char *base_url, *origins;
    const char *index_key_file, *public_keys_file, *mailing_public_key_file;
    const char *letters_folder, *shipped_letters_folder, *pages_folder;
    const char *mailing_key_file, *blocked_addresses_file;
    const char *smtp_server, *smtp_tls, *smtp_ca_file, *smtp_user, *smtp_password_file, *smtp_hello;
    const char *mail_from, *mail_from_name, *mail_return_domain;
    const char *mail_dkim_selector, *dns_server;
    long slot, io_threads, batch_limit, queue_limit;
    long request_timeout_ms, statement_timeout_ms, lock_timeout_ms, redis_timeout_ms;
    long epoch_s, poll_after_s;
    long limit_signing_burst, limit_signing_per_hour, limit_petition_per_hour;
    long limit_tokens_per_minute, limit_letters_per_day;
    long smtp_connections, smtp_timeout_ms;
    long mail_per_domain, mail_list_per_minute, mail_retry_s, mail_lease_s, mail_give_up_days,
        mail_token_days;
    long mail_reminder_days, mail_unconfirmed_days;
    long count_letter_links;
    long log_slow_ms;
    long log_level; /* enum log_level */
};

enum settings_for {
    SETTINGS_WORKER,
    SETTINGS_OPERATOR,
    SETTINGS_MIGRATE,
    SETTINGS_MAILER,
    SETTINGS_RECEIVE, /* what takes in mail that comes back: the mailer's role, none of its keys */
    SETTINGS_TABLE
};

/* Reads and checks everything that can be checked without I/O: required names of this program,
 * base_url's and redis' shape (rediss:// is refused: hiredis 0.14 has no TLS), deadlines that nest
 * (request > statement > lock; redis <= statement; a mailer's lease > a letter's time), and that
 * letters leave this host by TLS only. */
enum status settings_load(const char *path, enum settings_for program, struct arena *arena,
                          struct settings *out, struct config_error *error);
/* A copy whose strings are the arena's. FAULT: out of memory. */
enum status settings_copy(const struct settings *from, struct arena *arena, struct settings *out);
/* What a worker started with and what its configuration says now: the next name, from *at (0) on,
 * that differs and that it takes up only when it starts. NULL: none is left. */
const char *settings_next_fixed(const struct settings *started, const struct settings *now,
                                size_t *at);
/* The table, for `help config` and doctor. */
const struct config_key *settings_keys(size_t *count);

#endif

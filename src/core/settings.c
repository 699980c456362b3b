#include "core/settings.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "core/weburl.h"
#include "settings_check.h"

/* --- the table --- */

#define AT(field) offsetof(struct settings, field)
#define STRING(name, check, help)                                                                  \
    { #name, CONFIG_STRING, NULL, 0, 0, AT(name), help, false, check }
/* For commands and mailers alone, which read it whenever they want it. */
#define THEIRS(name, help)                                                                         \
    { #name, CONFIG_STRING, NULL, 0, 0, AT(name), help, true, NULL }
#define AT_START(name, help)                                                                       \
    { #name, CONFIG_FILE, NULL, 0, 0, AT(name), help, false, settings_check_path }
#define PATH(name, help)                                                                           \
    { #name, CONFIG_FILE, NULL, 0, 0, AT(name), help, true, settings_check_path }
#define NUMBER(name, fallback, min, max, help)                                                     \
    { #name, CONFIG_INTEGER, fallback, min, max, AT(name), help, true, NULL }
#define FIXED(name, fallback, min, max, help)                                                      \
    { #name, CONFIG_INTEGER, fallback, min, max, AT(name), help, false, NULL }

static const struct config_key keys[] = {
    STRING(database, NULL, "libpq connection string of the worker's role, without a password"),
    AT_START(database_password_file, "file with that role's password"),
    THEIRS(operator_database, "connection string for the command line (countersign_operator)"),
    PATH(operator_database_password_file, "file with that role's password"),
    THEIRS(owner_database, "connection string for `countersign migrate`: the schema's owner"),
    PATH(owner_database_password_file, "file with that role's password"),
    THEIRS(mailer_database, "connection string of the mailer (countersign_mailer)"),
    PATH(mailer_database_password_file, "file with that role's password"),
    STRING(redis, settings_check_redis,
           "unix:/path, redis://host:port[/number] or sentinel://host:port,.../name[/number]"),
    STRING(redis_user, NULL, "Redis ACL user"),
    AT_START(redis_password_file, "file with that user's password"),
    AT_START(redis_sentinel_password_file,
             "file with the sentinels' password, where they want one"),
    STRING(socket, settings_check_socket,
           "path of the FastCGI socket, mode 0660; a * in it is the lowest free number"),
    STRING(operators_listen, settings_check_listen,
           "unix:/path or address:port of health and metrics"),
    FIXED(slot, "0", 0, 15, "slot of the tally; give each worker its own"),
    FIXED(io_threads, "2", 1, 64, "threads that read, check and seal: cores / workers"),
    FIXED(batch_limit, "256", 1, 1024, "signatures in one statement at most"),
    FIXED(queue_limit, "4096", 1, 1000000, "requests that wait for the committer at most"),
    FIXED(request_timeout_ms, "5000", 100, 60000, "what one request may take"),
    FIXED(statement_timeout_ms, "3000", 50, 30000, "what one statement may take"),
    FIXED(lock_timeout_ms, "1000", 10, 30000, "what a statement may wait for a lock"),
    FIXED(redis_timeout_ms, "100", 5, 10000, "what one call of Redis may take"),
    {"base_url", CONFIG_STRING, NULL, 0, 0, AT(base_url),
     "https://host[:port] of the public site; links in letters begin with it", true,
     settings_check_base_url},
    {"origins", CONFIG_STRING, NULL, 0, 0, AT(origins),
     "further origins of your own, separated by spaces", true, settings_check_origins},
    AT_START(index_key_file, "file of the blind index's keys: lines of NUMBER BASE64"),
    PATH(public_keys_file, "file of the public keys that signers are sealed to, one a line"),
    PATH(mailing_public_key_file, "file of the public key that letters are sealed to"),
    {"letters_folder", CONFIG_STRING, NULL, 0, 0, AT(letters_folder),
     "folder of your own words for letters, searched before the shipped one", true,
     settings_check_path},
    {"shipped_letters_folder", CONFIG_STRING, COUNTERSIGN_LETTERS, 0, 0, AT(shipped_letters_folder),
     "folder of the letters that come with the program", true, settings_check_path},
    {"pages_folder", CONFIG_STRING, COUNTERSIGN_PAGES, 0, 0, AT(pages_folder),
     "folder of the templates and words of the petition's page", true, settings_check_path},
    PATH(mailing_key_file, "file of the secret key that opens letters; only where the mailer runs"),
    PATH(blocked_addresses_file, "file of addresses that are never mailed nor counted"),
    NUMBER(epoch_s, "300", 10, 86400, "seconds that one sealing key lives"),
    NUMBER(limit_signing_burst, "250", 1, 1000000, "signings at once from one IPv4 address or /64"),
    NUMBER(limit_signing_per_hour, "1000", 1, 100000000,
           "signings an hour from it; 4x a /56, 16x a /48"),
    NUMBER(limit_petition_per_hour, "0", 0, 1000000000,
           "signings an hour of one petition; 0: no limit"),
    NUMBER(limit_tokens_per_minute, "60", 1, 1000000, "tokens a minute from one address or /64"),
    NUMBER(limit_letters_per_day, "5", 1, 1000, "letters a day to one address"),
    NUMBER(poll_after_s, "5", 1, 3600, "seconds between two polls of the count, when all is quiet"),
    {"smtp_server", CONFIG_STRING, NULL, 0, 0, AT(smtp_server), "host:port that takes our letters",
     true, settings_check_server},
    {"smtp_tls", CONFIG_STRING, "starttls", 0, 0, AT(smtp_tls),
     "starttls, implicit, or none (only for a server on this host)", true, settings_check_tls},
    PATH(smtp_ca_file, "file of the certificates to trust; else the system's"),
    {"smtp_user", CONFIG_STRING, NULL, 0, 0, AT(smtp_user), "user to log in as; else no login",
     true, NULL},
    PATH(smtp_password_file, "file with that user's password"),
    {"smtp_hello", CONFIG_STRING, NULL, 0, 0, AT(smtp_hello), "name of this host in EHLO", true,
     settings_check_host},
    NUMBER(smtp_connections, "16", 1, 500, "letters on their way at once"),
    NUMBER(smtp_timeout_ms, "60000", 100, 600000, "what one letter may take"),
    {"mail_from", CONFIG_STRING, NULL, 0, 0, AT(mail_from), "address that letters come from", true,
     settings_check_address},
    {"mail_from_name", CONFIG_STRING, NULL, 0, 0, AT(mail_from_name),
     "name beside that address; a letter to the list that has a sender has that", true, NULL},
    {"mail_return_domain", CONFIG_STRING, NULL, 0, 0, AT(mail_return_domain),
     "domain of bounce+KEY@ and unsubscribe+KEY@; else that of mail_from", true,
     settings_check_host},
    {"mail_dkim_selector", CONFIG_STRING, NULL, 0, 0, AT(mail_dkim_selector),
     "selector that your mail server signs with (DKIM), for `countersign doctor`", true,
     settings_check_host},
    {"dns_server", CONFIG_STRING, NULL, 0, 0, AT(dns_server),
     "address:port that `countersign doctor` asks; else those of /etc/resolv.conf", true,
     settings_check_server},
    NUMBER(mail_per_domain, "8", 1, 500, "letters on their way to one domain at once"),
    NUMBER(mail_list_per_minute, "0", 0, 1000000,
           "letters of the list to one domain a minute, by all mailers; 0: no bound"),
    NUMBER(mail_retry_s, "60", 1, 3600, "seconds until a second try; doubles each time, to 4 h"),
    NUMBER(mail_lease_s, "300", 2, 3600, "seconds that a mailer may keep a letter"),
    NUMBER(mail_give_up_days, "5", 1, 60, "days after which a letter is tried no more"),
    NUMBER(mail_token_days, "90", 1, 3650, "days that a letter's link works, from sending"),
    NUMBER(mail_reminder_days, "3", 0, 30, "days until the one reminder; 0: none"),
    NUMBER(mail_unconfirmed_days, "30", 1, 3650,
           "days until a signature that nobody confirmed is deleted"),
    NUMBER(count_letter_links, "1", 0, 1,
           "1: count how often links of letters to the list are opened; 0: do not"),
    FIXED(log_slow_ms, "1000", 0, 60000,
          "a batch that takes longer is logged, with its requests' ids; 0: none"),
    {"log_level", CONFIG_LEVEL, "info", 0, 0, AT(log_level), "debug, info, warning or error", true,
     NULL},
};

enum { KEYS = sizeof keys / sizeof keys[0] };

const struct config_key *settings_keys(size_t *count) {
    *count = KEYS;
    return keys;
}

static bool is_number(const struct config_key *key) {
    return key->type == CONFIG_INTEGER || key->type == CONFIG_LEVEL;
}

static const char *string_at(const struct settings *settings, size_t offset) {
    const char *string;
    memcpy(&string, (const char *)settings + offset, sizeof string);
    return string;
}

enum status settings_copy(const struct settings *from, struct arena *arena, struct settings *out) {
    struct settings copy = *from;
    for (size_t i = 0; i < KEYS; i++) {
        const char *string = is_number(&keys[i]) ? NULL : string_at(from, keys[i].offset);
        struct text copied = arena_copy(arena, text_of(string));
        if (string && !copied.data) {
            return ST_FAULT;
        }
        if (string) {
            memcpy((char *)&copy + keys[i].offset, &copied.data, sizeof copied.data);
        }
    }
    *out = copy;
    return ST_OK;
}

static bool is_same(const struct config_key *key, const struct settings *a,
                    const struct settings *b) {
    if (is_number(key)) {
        return memcmp((const char *)a + key->offset, (const char *)b + key->offset, sizeof(long)) ==
               0;
    }
    return text_equal(text_of(string_at(a, key->offset)), text_of(string_at(b, key->offset)));
}

const char *settings_next_fixed(const struct settings *started, const struct settings *now,
                                size_t *at) {
    while (*at < KEYS) {
        const struct config_key *key = &keys[(*at)++];
        if (!key->reloads && !is_same(key, started, now)) {
            return key->name;
        }
    }
    return NULL;
}

/* --- what must be there, and fit together --- */

struct required {
    size_t offset;
    unsigned programs; /* 1u << enum settings_for */
};

enum {
    FOR_WORKER = 1u << SETTINGS_WORKER,
    FOR_OPERATOR = 1u << SETTINGS_OPERATOR,
    FOR_MIGRATE = 1u << SETTINGS_MIGRATE,
    FOR_MAILER = 1u << SETTINGS_MAILER,
    FOR_RECEIVE = 1u << SETTINGS_RECEIVE
};

static const struct required required[] = {
    {AT(database), FOR_WORKER},
    {AT(operator_database), FOR_OPERATOR},
    {AT(owner_database), FOR_MIGRATE},
    {AT(redis), FOR_WORKER | FOR_OPERATOR},
    {AT(socket), FOR_WORKER},
    {AT(operators_listen), FOR_WORKER | FOR_MAILER},
    {AT(base_url), FOR_WORKER | FOR_MAILER},
    {AT(index_key_file), FOR_WORKER | FOR_OPERATOR},
    {AT(public_keys_file), FOR_WORKER},
    {AT(mailing_public_key_file), FOR_WORKER},
    {AT(mailer_database), FOR_MAILER | FOR_RECEIVE},
    {AT(mailing_key_file), FOR_MAILER},
    {AT(smtp_server), FOR_MAILER},
    {AT(smtp_hello), FOR_MAILER},
    {AT(mail_from), FOR_MAILER},
};

static const char *name_at(size_t offset) {
    for (size_t i = 0; i < KEYS; i++) {
        if (keys[i].offset == offset) {
            return keys[i].name;
        }
    }
    return "";
}

/* Without a line (0) where it is not about one. */
__attribute__((format(printf, 4, 5))) static enum status
fail(struct config_error *error, const char *path, size_t line, const char *format, ...) {
    size_t size = sizeof error->message;
    const char *source = path ? path : "environment (no --config, and no " CONFIG_USUAL ")";
    int len = path && line > 0 ? snprintf(error->message, size, "%s:%zu: ", source, line)
                               : snprintf(error->message, size, "%s: ", source);
    if (len >= 0 && (size_t)len < size) {
        va_list args;
        va_start(args, format);
        vsnprintf(error->message + len, size - (size_t)len, format, args);
        va_end(args);
    }
    return ST_INVALID;
}

static enum status check_required(const char *path, enum settings_for program,
                                  const struct settings *settings, struct config_error *error) {
    for (size_t i = 0; i < sizeof required / sizeof required[0]; i++) {
        if ((required[i].programs & 1u << program) != 0 &&
            !string_at(settings, required[i].offset)) {
            return fail(error, path, error->end, "%s is missing: add the line `%s = ...`",
                        name_at(required[i].offset), name_at(required[i].offset));
        }
    }
    return ST_OK;
}

static enum status check_deadlines(const char *path, const struct settings *settings,
                                   struct config_error *error) {
    if (settings->request_timeout_ms <= settings->statement_timeout_ms) {
        return fail(error, path, 0, "request_timeout_ms must be more than statement_timeout_ms");
    }
    if (settings->statement_timeout_ms <= settings->lock_timeout_ms) {
        return fail(error, path, 0, "statement_timeout_ms must be more than lock_timeout_ms");
    }
    if (settings->redis_timeout_ms > settings->statement_timeout_ms) {
        return fail(error, path, 0, "redis_timeout_ms must not be more than statement_timeout_ms");
    }
    return ST_OK;
}

static enum status check_mail(const char *path, enum settings_for program,
                              const struct settings *settings, struct config_error *error) {
    if (settings->smtp_server && strcmp(settings->smtp_tls, "none") == 0 &&
        !weburl_host_is_here(weburl_host(text_of(settings->smtp_server)))) {
        return fail(error, path, 0, "smtp_tls = none is for a server on this host alone");
    }
    /* Where there is no login, its file may be there all the same: the units name it always. */
    if (program == SETTINGS_MAILER && settings->smtp_user && !settings->smtp_password_file) {
        return fail(error, path, 0, "smtp_user without smtp_password_file");
    }
    /* As smtp_longest_ms (link/smtp.h) has it. */
    if (settings->mail_lease_s * 1000 <= 3 * settings->smtp_timeout_ms + 2000) {
        return fail(error, path, 0,
                    "mail_lease_s must be more than 3 times smtp_timeout_ms, and 2 s");
    }
    return ST_OK;
}

enum status settings_load(const char *path, enum settings_for program, struct arena *arena,
                          struct settings *out, struct config_error *error) {
    static const struct config_table table = {keys, KEYS};
    struct settings settings = {0};
    enum status status = config_load(path, &table, &settings, arena, error);
    if (status == ST_OK) {
        status = check_required(path, program, &settings, error);
    }
    if (status == ST_OK) {
        status = check_deadlines(path, &settings, error);
    }
    if (status == ST_OK) {
        status = check_mail(path, program, &settings, error);
    }
    if (status == ST_OK) {
        *out = settings;
    }
    return status;
}

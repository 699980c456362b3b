#include "mail/setup.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "link/pg.h"

#define CANNOT_READ "the file cannot be read, or is too large: check its path and who may read it"

enum { CONFIG_ARENA = 64 * 1024, FILE_MAX = 65536, PLACES = 4096 };

static enum status wrong(const char *what, const char *why) {
    log_event(LOG_ERROR, "setup_wrong", LOG_STR("what", what), LOG_STR("why", why));
    return ST_INVALID;
}

static enum status read_password(const char *name, const char *path, struct text *out) {
    if (!path)
        return ST_OK;
    if (secret_read_file(path, FILE_MAX, out) != ST_OK)
        return wrong(name, CANNOT_READ);
    secret_cut_line(out);
    return ST_OK;
}

static enum status read_pair(const char *path, struct keypair **out) {
    struct text file = {NULL, 0};
    if (secret_read_file(path, FILE_MAX, &file) != ST_OK)
        return wrong("mailing_key_file", CANNOT_READ);
    enum status status = keypair_read(file, text_of(NULL), out);
    secret_free(&file.data);
    if (status == ST_FORBIDDEN)
        return wrong("mailing_key_file", "it wants a passphrase, and nobody is here to type it");
    return status == ST_OK ? ST_OK
                           : wrong("mailing_key_file", "it holds no secret key: make one with "
                                                       "countersign keygen");
}

static enum status read_blocked(const char *path, struct blocklist **out) {
    size_t line = 0;
    if (blocklist_read(path, NULL, out, &line) == ST_OK)
        return ST_OK;
    return wrong("blocked_addresses_file",
                 line ? "a line is neither someone@example.org nor @example.org" : CANNOT_READ);
}

static enum status read_letters(struct setup *setup) {
    struct source_fault fault = {""};
    enum status status = letters_open(setup->settings.shipped_letters_folder,
                                      setup->settings.letters_folder, &setup->letters, &fault);
    return status == ST_OK ? ST_OK : wrong("letters_folder", fault.message);
}

static void set_policy(struct setup *setup) {
    const struct settings *settings = &setup->settings;
    setup->policy =
        (struct outbox_policy){.lease_s = (int)settings->mail_lease_s,
                               .letters_per_day = (int)settings->limit_letters_per_day,
                               .give_up_days = (int)settings->mail_give_up_days,
                               .token_days = (int)settings->mail_token_days,
                               .reminder_days = (int)settings->mail_reminder_days,
                               .unconfirmed_days = (int)settings->mail_unconfirmed_days};
    struct text domain = text_of(settings->mail_from);
    text_cut(&domain, '@');
    setup->return_domain =
        settings->mail_return_domain ? text_of(settings->mail_return_domain) : domain;
}

static enum status load(const char *path, struct setup *setup) {
    struct config_error error;
    setup->arena = arena_new(CONFIG_ARENA, CONFIG_ARENA);
    if (!setup->arena)
        return wrong("memory", "out of memory");
    enum status status =
        settings_load(path, SETTINGS_MAILER, setup->arena, &setup->settings, &error);
    if (status != ST_OK)
        return wrong("configuration", error.message);
    set_policy(setup);
    if (!pg_conninfo_is_good(setup->settings.mailer_database))
        return wrong("mailer_database", "it is no connection string: write `host=... dbname=... "
                                        "user=...`, as psql takes it");
    status =
        read_password("mailer_database_password_file",
                      setup->settings.mailer_database_password_file, &setup->database_password);
    if (status == ST_OK)
        status = read_password("smtp_password_file", setup->settings.smtp_password_file,
                               &setup->smtp_password);
    if (status == ST_OK)
        status = read_pair(setup->settings.mailing_key_file, &setup->pair);
    if (status == ST_OK)
        status = read_blocked(setup->settings.blocked_addresses_file, &setup->blocked);
    if (status == ST_OK)
        status = read_letters(setup);
    return status;
}

enum status setup_load(const char *path, struct setup **out) {
    struct setup *setup = calloc(1, sizeof *setup);
    if (!setup)
        return wrong("memory", "out of memory");
    atomic_store(&setup->references, 1);
    enum status status = load(path, setup);
    if (status != ST_OK) {
        setup_release(&setup);
        return status;
    }
    *out = setup;
    return ST_OK;
}

struct setup *setup_keep(struct setup *setup) {
    atomic_fetch_add(&setup->references, 1);
    return setup;
}

void setup_release(struct setup **pointer) {
    struct setup *setup = *pointer;
    *pointer = NULL;
    if (!setup || atomic_fetch_sub(&setup->references, 1) != 1)
        return;
    if (setup->letters)
        letters_free(&setup->letters);
    if (setup->blocked)
        blocklist_free(&setup->blocked);
    keypair_free(&setup->pair);
    secret_free(&setup->database_password.data);
    secret_free(&setup->smtp_password.data);
    arena_free(&setup->arena);
    free(setup);
}

bool setup_blocks(const struct setup *setup, struct text address) {
    struct address parsed;
    return setup->blocked && address_parse(address, &parsed) == ST_OK &&
           blocklist_has(setup->blocked, &parsed);
}

int setup_place(const struct setup *setup, struct text address) {
    uint8_t tag[KEYPAIR_TAG];
    struct text domain = address;
    text_cut(&domain, '@');
    keypair_tag(setup->pair, "domain of the list",
                (const uint8_t *)(domain.data ? domain.data : ""), domain.len, tag);
    return (tag[0] << 8 | tag[1]) % PLACES;
}

void setup_smtp(const struct setup *setup, struct smtp_options *out) {
    const struct settings *settings = &setup->settings;
    *out = (struct smtp_options){.server = settings->smtp_server,
                                 .hello = settings->smtp_hello,
                                 .user = settings->smtp_user,
                                 .password = setup->smtp_password.data,
                                 .ca_file = settings->smtp_ca_file,
                                 .tls = smtp_tls_of(settings->smtp_tls),
                                 .connections = (int)settings->smtp_connections,
                                 .timeout_ms = (int)settings->smtp_timeout_ms};
}

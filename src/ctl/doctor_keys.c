#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"
#include "core/address.h"
#include "core/blind.h"
#include "core/unseal.h"
#include "ctl/doctor.h"

enum { FILE_LIMIT = 1 << 20 };

static void look_at_index_keys(struct doctor *doctor) {
    const char *path = doctor->context->settings.index_key_file;
    struct text file;
    size_t line = 0;
    if (!doctor_file(doctor, "index_key_file", path, DOCTOR_SECRET_BITS, &file)) {
        return;
    }
    if (blind_keys_parse(file, &doctor->index_keys, &line) == ST_OK) {
        doctor_say(doctor, DOCTOR_OK, "index_key_file", "new petitions get key %d",
                   blind_keys_newest(doctor->index_keys));
    } else {
        doctor_say(doctor, DOCTOR_NO, "index_key_file",
                   "%s:%zu: not a line of `NUMBER BASE64`: write e.g. `1 $(head -c 32 /dev/urandom "
                   "| base64)`",
                   path, line);
    }
    secret_free(&file.data);
}

static bool parse_recipients(struct doctor *doctor, const char *name, const char *path,
                             struct recipients *recipients) {
    struct text file;
    size_t line = 0;
    if (!doctor_file(doctor, name, path, DOCTOR_PUBLIC_BITS, &file)) {
        return false;
    }
    enum status status = recipients_parse(file, recipients, &line);
    secret_free(&file.data);
    if (status == ST_FORBIDDEN) {
        doctor_say(doctor, DOCTOR_NO, name,
                   "%s:%zu: a secret key: take it off this host, and name the .pub file here", path,
                   line);
    } else if (status != ST_OK) {
        doctor_say(doctor, DOCTOR_NO, name,
                   "%s:%zu: not a usable public key (base64 of 32 bytes, each once): take the line "
                   "of keygen's organization.pub",
                   path, line);
    }
    return status == ST_OK;
}

static void look_at_public_keys(struct doctor *doctor) {
    const char *path = doctor->context->settings.public_keys_file;
    struct recipients recipients;
    if (path == NULL) {
        doctor_say(doctor, DOCTOR_OK, "public_keys_file", "not named here; the worker needs it");
    } else if (!parse_recipients(doctor, "public_keys_file", path, &recipients)) {
        return;
    } else if (recipients.count == 1) {
        doctor_say(doctor, DOCTOR_WARN, "public_keys_file",
                   "one recipient: if that key is lost, so are the signers; add the public half of "
                   "a recovery key kept offline");
    } else {
        doctor_say(doctor, DOCTOR_OK, "public_keys_file", "%zu recipients", recipients.count);
    }
}

static void look_at_mailing_key(struct doctor *doctor, struct recipients *recipients) {
    const char *path = doctor->context->settings.mailing_public_key_file;
    if (path == NULL) {
        doctor_say(doctor, DOCTOR_OK, "mailing_public_key_file",
                   "not named here; the worker needs it");
    } else if (!parse_recipients(doctor, "mailing_public_key_file", path, recipients)) {
        recipients->count = 0;
    } else if (recipients->count == 1) {
        doctor_say(doctor, DOCTOR_OK, "mailing_public_key_file", "one key");
    } else {
        doctor_say(doctor, DOCTOR_WARN, "mailing_public_key_file",
                   "%zu keys, as while the mailing key is exchanged: then leave the mailer's only",
                   recipients->count);
    }
}

static void look_at_blocklist(struct doctor *doctor) {
    const char *path = doctor->context->settings.blocked_addresses_file;
    struct blocklist *list = NULL;
    struct text file;
    size_t line = 0;
    if (path == NULL || !doctor_file(doctor, "blocked_addresses_file", path, 0, &file)) {
        return;
    }
    if (blocklist_parse(file, &list, &line) == ST_OK) {
        doctor_say(doctor, DOCTOR_OK, "blocked_addresses_file", "can be read");
    } else {
        doctor_say(doctor, DOCTOR_NO, "blocked_addresses_file",
                   "%s:%zu: neither an address nor @domain", path, line);
    }
    blocklist_free(&list);
    secret_free(&file.data);
}

/* --- secret keys nearby --- */

/* Of signers: the mailer's own has to be somewhere. */
static bool holds_secret(const char *path, const struct recipients *mailing) {
    struct keypair *pair = NULL;
    struct text file;
    struct stat found;
    if (stat(path, &found) != 0 || !S_ISREG(found.st_mode) ||
        secret_read_file(path, FILE_LIMIT, &file) != ST_OK) {
        return false;
    }
    enum status status = keypair_read(file, text_of(NULL), &pair);
    bool secret = status == ST_FORBIDDEN ||
                  (status == ST_OK && !recipients_have(mailing, keypair_public(pair)));
    keypair_free(&pair);
    secret_free(&file.data);
    return secret;
}

static int is_within(const struct dirent *entry) {
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

/* Whether it is one, or holds one within so many levels, or cannot be looked at. */
static bool warn_of_secrets(struct doctor *doctor, const char *path, int levels,
                            const struct recipients *mailing) {
    if (access(path, R_OK) != 0 && errno == EACCES) {
        doctor_say(doctor, DOCTOR_WARN, "secret keys",
                   "%s cannot be looked at by this user, and may open signers", path);
        return true;
    }
    if (holds_secret(path, mailing)) {
        doctor_say(doctor, DOCTOR_WARN, "secret keys",
                   "%s opens signers: keep it away from a host that serves the public", path);
        return true;
    }
    struct dirent **found = NULL;
    int count = levels > 0 ? scandir(path, &found, is_within, alphasort) : 0;
    bool any = false;
    for (int i = 0; i < count; i++) {
        char within[PATH_MAX];
        int len = snprintf(within, sizeof within, "%s/%s", path, found[i]->d_name);
        free(found[i]);
        any |= len < PATH_MAX && warn_of_secrets(doctor, within, levels - 1, mailing);
    }
    free(found);
    return any;
}

/* Whoever takes over this host takes a key that lies beside the public one, or in a folder there,
 * as keygen makes it. */
static void look_for_secret_keys(struct doctor *doctor, const struct recipients *mailing) {
    const char *path = doctor->context->settings.public_keys_file;
    const char *slash = path != NULL ? strrchr(path, '/') : NULL;
    int len = slash != NULL ? (int)(slash - path) : 0;
    char folder[PATH_MAX];
    if (len > 0 && snprintf(folder, sizeof folder, "%.*s", len, path) < PATH_MAX &&
        !warn_of_secrets(doctor, folder, 2, mailing)) {
        doctor_say(doctor, DOCTOR_OK, "secret keys", "none in %s", folder);
    }
}

void doctor_keys(struct doctor *doctor) {
    const struct settings *settings = &doctor->context->settings;
    struct recipients mailing = {.count = 0};
    look_at_index_keys(doctor);
    look_at_public_keys(doctor);
    look_at_mailing_key(doctor, &mailing);
    doctor_mailer(doctor, &mailing);
    look_at_blocklist(doctor);
    doctor_password(doctor, "database_password_file", settings->database_password_file);
    doctor_password(doctor, "operator_database_password_file",
                    settings->operator_database_password_file);
    doctor_password(doctor, "owner_database_password_file", settings->owner_database_password_file);
    doctor_password(doctor, "redis_password_file", settings->redis_password_file);
    doctor_password(doctor, "redis_sentinel_password_file", settings->redis_sentinel_password_file);
    look_for_secret_keys(doctor, &mailing);
}

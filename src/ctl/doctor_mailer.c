#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/secret.h"
#include "core/letter.h"
#include "core/page.h"
#include "core/unseal.h"
#include "core/weburl.h"
#include "ctl/doctor.h"
#include "link/smtp.h"

enum { TRY_MS = 5000, PASSWORD_MAX = 4096, SAID_SIZE = 16 };

/* One configuration may serve several hosts, of which not each has a mailer. */
static bool is_here(struct doctor *doctor, const char *name, const char *path) {
    bool absent = access(path, F_OK) != 0 && errno == ENOENT;
    if (absent) {
        doctor_say(doctor, DOCTOR_WARN, name, "%s is not here: no mailer can run on this host",
                   path);
    }
    return !absent;
}

/* False: no mailer can run on this host. */
static bool look_at_key(struct doctor *doctor, const struct recipients *sealed_to) {
    static const char name[] = "mailing_key_file";
    const char *path = doctor->context->settings.mailing_key_file;
    struct keypair *pair = NULL;
    struct text file;
    if (path == NULL || !is_here(doctor, name, path) ||
        !doctor_file(doctor, name, path, DOCTOR_SECRET_BITS, &file)) {
        return false;
    }
    enum status status = keypair_read(file, text_of(NULL), &pair);
    if (status != ST_OK) {
        doctor_say(doctor, DOCTOR_NO, name, "%s: %s", path,
                   status == ST_FORBIDDEN
                       ? "it wants a passphrase, and nobody types one to a mailer"
                       : "holds no secret key: take the organization.key of a keygen");
    } else if (sealed_to->count > 0 && !recipients_have(sealed_to, keypair_public(pair))) {
        doctor_say(doctor, DOCTOR_NO, name,
                   "%s opens nothing that is sealed to mailing_public_key_file, so no letter goes: "
                   "take the two of one pair",
                   path);
    } else {
        doctor_say(doctor, DOCTOR_OK, name, "opens what workers seal");
    }
    keypair_free(&pair);
    secret_free(&file.data);
    return true;
}

static void look_at_password(struct doctor *doctor, const char *name, const char *path) {
    if (path != NULL && is_here(doctor, name, path)) {
        doctor_password(doctor, name, path);
    }
}

static const char *const fates[] = {
    [SMTP_DONE] = "is ready to take letters",
    [SMTP_ANSWERED] = "turns us away",
    [SMTP_BROKEN] = "is not reached",
    [SMTP_INSECURE] = "gives no TLS that smtp_tls and smtp_ca_file ask for",
    [SMTP_LOGIN] = "does not let smtp_user in",
    [SMTP_BAD_ADDRESS] = "",
};

/* A server on another host may be out of reach from here alone. */
static void say_server(struct doctor *doctor, const char *server, const struct smtp_letter *told) {
    static const char name[] = "smtp_server";
    bool elsewhere = !weburl_host_is_here(weburl_host(text_of(server)));
    char said[SAID_SIZE] = "";
    if (told->code >= 400) {
        snprintf(said, sizeof said, ", %d", told->code);
    }
    if (told->end == SMTP_DONE) {
        doctor_say(doctor, DOCTOR_OK, name, "%s %s", server, fates[told->end]);
    } else if (told->end == SMTP_BROKEN && elsewhere) {
        doctor_say(doctor, DOCTOR_WARN, name, "%s is not reached from here (%s): a mailer must",
                   server, told->what);
    } else {
        doctor_say(doctor, DOCTOR_NO, name, "%s %s (%s%s): no letter goes", server,
                   fates[told->end], told->what, said);
    }
}

static void look_at_server(struct doctor *doctor) {
    const struct settings *settings = &doctor->context->settings;
    struct text password = text_of(NULL);
    struct smtp_letter told;
    if (settings->smtp_user != NULL) {
        if (settings->smtp_password_file == NULL ||
            secret_read_file(settings->smtp_password_file, PASSWORD_MAX, &password) != ST_OK) {
            return; /* which is told */
        }
        secret_cut_line(&password);
    }
    struct smtp_options options = {.server = settings->smtp_server,
                                   .hello = settings->smtp_hello,
                                   .user = settings->smtp_user,
                                   .password = password.data,
                                   .ca_file = settings->smtp_ca_file,
                                   .tls = smtp_tls_of(settings->smtp_tls),
                                   .timeout_ms = TRY_MS};
    smtp_try(&options, &told);
    say_server(doctor, settings->smtp_server, &told);
    secret_free(&password.data);
}

void doctor_mailer(struct doctor *doctor, const struct recipients *sealed_to) {
    const struct settings *settings = &doctor->context->settings;
    bool here = look_at_key(doctor, sealed_to);
    look_at_password(doctor, "mailer_database_password_file",
                     settings->mailer_database_password_file);
    if (settings->smtp_user != NULL) {
        look_at_password(doctor, "smtp_password_file", settings->smtp_password_file);
    }
    if (here && settings->smtp_server != NULL && settings->smtp_hello != NULL) {
        look_at_server(doctor);
    }
}

void doctor_words(struct doctor *doctor) {
    const struct settings *settings = &doctor->context->settings;
    struct source_fault fault = {""};
    struct letters *letters = NULL;
    struct pages *pages = NULL;
    bool good = letters_open(settings->shipped_letters_folder, settings->letters_folder, &letters,
                             &fault) == ST_OK;
    doctor_say(doctor, good ? DOCTOR_OK : DOCTOR_NO, "letters_folder", "%s%s",
               good ? "all letters can be written" : fault.message,
               good ? "" : ": no mailer starts with it");
    good = pages_open(settings->pages_folder, &pages, &fault) == ST_OK;
    doctor_say(doctor, good ? DOCTOR_OK : DOCTOR_NO, "pages_folder", "%s%s",
               good ? "the pages can be made" : fault.message,
               good ? "" : ": no page of a petition can be shown");
    letters_free(&letters);
    pages_free(&pages);
}

#include <errno.h>
#include <unistd.h>

#include "base/secret.h"
#include "core/letter.h"
#include "core/page.h"
#include "core/unseal.h"
#include "ctl/doctor.h"

/* One configuration may serve several hosts, of which not each has a mailer. */
static bool is_here(struct doctor *doctor, const char *name, const char *path) {
    bool absent = access(path, F_OK) != 0 && errno == ENOENT;
    if (absent) {
        doctor_say(doctor, DOCTOR_WARN, name, "%s is not here: no mailer can run on this host",
                   path);
    }
    return !absent;
}

static void look_at_key(struct doctor *doctor, const struct recipients *sealed_to) {
    static const char name[] = "mailing_key_file";
    const char *path = doctor->context->settings.mailing_key_file;
    struct keypair *pair = NULL;
    struct text file;
    if (path == NULL || !is_here(doctor, name, path) ||
        !doctor_file(doctor, name, path, DOCTOR_SECRET_BITS, &file)) {
        return;
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
}

static void look_at_password(struct doctor *doctor, const char *name, const char *path) {
    if (path != NULL && is_here(doctor, name, path)) {
        doctor_password(doctor, name, path);
    }
}

void doctor_mailer(struct doctor *doctor, const struct recipients *sealed_to) {
    const struct settings *settings = &doctor->context->settings;
    look_at_key(doctor, sealed_to);
    look_at_password(doctor, "mailer_database_password_file",
                     settings->mailer_database_password_file);
    if (settings->smtp_user != NULL) {
        look_at_password(doctor, "smtp_password_file", settings->smtp_password_file);
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

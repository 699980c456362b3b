#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ctl/doctor.h"
#include "link/dns.h"

enum { NAME_SIZE = 300 };

/* Whom to ask about which domains: that of From, and that of the envelope. */
struct sender {
    const char *server, *from, *back;
};

/* Names that stand for no domain (RFC 6761), as in a private stack. */
static const char *const reserved[] = {"localhost", "test",        "example",     "invalid",
                                       "local",     "example.org", "example.com", "example.net"};

static bool is_reserved(const char *domain) {
    size_t len = strlen(domain);
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++) {
        size_t end = strlen(reserved[i]);
        if (len >= end && strcmp(domain + len - end, reserved[i]) == 0 &&
            (len == end || domain[len - end - 1] == '.')) {
            return true;
        }
    }
    return false;
}

/* What has no answer says nothing about the domain. The looks return false then. */
static bool is_away(struct doctor *doctor, const char *what, const char *name, enum status status) {
    if (status == ST_UNAVAILABLE || status == ST_INVALID) {
        doctor_say(doctor, DOCTOR_WARN, what,
                   "%s: the name server gave no usable answer; ask again "
                   "from where it does",
                   name);
        return true;
    }
    return false;
}

/* NULL: nothing. */
static const char *fault_of_spf(const char *text) {
    size_t len = strlen(text);
    if (len >= 4 && (strcmp(text + len - 4, "+all") == 0 || strcmp(text + len - 4, " all") == 0)) {
        return "lets everybody send in your name; end it with -all";
    }
    /* As many hosts of names publish it for who sends no mail. */
    return strcasecmp(text, "v=spf1 -all") == 0
               ? "lets nobody send in your name; name your mail server in it"
               : NULL;
}

static bool look_at_spf(struct doctor *doctor, const struct sender *sender) {
    const char *domain = sender->back;
    char text[DNS_TEXT_SIZE];
    enum status status = dns_text_find(sender->server, domain, "v=spf1", text);
    const char *fault = status == ST_OK ? fault_of_spf(text) : NULL;
    if (is_away(doctor, "SPF", domain, status)) {
        return false;
    }
    if (status == ST_OK) {
        doctor_say(doctor, fault ? DOCTOR_NO : DOCTOR_OK, "SPF", "%s: %s%s%s", domain, text,
                   fault ? ": " : "", fault ? fault : "");
    } else {
        doctor_say(doctor, DOCTOR_NO, "SPF", "%s has %s TXT record that begins with v=spf1: %s",
                   domain, status == ST_DUPLICATE ? "more than one" : "no",
                   status == ST_DUPLICATE ? "none of them counts then; make them one"
                                          : "add one that names your mail server");
    }
    return true;
}

/* That of the domain itself, or of one that it belongs to. */
static enum status find_dmarc(const char *server, const char *domain, char name[NAME_SIZE],
                              char text[DNS_TEXT_SIZE]) {
    enum status status = ST_NOT_FOUND;
    name[0] = '\0';
    while (domain != NULL && strchr(domain, '.') != NULL && status == ST_NOT_FOUND) {
        snprintf(name, NAME_SIZE, "_dmarc.%s", domain);
        status = dns_text_find(server, name, "v=DMARC1", text);
        domain = strchr(domain, '.') + 1;
    }
    return status;
}

static bool look_at_dmarc(struct doctor *doctor, const struct sender *sender) {
    const char *domain = sender->from;
    char text[DNS_TEXT_SIZE], name[NAME_SIZE];
    enum status status = find_dmarc(sender->server, domain, name, text);
    if (is_away(doctor, "DMARC", name, status)) {
        return false;
    }
    if (status == ST_OK) {
        doctor_say(doctor, DOCTOR_OK, "DMARC", "%s: %s", name, text);
    } else {
        doctor_say(doctor, DOCTOR_NO, "DMARC",
                   "_dmarc.%s has %s TXT record that begins with v=DMARC1: large providers "
                   "turn letters away then; begin with \"v=DMARC1; p=none\"",
                   domain, status == ST_DUPLICATE ? "more than one" : "no");
    }
    return true;
}

/* What stands behind p=. The version may be left out (RFC 6376, 3.6.1), as SES and SendGrid do. */
static struct text key_of(const char *record) {
    struct text rest = text_of(record), value = text_of(NULL);
    bool found = false;
    while (rest.data && !found) {
        value = text_cut(&rest, ';');
        found = text_is(text_trim(text_cut(&value, '=')), "p");
    }
    return found ? text_trim(value) : text_of(NULL);
}

static bool look_at_dkim(struct doctor *doctor, const struct sender *sender) {
    const char *selector = doctor->context->settings.mail_dkim_selector;
    char text[DNS_TEXT_SIZE], name[NAME_SIZE];
    if (selector == NULL) {
        doctor_say(doctor, DOCTOR_WARN, "DKIM",
                   "not looked at: set mail_dkim_selector to the one that your "
                   "mail server signs with");
        return true;
    }
    snprintf(name, sizeof name, "%s._domainkey.%s", selector, sender->from);
    enum status status = dns_text_find(sender->server, name, "", text);
    if (is_away(doctor, "DKIM", name, status)) {
        return false;
    }
    bool good = status == ST_OK && key_of(text).len > 0;
    doctor_say(doctor, good ? DOCTOR_OK : DOCTOR_NO, "DKIM", "%s: %s", name,
               good ? "has a key" : "has no key: publish that of your mail server");
    return true;
}

static bool look_at_return(struct doctor *doctor, const struct sender *sender) {
    const char *domain = sender->back;
    enum status status = dns_mail_find(sender->server, domain);
    if (is_away(doctor, "bounces", domain, status)) {
        return false;
    }
    doctor_say(doctor, status == ST_OK ? DOCTOR_OK : DOCTOR_NO, "bounces", "%s %s", domain,
               status == ST_OK          ? "takes mail"
               : status == ST_FORBIDDEN ? "says that it takes no mail (a null MX): bounces are lost"
                                        : "has no MX record and no address: bounces are lost");
    return true;
}

static bool (*const looks[])(struct doctor *, const struct sender *) = {
    look_at_spf, look_at_dkim, look_at_dmarc, look_at_return};

void doctor_mail(struct doctor *doctor) {
    const struct settings *settings = &doctor->context->settings;
    bool mailer = settings->smtp_server != NULL;
    if (settings->mail_from != NULL || mailer) {
        doctor_configuration(doctor, SETTINGS_MAILER, "mailer",
                             mailer && settings->operators_listen != NULL);
    }
    if (settings->mail_from == NULL) {
        if (!mailer) {
            doctor_say(doctor, DOCTOR_OK, "mail_from", "not named here; the mailer needs it");
        }
        return;
    }
    struct sender sender = {settings->dns_server, strrchr(settings->mail_from, '@') + 1, NULL};
    sender.back = settings->mail_return_domain ? settings->mail_return_domain : sender.from;
    if (is_reserved(sender.from) || is_reserved(sender.back)) {
        doctor_say(doctor, DOCTOR_OK, "mail_from",
                   "%s is no domain of the public: its records are not "
                   "looked at",
                   is_reserved(sender.from) ? sender.from : sender.back);
        return;
    }
    /* Where nobody answers each waits for seconds, so the first of those is the last. */
    for (size_t i = 0; i < sizeof looks / sizeof looks[0] && looks[i](doctor, &sender); i++) {
    }
}

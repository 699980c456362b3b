#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "ctl/doctor_tls.h"
#include "link/certificate.h"

/* Who renews by a timer does so a month before; two weeks are enough to mend that. */
enum { DAY_S = 86400, SOON_DAYS = 14 };

/* What browsers would say of it; NULL: nothing. */
static const char *fault_of(const struct certificate *certificate, int64_t now_s) {
    return certificate->until_s <= now_s ? "has expired"
           : certificate->from_s > now_s ? "is not valid yet"
           : !certificate->names_host    ? "is for another host"
                                         : NULL;
}

static void look_at(struct doctor *doctor, const char *path, const char *host) {
    struct certificate certificate;
    int64_t now_s = (int64_t)time(NULL);
    enum status status = certificate_read(path, host, &certificate);
    if (status == ST_FORBIDDEN) {
        doctor_say(doctor, DOCTOR_WARN, "nginx_certificate", "%s: not for you to read; ask as root",
                   path);
        return;
    }
    if (status != ST_OK) {
        doctor_judge(doctor, true, DOCTOR_NO, CHECK_NGINX_CERTIFICATE, "%s %s", path,
                     status == ST_NOT_FOUND ? "is not there" : "holds no certificate");
        return;
    }
    const char *fault = fault_of(&certificate, now_s);
    int64_t days = (certificate.until_s - now_s) / DAY_S;
    if (fault != NULL) {
        doctor_judge(doctor, true, DOCTOR_NO, CHECK_NGINX_CERTIFICATE, "%s %s", path, fault);
    } else {
        doctor_judge(doctor, days < SOON_DAYS, DOCTOR_WARN, CHECK_NGINX_CERTIFICATE,
                     "%s, good for %" PRId64 " days", path, days);
    }
}

/* Names with a variable are looked up anew by nginx, for each connection. */
static bool is_path(const char *word) {
    return word[0] == '/' && strchr(word, '$') == NULL;
}

void doctor_tls(struct doctor *doctor, const struct nginx_file *file, int server,
                const char *host) {
    static const char name[] = "ssl_certificate";
    int block = nginx_file_inherited(file, server, name);
    for (int at = -1; (at = nginx_file_next_in(file, block, name, at)) >= 0;) {
        const struct nginx_line *line = &file->lines[at];
        if (line->count > 1 && is_path(line->words[1])) {
            look_at(doctor, line->words[1], host);
        }
    }
}

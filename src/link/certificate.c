#include "link/certificate.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

static bool read_time(const ASN1_TIME *time, int64_t *out_s) {
    struct tm parts;
    bool good = ASN1_TIME_to_tm(time, &parts) == 1;
    *out_s = good ? timegm(&parts) : 0;
    return good;
}

static bool names(X509 *x509, const char *host) {
    /* Without these it takes what no browser does: the subject's name, and "w*.example.org". */
    unsigned flags = X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;
    return X509_check_host(x509, host, strlen(host), flags, NULL) == 1 ||
           X509_check_ip_asc(x509, host, 0) == 1;
}

enum status certificate_read(const char *path, const char *host, struct certificate *out) {
    FILE *file = fopen(path, "re");
    if (!file)
        return errno == ENOENT || errno == ENOTDIR ? ST_NOT_FOUND
               : errno == EACCES                   ? ST_FORBIDDEN
                                                   : ST_FAULT;
    X509 *x509 = PEM_read_X509(file, NULL, NULL, NULL);
    bool good = x509 && read_time(X509_get0_notBefore(x509), &out->from_s) &&
                read_time(X509_get0_notAfter(x509), &out->until_s);
    out->names_host = good && names(x509, host);
    X509_free(x509);
    fclose(file);
    return good ? ST_OK : ST_INVALID;
}

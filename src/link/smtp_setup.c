#include "smtp_setup.h"

#include <stdio.h>

enum { URL_MAX = 600, SLOW_BYTES_S = 10 };

static bool set_security(CURL *easy, const struct smtp_options *options) {
    long use = options->tls == SMTP_PLAIN ? CURLUSESSL_NONE : CURLUSESSL_ALL;
    return curl_easy_setopt(easy, CURLOPT_USE_SSL, use) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
           (!options->ca_file ||
            (curl_easy_setopt(easy, CURLOPT_CAINFO, options->ca_file) == CURLE_OK &&
             curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) == CURLE_OK)) &&
           (!options->user ||
            (curl_easy_setopt(easy, CURLOPT_USERNAME, options->user) == CURLE_OK &&
             curl_easy_setopt(easy, CURLOPT_PASSWORD, options->password) == CURLE_OK));
}

/* libcurl's own limits are none, or two minutes for an answer. */
static bool set_limits(CURL *easy, const struct smtp_options *options) {
    long slow_s = options->timeout_ms / 2000 > 0 ? options->timeout_ms / 2000 : 1;
    long answer_s = (options->timeout_ms + 999) / 1000;
    return curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)options->timeout_ms) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)options->timeout_ms) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, answer_s) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, (long)SLOW_BYTES_S) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, slow_s) == CURLE_OK;
}

/* EHLO says what stands as the path. */
static bool set_place(CURL *easy, const struct smtp_options *options) {
    char url[URL_MAX];
    int len =
        snprintf(url, sizeof url, "%s://%s/%s", options->tls == SMTP_IMPLICIT ? "smtps" : "smtp",
                 options->server, options->hello);
    return len > 0 && (size_t)len < sizeof url &&
           curl_easy_setopt(easy, CURLOPT_URL, url) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_MAXCONNECTS, 1L) == CURLE_OK && /* not one that is full */
           curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L) == CURLE_OK;
}

bool smtp_setup(CURL *easy, const struct smtp_options *options) {
    return set_place(easy, options) && set_security(easy, options) && set_limits(easy, options);
}

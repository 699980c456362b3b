#include "link/http_get.h"

#include <stdio.h>
#include <string.h>

#include <curl/curl.h>

enum { URL_MAX = 256 };

static size_t take_body(const char *data, size_t size, size_t count, void *context) {
    struct buffer *body = context;
    buffer_add(body, data, size * count);
    return body->failed ? 0 : size * count;
}

static void aim(CURL *easy, const char *listen, const char *path, int timeout_ms) {
    static const char scheme[] = "unix:";
    char url[URL_MAX];
    bool local = strncmp(listen, scheme, sizeof scheme - 1) == 0;
    snprintf(url, sizeof url, "http://%s%s", local ? "localhost" : listen, path);
    if (local)
        curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, listen + sizeof scheme - 1);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_PROXY, ""); /* whatever the environment says */
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
}

enum status http_get(const char *listen, const char *path, int timeout_ms, int *code,
                     struct buffer *body) {
    long got = 0;
    CURL *easy = curl_easy_init();
    if (!easy)
        return ST_FAULT;
    aim(easy, listen, path, timeout_ms);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, body);
    CURLcode result = curl_easy_perform(easy);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &got);
    curl_easy_cleanup(easy);
    if (body->failed)
        return ST_LIMITED;
    if (result != CURLE_OK)
        return ST_UNAVAILABLE;
    *code = (int)got;
    return ST_OK;
}

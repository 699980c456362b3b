#include "link/fetch.h"

#include <stdio.h>
#include <string.h>

#include <curl/curl.h>

enum { URL_SIZE = 300 };

static size_t take(char *data, size_t size, size_t count, void *context) {
    struct buffer *out = context;
    buffer_add(out, data, size * count);
    return out->failed ? 0 : size * count;
}

/* Neither a user nor a path may hide in what is an address. */
static bool is_address(const char *address) {
    return *address != '\0' && strpbrk(address, "/@?#% \t\r\n") == NULL &&
           strchr(address, ':') != NULL;
}

static bool set_place(CURL *easy, const char *address, const char *path) {
    char url[URL_SIZE];
    const char *local = strncmp(address, "unix:", 5) == 0 ? address + 5 : address;
    bool is_local = local[strcspn(local, ":/")] == '/';
    int len = snprintf(url, sizeof url, "http://%s%s", is_local ? "localhost" : address, path);
    return len > 0 && len < URL_SIZE && (is_local || is_address(address)) &&
           (!is_local || curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, local) == CURLE_OK) &&
           curl_easy_setopt(easy, CURLOPT_URL, url) == CURLE_OK;
}

static bool set_rules(CURL *easy, int timeout_ms, struct buffer *out) {
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEDATA, out) == CURLE_OK;
}

static enum status perform(CURL *easy, const struct buffer *out) {
    long code = 0;
    CURLcode result = curl_easy_perform(easy);
    if (out->failed || result == CURLE_OUT_OF_MEMORY)
        return ST_FAULT;
    if (result != CURLE_OK || curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &code) != CURLE_OK)
        return ST_UNAVAILABLE;
    return code == 200 ? ST_OK : ST_NOT_FOUND;
}

enum status fetch_text(const char *address, const char *path, int timeout_ms, struct buffer *out) {
    CURL *easy = curl_easy_init();
    if (!easy)
        return ST_FAULT;
    enum status status = ST_INVALID;
    if (set_place(easy, address, path))
        status = set_rules(easy, timeout_ms, out) ? perform(easy, out) : ST_FAULT;
    curl_easy_cleanup(easy);
    return status;
}

#include "core/weburl.h"

#include <string.h>

enum { HOST_MAX = 253 };

static bool host_byte(char c, bool any_case) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           (any_case && c >= 'A' && c <= 'Z');
}

static bool address_byte(char c) {
    return c == ':' || c == '.' || (c >= 'a' && c <= 'f') || (c >= '0' && c <= '9');
}

static bool name_valid(struct text host, bool any_case) {
    for (size_t i = 0; i < host.len; i++) {
        if (!host_byte(host.data[i], any_case)) {
            return false;
        }
    }
    return host.len > 0 && host.len <= HOST_MAX && host.data[0] != '.' && host.data[0] != '-';
}

static bool bracketed_valid(struct text host) {
    for (size_t i = 0; i < host.len; i++) {
        if (!address_byte(host.data[i])) {
            return false;
        }
    }
    return host.len >= 2 && host.len <= HOST_MAX;
}

/* "host", "host:port", "[address]" or "[address]:port"; the port comes out as written. */
static bool split(struct text authority, bool any_case, struct text *port) {
    *port = authority;
    if (!text_starts(authority, "[")) {
        return name_valid(text_cut(port, ':'), any_case);
    }
    port->data++;
    port->len--;
    if (!bracketed_valid(text_cut(port, ']')) || !port->data) {
        return false;
    }
    if (port->len == 0) {
        *port = text_of(NULL);
        return true;
    }
    bool colon = port->data[0] == ':';
    *port = text_span(port->data + 1, port->len - 1);
    return colon;
}

static bool port_valid(struct text port) {
    unsigned long long number;
    return port.len > 0 && port.len <= 5 && port.data[0] != '0' && text_to_u64(port, &number) &&
           number <= 65535;
}

static bool authority_valid(struct text authority, bool any_case, struct text *port) {
    return split(authority, any_case, port) && (!port->data || port_valid(*port));
}

/* Cuts the scheme off; the default port is the one that an Origin header leaves out. */
static bool cut_scheme(struct text *text, const char **default_port) {
    static const char https[] = "https://", http[] = "http://";
    bool secure = text_starts(*text, https);
    if (!secure && !text_starts(*text, http)) {
        return false;
    }
    size_t len = secure ? sizeof https - 1 : sizeof http - 1;
    *default_port = secure ? "443" : "80";
    *text = text_span(text->data + len, text->len - len);
    return true;
}

bool weburl_is_origin(struct text text) {
    const char *default_port;
    struct text port;
    return cut_scheme(&text, &default_port) && authority_valid(text, false, &port) &&
           !text_is(port, default_port);
}

bool weburl_is_page(struct text text) {
    const char *default_port;
    struct text port;
    if (text.len > WEBURL_MAX || !cut_scheme(&text, &default_port)) {
        return false;
    }
    size_t end = 0;
    while (end < text.len && !strchr("/?#", text.data[end])) {
        end++;
    }
    for (size_t i = end; i < text.len; i++) {
        if (text.data[i] <= ' ' || text.data[i] >= 0x7F || strchr("\"<>\\^`{|}", text.data[i])) {
            return false;
        }
    }
    return authority_valid(text_span(text.data, end), true, &port);
}

bool weburl_is_host_and_port(struct text text) {
    struct text port;
    return authority_valid(text, false, &port) && port.data;
}

struct text weburl_host(struct text text) {
    const char *scheme = text.len > 0 ? memmem(text.data, text.len, "://", 3) : NULL;
    if (scheme) {
        text = text_span(scheme + 3, text.len - (size_t)(scheme + 3 - text.data));
    }
    const char *ends = text_starts(text, "[") ? "]" : ":/?#";
    size_t len = 0;
    while (len < text.len && !strchr(ends, text.data[len])) {
        len++;
    }
    bool bracket = len < text.len && text.data[len] == ']';
    return text_span(text.data, bracket ? len + 1 : len);
}

bool weburl_host_is_here(struct text host) {
    size_t numbers = 0;
    while (numbers < host.len && host.data[numbers] != '\0' &&
           strchr("0123456789.", host.data[numbers])) {
        numbers++;
    }
    return text_is(host, "localhost") || text_is(host, "[::1]") ||
           (text_starts(host, "127.") && numbers == host.len);
}

#include <string.h>

#include "redis_private.h"

static bool copy(struct text from, char *out, size_t size) {
    if (from.len == 0 || from.len >= size || memchr(from.data, '\0', from.len))
        return false;
    memcpy(out, from.data, from.len);
    out[from.len] = '\0';
    return true;
}

/* "host:port" or "[::1]:port" */
static bool parse_authority(struct text rest, struct redis_place *place) {
    unsigned long long port;
    struct text host;

    if (text_starts(rest, "[")) {
        rest = text_span(rest.data + 1, rest.len - 1);
        host = text_cut(&rest, ']');
        if (!rest.data || !text_starts(rest, ":"))
            return false;
        rest = text_span(rest.data + 1, rest.len - 1);
    } else {
        host = text_cut(&rest, ':');
    }
    if (!rest.data || !text_to_u64(rest, &port) || port < 1 || port > 65535)
        return false;
    place->port = (int)port;
    return copy(host, place->host, sizeof place->host);
}

bool redis_place_parse(const char *address, struct redis_place *place) {
    static const char unix_scheme[] = "unix:", tcp_scheme[] = "redis://";
    struct text rest = text_of(address);
    unsigned long long database = 0;
    struct text authority;

    memset(place, 0, sizeof *place);
    if (text_starts(rest, unix_scheme)) {
        rest = text_span(rest.data + sizeof unix_scheme - 1, rest.len - (sizeof unix_scheme - 1));
        return text_starts(rest, "/") && copy(rest, place->host, sizeof place->host);
    }
    if (!text_starts(rest, tcp_scheme))
        return false;
    rest = text_span(rest.data + sizeof tcp_scheme - 1, rest.len - (sizeof tcp_scheme - 1));
    authority = text_cut(&rest, '/');
    if (rest.data && rest.len > 0 && (!text_to_u64(rest, &database) || database > 1000000))
        return false;
    place->database = (long)database;
    return parse_authority(authority, place);
}

#include "settings_check.h"

#include <string.h>

#include "core/settings.h"
#include "core/weburl.h"

enum { SOCKET_PATH_MAX = 107, PATH_MAX_BYTES = 4095, SENTINELS_MAX = 9 };

static bool after(struct text text, const char *prefix, struct text *rest) {
    size_t len = strlen(prefix);
    if (!text_starts(text, prefix)) {
        return false;
    }
    *rest = text_span(text.data + len, text.len - len);
    return true;
}

const char *settings_check_path(struct text value) {
    return value.len <= PATH_MAX_BYTES ? NULL : "a path";
}

const char *settings_check_socket(struct text value) {
    return value.len <= SOCKET_PATH_MAX ? NULL : "a path of at most 107 bytes";
}

static bool unix_address(struct text value) {
    struct text path;
    return after(value, "unix:", &path) && path.len > 0 && path.len <= SOCKET_PATH_MAX;
}

const char *settings_check_listen(struct text value) {
    bool good = unix_address(value) || weburl_is_host_and_port(value);
    return good ? NULL : "`unix:/path` (at most 107 bytes) or `address:port`";
}

/* host:port,host:port/name[/number] */
static const char *check_sentinels(struct text rest) {
    struct text list = text_cut(&rest, '/');
    struct text name = text_cut(&rest, '/');
    unsigned long long number;
    bool good = name.len > 0 && name.len < 64 && (!rest.data || text_to_u64(rest, &number));
    size_t count = 0;
    while (list.data) {
        good &= weburl_is_host_and_port(text_cut(&list, ',')) && ++count <= SENTINELS_MAX;
    }
    return good ? NULL
                : "`sentinel://host:port,host:port,host:port/name`, of nine sentinels at most";
}

const char *settings_check_redis(struct text value) {
    struct text rest;
    if (text_starts(value, "rediss://")) {
        return "`unix:/path` or `redis://host:port`: there is no TLS to Redis, use a socket or a "
               "tunnel";
    }
    if (after(value, "redis://", &rest)) {
        struct text database = rest;
        struct text address = text_cut(&database, '/');
        unsigned long long number;
        bool numbered = database.len <= 4 && text_to_u64(database, &number);
        return weburl_is_host_and_port(address) && (!database.data || numbered)
                   ? NULL
                   : "`redis://host:port` or `redis://host:port/number`";
    }
    if (after(value, "sentinel://", &rest)) {
        return check_sentinels(rest);
    }
    return unix_address(value)
               ? NULL
               : "`unix:/path`, `redis://host:port` or `sentinel://host:port,host:port/name`";
}

const char *settings_check_base_url(struct text value) {
    return weburl_is_origin(value) ? NULL
                                   : "`https://host` or `https://host:port`, lower case, without a "
                                     "path or default port";
}

const char *settings_check_server(struct text value) {
    return weburl_is_host_and_port(value) ? NULL : "`host:port`, such as `smtp.example.org:587`";
}

const char *settings_check_tls(struct text value) {
    bool good = text_is(value, "starttls") || text_is(value, "implicit") || text_is(value, "none");
    return good ? NULL : "starttls, implicit, or none (only for a server on this host)";
}

const char *settings_check_host(struct text value) {
    for (size_t i = 0; i < value.len; i++) {
        char c = value.data[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '.') {
            return "a host name in lower case";
        }
    }
    return value.len > 0 && value.len <= 253 ? NULL : "a host name in lower case";
}

const char *settings_check_address(struct text value) {
    struct text host = value;
    struct text local = text_cut(&host, '@');
    for (size_t i = 0; i < local.len; i++) {
        if (local.data[i] <= ' ' || local.data[i] > '~' || strchr("<>()[]\\,;:\"", local.data[i])) {
            return "an address, such as `petitions@example.org`";
        }
    }
    bool good = local.len > 0 && local.len <= 64 && host.data && !settings_check_host(host);
    return good ? NULL : "an address, such as `petitions@example.org`";
}

const char *settings_check_origins(struct text value) {
    size_t count = 0;
    bool good = true;
    while (value.data) {
        struct text origin = text_cut(&value, ' ');
        count += origin.len > 0;
        good = good && (origin.len == 0 || weburl_is_origin(origin));
    }
    if (good && count <= SETTINGS_ORIGINS_MAX)
        return NULL;
    return "fifteen origins at most (`https://host`, lower case, without a path), separated by "
           "spaces";
}

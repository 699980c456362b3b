#include "core/address.h"

#include <string.h>

#include "core/domain.h"

enum { LOCAL_MAX = 64 };

/* Providers that are known to deliver several spellings to one mailbox. A wrong row would make two
 * people one, so only what the provider itself documents stands here. */
struct alias {
    const char *domain;
    const char *canonical;
    bool tags; /* what follows a + is the owner's to choose */
    bool dots; /* dots are ignored */
};

static const struct alias aliases[] = {
    {"gmail.com", "gmail.com", true, true},        {"googlemail.com", "gmail.com", true, true},
    {"outlook.com", "outlook.com", true, false},   {"hotmail.com", "hotmail.com", true, false},
    {"live.com", "live.com", true, false},         {"msn.com", "msn.com", true, false},
    {"icloud.com", "icloud.com", true, false},     {"me.com", "me.com", true, false},
    {"mac.com", "mac.com", true, false},           {"proton.me", "proton.me", true, false},
    {"pm.me", "proton.me", true, false},           {"protonmail.com", "proton.me", true, false},
    {"fastmail.com", "fastmail.com", true, false}, {"fastmail.fm", "fastmail.fm", true, false},
    {"mailbox.org", "mailbox.org", true, false},   {"posteo.de", "posteo.de", true, false},
    {"hey.com", "hey.com", true, false},
};

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* RFC 5321's atext without % and !, which old relays take for a route. */
static bool is_atext(char c) {
    char l = lower(c);
    return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("#$&'*+-/=?^_`{|}~", c));
}

static bool local_valid(struct text local) {
    bool after_dot = true;
    for (size_t i = 0; i < local.len; i++) {
        bool dot = local.data[i] == '.';
        if (dot ? after_dot : !is_atext(local.data[i])) {
            return false;
        }
        after_dot = dot;
    }
    return local.len <= LOCAL_MAX && !after_dot;
}

static bool is_ascii(struct text text) {
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.data[i] >= 0x80) {
            return false;
        }
    }
    return true;
}

/* Never more than ADDRESS_MAX bytes: the caller has checked. */
static void join(char out[ADDRESS_MAX + 1], struct text local, struct text domain) {
    memcpy(out, local.data, local.len);
    out[local.len] = '@';
    memcpy(out + local.len + 1, domain.data, domain.len);
    out[local.len + 1 + domain.len] = '\0';
}

static const struct alias *find_alias(const char *domain) {
    for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++) {
        if (strcmp(aliases[i].domain, domain) == 0) {
            return &aliases[i];
        }
    }
    return NULL;
}

/* `local` is in lower case; what would leave nothing is left alone. */
static size_t fold(char *local, size_t len, const struct alias *alias) {
    const char *plus = alias->tags ? memchr(local, '+', len) : NULL;
    if (plus && plus > local) {
        len = (size_t)(plus - local);
        while (local[len - 1] == '.') {
            len--; /* `ada.+tag`: no mailbox ends so, and none begins with a dot */
        }
    }
    size_t kept = 0;
    for (size_t i = 0; i < len; i++) {
        if (!(alias->dots && local[i] == '.')) {
            local[kept++] = local[i];
        }
    }
    return kept;
}

static void canonicalise(struct text typed_local, const char *domain, char out[ADDRESS_MAX + 1]) {
    char local[LOCAL_MAX] = {0};
    size_t len = typed_local.len;
    for (size_t i = 0; i < len; i++) {
        local[i] = lower(typed_local.data[i]);
    }
    const struct alias *alias = find_alias(domain);
    if (alias) {
        len = fold(local, len, alias);
        domain = alias->canonical;
    }
    join(out, text_span(local, len), text_of(domain));
}

enum status address_parse(struct text typed, struct address *out) {
    struct text typed_domain = typed;
    char domain[DOMAIN_MAX + 1];
    if (!typed.data || typed.len > ADDRESS_MAX) {
        return ST_INVALID;
    }
    struct text local = text_cut(&typed_domain, '@');
    if (!typed_domain.data || !local_valid(local)) {
        return ST_INVALID;
    }
    enum status status = domain_parse(typed_domain, domain);
    if (status != ST_OK) {
        return status;
    }
    struct text ascii = text_of(domain);
    if (local.len + 1 + ascii.len > ADDRESS_MAX) {
        return ST_INVALID;
    }
    /* Upper case that somebody typed stays in what mail goes to. */
    join(out->mail, local, is_ascii(typed_domain) ? typed_domain : ascii);
    canonicalise(local, domain, out->canonical);
    return ST_OK;
}

#include "core/domain.h"

#include <idn2.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unictype.h>
#include <uninorm.h>

#include "base/utf8.h"

enum { LABEL_MAX = 63, SCRIPTS_MAX = 4 };

enum { LOOKUP = IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL | IDN2_USE_STD3_ASCII_RULES };

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Of a domain in lower case. */
static bool domain_byte(char c) {
    return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '.';
}

static bool ldh_label(struct text label) {
    for (size_t i = 0; i < label.len; i++) {
        if (!domain_byte(label.data[i])) {
            return false;
        }
    }
    return label.len > 0 && label.len <= LABEL_MAX && label.data[0] != '-' &&
           label.data[label.len - 1] != '-';
}

static bool is_number(struct text label) {
    for (size_t i = 0; i < label.len; i++) {
        if (!is_digit(label.data[i])) {
            return false;
        }
    }
    return true;
}

/* Two labels or more, in lower case. */
static bool ldh_domain(struct text domain) {
    size_t labels = 0;
    struct text label = {NULL, 0};
    if (domain.len > DOMAIN_MAX) {
        return false;
    }
    while (domain.data) {
        label = text_cut(&domain, '.');
        if (!ldh_label(label)) {
            return false;
        }
        labels++;
    }
    return labels >= 2 && !is_number(label);
}

/* --- scripts --- */

struct scripts {
    const uc_script_t *seen[SCRIPTS_MAX];
    size_t count;
    bool too_many;
};

static void add_script(struct scripts *scripts, const uc_script_t *script) {
    if (!script || strcmp(script->name, "Common") == 0 || strcmp(script->name, "Inherited") == 0) {
        return;
    }
    for (size_t i = 0; i < scripts->count; i++) {
        if (scripts->seen[i] == script) {
            return;
        }
    }
    if (scripts->count == SCRIPTS_MAX) {
        scripts->too_many = true;
    } else {
        scripts->seen[scripts->count++] = script;
    }
}

static bool all_in(const struct scripts *scripts, const char *const *allowed) {
    for (size_t i = 0; i < scripts->count; i++) {
        const char *const *name = allowed;
        while (*name && strcmp(*name, scripts->seen[i]->name) != 0) {
            name++;
        }
        if (!*name) {
            return false;
        }
    }
    return true;
}

/* UTS 39, "highly restrictive": one script, or what Japanese, Chinese and Korean mix. */
static bool scripts_fit(const struct scripts *scripts) {
    static const char *const japanese[] = {"Latin", "Han", "Hiragana", "Katakana", NULL};
    static const char *const chinese[] = {"Latin", "Han", "Bopomofo", NULL};
    static const char *const korean[] = {"Latin", "Han", "Hangul", NULL};
    if (scripts->count <= 1) {
        return true;
    }
    return !scripts->too_many &&
           (all_in(scripts, japanese) || all_in(scripts, chinese) || all_in(scripts, korean));
}

static bool label_scripts_fit(struct text label) {
    struct scripts scripts = {.count = 0};
    while (label.len > 0) {
        int32_t point = utf8_next(&label);
        if (point < 0) {
            return false;
        }
        add_script(&scripts, uc_script((ucs4_t)point));
    }
    return scripts_fit(&scripts);
}

static bool domain_scripts_fit(struct text domain) {
    while (domain.data) {
        if (!label_scripts_fit(text_cut(&domain, '.'))) {
            return false;
        }
    }
    return true;
}

/* --- IDNA --- */

static enum status status_of(int code) {
    if (code == IDN2_OK) {
        return ST_OK;
    }
    return code == IDN2_MALLOC ? ST_FAULT : ST_INVALID;
}

static enum status to_ascii(const char *name, char out[DOMAIN_MAX + 1]) {
    uint8_t *ascii = NULL;
    enum status status = status_of(idn2_lookup_u8((const uint8_t *)name, &ascii, LOOKUP));
    if (status == ST_OK) {
        struct text text = text_of((const char *)ascii);
        if (ldh_domain(text)) {
            memcpy(out, text.data, text.len + 1);
        } else {
            status = ST_INVALID;
        }
        idn2_free(ascii);
    }
    return status;
}

/* There and back again must end where it began: else an xn-- label does not stand for a name, or is
 * a second spelling of one. */
static enum status check_unicode(const char *ascii) {
    char *unicode = NULL;
    char again[DOMAIN_MAX + 1];
    enum status status = status_of(idn2_to_unicode_8z8z(ascii, &unicode, LOOKUP));
    if (status == ST_OK && !domain_scripts_fit(text_of(unicode))) {
        status = ST_INVALID;
    }
    if (status == ST_OK) {
        status = to_ascii(unicode, again);
    }
    if (status == ST_OK && strcmp(again, ascii) != 0) {
        status = ST_INVALID;
    }
    idn2_free(unicode);
    return status;
}

static bool stands_for_itself(struct text decomposed) {
    while (decomposed.len > 0) {
        int32_t point = utf8_next(&decomposed);
        char ascii = (char)(point < 0x80 ? point : '-');
        if (point < 0 || !domain_byte(lower(ascii))) {
            return false;
        }
        bool joiner = point == 0x200C || point == 0x200D;
        if (!joiner && uc_is_property_default_ignorable_code_point((ucs4_t)point)) {
            return false;
        }
    }
    return true;
}

/* libidn2 2.3 leaves out what it may not map, without an error: "b\uFF05.org", a wide percent sign,
 * would become somebody else's "b.org". So nothing may stand for ASCII that is not of a domain, and
 * nothing that cannot be seen may be left out. */
static enum status check_mapping(const char *name) {
    uint8_t buffer[4096];
    size_t len = sizeof buffer;
    uint8_t *decomposed =
        u8_normalize(UNINORM_NFKD, (const uint8_t *)name, strlen(name), buffer, &len);
    if (!decomposed) {
        return errno == ENOMEM ? ST_FAULT : ST_INVALID;
    }
    bool good = stands_for_itself(text_span((const char *)decomposed, len));
    if (decomposed != buffer) {
        free(decomposed);
    }
    return good ? ST_OK : ST_INVALID;
}

static enum status parse_idn(const char *name, char out[DOMAIN_MAX + 1]) {
    char ascii[DOMAIN_MAX + 1];
    enum status status = check_mapping(name);
    if (status == ST_OK) {
        status = to_ascii(name, ascii);
    }
    if (status == ST_OK) {
        status = check_unicode(ascii);
    }
    if (status == ST_OK) {
        memcpy(out, ascii, strlen(ascii) + 1);
    }
    return status;
}

static bool has_xn_label(struct text domain) {
    while (domain.data) {
        if (text_starts(text_cut(&domain, '.'), "xn--")) {
            return true;
        }
    }
    return false;
}

/* Lowers ASCII; false: an ASCII byte that no domain holds. */
static bool lower_copy(struct text typed, char *out, bool *ascii) {
    *ascii = true;
    for (size_t i = 0; i < typed.len; i++) {
        char c = lower(typed.data[i]);
        if ((unsigned char)c >= 0x80) {
            *ascii = false;
        } else if (!domain_byte(c)) {
            return false;
        }
        out[i] = c;
    }
    out[typed.len] = '\0';
    return true;
}

enum status domain_parse(struct text typed, char out[DOMAIN_MAX + 1]) {
    char name[DOMAIN_MAX + 1];
    bool ascii;
    if (typed.len == 0 || typed.len > DOMAIN_MAX || !lower_copy(typed, name, &ascii)) {
        return ST_INVALID;
    }
    struct text lowered = text_span(name, typed.len);
    if (!ascii || has_xn_label(lowered)) {
        return utf8_valid(typed) ? parse_idn(name, out) : ST_INVALID;
    }
    if (!ldh_domain(lowered)) {
        return ST_INVALID;
    }
    memcpy(out, name, typed.len + 1);
    return ST_OK;
}

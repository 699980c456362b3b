#include "core/incoming.h"

#include <string.h>

/* --- fields --- */

struct mail {
    struct text recipient;
    const struct incoming_field *fields;
    size_t count;
};

/* The first of that name; absent when there is none. */
static struct text find(const struct mail *mail, enum incoming_place place, const char *name) {
    for (size_t i = 0; i < mail->count; i++) {
        if (mail->fields[i].place == place && text_is_ignoring_case(mail->fields[i].name, name)) {
            return mail->fields[i].value;
        }
    }
    return text_of(NULL);
}

/* Without what stands behind it in brackets or behind a semicolon. */
static struct text first_word(struct text value) {
    value = text_trim(value);
    size_t len = 0;
    while (len < value.len && !strchr(" \t\r\n;(", value.data[len])) {
        len++;
    }
    return text_span(value.data, len);
}

static bool contains(struct text value, const char *word) {
    size_t len = strlen(word);
    for (size_t i = 0; i + len <= value.len; i++) {
        if (text_is_ignoring_case(text_span(value.data + i, len), word)) {
            return true;
        }
    }
    return false;
}

/* --- which letter --- */

/* The first of our addresses among the words of a value. */
static bool key_in(struct text value, enum verp_role *role, struct verp_key *key) {
    size_t start = 0;
    for (size_t i = 0; i <= value.len; i++) {
        bool ends = i == value.len || value.data[i] == '\0' ||
                    strchr(" \t\r\n<>,;:()\"?", value.data[i]) != NULL;
        if (!ends) {
            continue;
        }
        if (i > start && verp_read(text_span(value.data + start, i - start), role, key)) {
            return true;
        }
        start = i + 1;
    }
    return false;
}

static bool key_at(const struct mail *mail, enum incoming_place place, const char *const *names,
                   enum verp_role *role, struct verp_key *key) {
    for (; *names; names++) {
        if (key_in(find(mail, place, *names), role, key)) {
            return true;
        }
    }
    return false;
}

/* What the server says counts before what the message says. */
static bool key_of_recipient(const struct mail *mail, enum verp_role *role, struct verp_key *key) {
    static const char *const names[] = {"X-Original-To", "Delivered-To", "Envelope-To", "To", NULL};
    return mail->recipient.data ? key_in(mail->recipient, role, key)
                                : key_at(mail, INCOMING_HEADER, names, role, key);
}

/* A complaint goes to one address for all letters; which it is about stands inside. */
static bool key_inside(const struct mail *mail, enum verp_role *role, struct verp_key *key) {
    static const char *const report[] = {"Original-Mail-From", "X-Original-Mail-From", NULL};
    static const char *const original[] = {"Return-Path", "List-Unsubscribe", "X-Original-From",
                                           NULL};
    return key_at(mail, INCOMING_REPORT, report, role, key) ||
           key_at(mail, INCOMING_ORIGINAL, original, role, key);
}

/* --- delivery status --- */

struct status_row {
    const char *prefix; /* of "subject.detail" behind the class; the longest that fits counts */
    bool hard;
};

/* RFC 3463 and what large providers mean by it. Hard is only what is about the mailbox: a refusal
 * because of us, the size or the content says nothing about whether somebody lives there. Nor does
 * 5.0.x, which many servers write where another gave no such code at all, for spam too; status_of()
 * looks whether it gave one. */
static const struct status_row status_rows[] = {
    {"1.", true},  {"1.7", false}, {"1.8", false}, {"2.", false},  {"2.1", true},
    {"3.", false}, {"4.", false},  {"4.1", true},  {"4.4", true},  {"5.", false},
    {"6.", false}, {"7.", false},  {"7.13", true}, {"7.17", true}, {"10", false},
};

static bool fits(struct text rest, const char *prefix) {
    size_t len = strlen(prefix);
    bool whole = prefix[len - 1] != '.';
    return text_starts(rest, prefix) && (!whole || rest.len == len);
}

static bool is_hard(struct text status) {
    bool hard = false;
    size_t longest = 0;
    if (!text_starts(status, "5.")) {
        return false;
    }
    struct text rest = text_span(status.data + 2, status.len - 2);
    for (size_t i = 0; i < sizeof status_rows / sizeof status_rows[0]; i++) {
        size_t len = strlen(status_rows[i].prefix);
        if (len > longest && fits(rest, status_rows[i].prefix)) {
            longest = len;
            hard = status_rows[i].hard;
        }
    }
    return hard;
}

/* class "." subject "." detail: 1, up to 3 and up to 3 digits. */
static bool is_status(struct text status) {
    struct text rest = status;
    for (int part = 0; part < 3; part++) {
        struct text digits = text_cut(&rest, '.');
        unsigned long long value;
        if (digits.len > (part == 0 ? 1u : 3u) || !text_to_u64(digits, &value)) {
            return false;
        }
    }
    return !rest.data && strchr("245", status.data[0]) != NULL;
}

/* One recipient's group. */
struct group {
    struct text action, status, diagnostic;
};

/* Exim says 5.0.0 of every refusal, whatever code the other server gave; that code stands in what
 * it said: "smtp; 550 5.1.1 nobody", "smtp; 550-5.1.1 nobody". */
static struct text status_of(const struct group *group) {
    struct text status = first_word(group->status), said = group->diagnostic;
    unsigned long long code;
    if (!text_is(status, "5.0.0") || !text_is_ignoring_case(text_cut(&said, ';'), "smtp")) {
        return status;
    }
    said = text_trim(said);
    if (said.len < 4 || !strchr(" -", said.data[3]) ||
        !text_to_u64(text_span(said.data, 3), &code)) {
        return status;
    }
    said = first_word(text_span(said.data + 4, said.len - 4));
    return is_status(said) ? said : status;
}

static enum incoming_kind kind_of_group(const struct group *group) {
    struct text action = first_word(group->action);
    if (text_is_ignoring_case(action, "delayed")) {
        return INCOMING_DSN_SOFT;
    }
    if (!text_is_ignoring_case(action, "failed")) {
        return INCOMING_JUNK; /* delivered, relayed, expanded */
    }
    struct text status = status_of(group);
    return is_status(status) && is_hard(status) ? INCOMING_DSN_HARD : INCOMING_DSN_SOFT;
}

/* Our letters have one recipient, so that a hard bounce anywhere in it is that one's. */
static void take_group(const struct group *group, struct incoming *out) {
    enum incoming_kind kind = kind_of_group(group);
    struct text status = status_of(group);
    bool stronger =
        kind == INCOMING_DSN_HARD || (kind == INCOMING_DSN_SOFT && out->kind == INCOMING_JUNK);
    if (!stronger || out->kind == INCOMING_DSN_HARD) {
        return;
    }
    out->kind = kind;
    memset(out->status, 0, sizeof out->status);
    if (is_status(status)) {
        memcpy(out->status, status.data, status.len);
    }
}

static void classify_dsn(const struct mail *mail, struct incoming *out) {
    struct group group = {.action = {NULL, 0}};
    for (size_t i = 0; i < mail->count; i++) {
        const struct incoming_field *field = &mail->fields[i];
        if (field->place != INCOMING_REPORT) {
            continue;
        }
        if (field->name.len == 0) {
            take_group(&group, out);
            group = (struct group){.action = {NULL, 0}};
        } else if (text_is_ignoring_case(field->name, "Action")) {
            group.action = field->value;
        } else if (text_is_ignoring_case(field->name, "Status")) {
            group.status = field->value;
        } else if (text_is_ignoring_case(field->name, "Diagnostic-Code")) {
            group.diagnostic = field->value;
        }
    }
    take_group(&group, out);
}

/* --- the rest --- */

static enum incoming_kind kind_of_feedback(struct text type) {
    static const struct {
        const char *type;
        enum incoming_kind kind;
    } types[] = {
        {"abuse", INCOMING_COMPLAINT},     {"fraud", INCOMING_COMPLAINT},
        {"virus", INCOMING_COMPLAINT},     {"other", INCOMING_COMPLAINT},
        {"opt-out", INCOMING_UNSUBSCRIBE},
    };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (text_is_ignoring_case(first_word(type), types[i].type)) {
            return types[i].kind;
        }
    }
    return INCOMING_JUNK; /* not-spam, and what is not known */
}

/* RFC 3834, and what was there before it. Apple Mail says so of what its reader's click sends. */
static bool is_auto_reply(const struct mail *mail) {
    static const char *const names[] = {"X-Autoreply", "X-Autorespond", "X-Auto-Reply", NULL};
    struct text precedence = first_word(find(mail, INCOMING_HEADER, "Precedence"));
    if (find(mail, INCOMING_HEADER, "X-Apple-Unsubscribe").data) {
        return false;
    }
    for (const char *const *name = names; *name; name++) {
        if (find(mail, INCOMING_HEADER, *name).data) {
            return true;
        }
    }
    return text_is_ignoring_case(first_word(find(mail, INCOMING_HEADER, "Auto-Submitted")),
                                 "auto-replied") ||
           text_is_ignoring_case(precedence, "auto_reply");
}

struct incoming incoming_classify(struct text recipient, const struct incoming_field *fields,
                                  size_t count) {
    struct mail mail = {recipient, fields, count};
    struct incoming out = {.kind = INCOMING_JUNK};
    enum verp_role role = VERP_BOUNCE;
    struct text type = find(&mail, INCOMING_HEADER, "Content-Type");
    struct text feedback = find(&mail, INCOMING_REPORT, "Feedback-Type");
    bool is_report = text_is_ignoring_case(first_word(type), "multipart/report");
    bool ours = key_of_recipient(&mail, &role, &out.key);
    bool unsubscribes = ours && role == VERP_UNSUBSCRIBE;
    if (is_report && contains(type, "feedback-report") && feedback.data) {
        out.kind = kind_of_feedback(feedback);
    } else if (is_report) {
        classify_dsn(&mail, &out);
    } else if (is_auto_reply(&mail)) {
        out.kind = INCOMING_AUTO_REPLY;
    } else if (unsubscribes) {
        out.kind = INCOMING_UNSUBSCRIBE;
    }
    /* Of the others' insides only reports are trusted to name a letter. */
    out.has_key = ours || (is_report && key_inside(&mail, &role, &out.key));
    return out;
}

const char *incoming_kind_name(enum incoming_kind kind) {
    static const char *const names[INCOMING_KINDS] = {
        [INCOMING_JUNK] = "junk",
        [INCOMING_DSN_HARD] = "hard_bounce",
        [INCOMING_DSN_SOFT] = "soft_bounce",
        [INCOMING_COMPLAINT] = "complaint",
        [INCOMING_AUTO_REPLY] = "auto_reply",
        [INCOMING_UNSUBSCRIBE] = "unsubscribe",
    };
    return kind < INCOMING_KINDS ? names[kind] : "";
}

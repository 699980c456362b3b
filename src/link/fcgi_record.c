#include "fcgi_record.h"

#include <string.h>

enum { HEADER = 8, NAME_MAX_BYTES = 255, PAIRS_MAX = 256, MANAGEMENT_MAX = 1024 };

enum type {
    BEGIN_REQUEST = 1,
    ABORT_REQUEST = 2,
    END_REQUEST = 3,
    PARAMS = 4,
    STDIN = 5,
    GET_VALUES = 9,
    GET_VALUES_RESULT = 10,
    UNKNOWN_TYPE = 11
};

enum { RESPONDER = 1, CANT_MULTIPLEX = 1 };

struct record {
    unsigned type, id;
    size_t content; /* bytes of content */
    size_t size;    /* with header and padding */
    const uint8_t *data;
};

/* What is known of a request while its records are walked over. */
struct walk {
    unsigned id; /* 0 before its BEGIN */
    bool params_done, done, odd, aborted;
    size_t params, body;
    const uint8_t *pairs; /* the content of its first PARAMS */
};

struct pair {
    struct text name, value;
};

/* --- records --- */

/* The header must be there, the content need not. */
static struct record record_at(const uint8_t *data) {
    size_t content = (size_t)data[4] << 8 | data[5];

    return (struct record){.type = data[1],
                           .id = (unsigned)data[2] << 8 | data[3],
                           .content = content,
                           .size = HEADER + content + data[6],
                           .data = data + HEADER};
}

static void add_header(struct buffer *out, enum type type, unsigned id, size_t content) {
    const uint8_t header[HEADER] = {1,           (uint8_t)type,           (uint8_t)(id >> 8),
                                    (uint8_t)id, (uint8_t)(content >> 8), (uint8_t)content};

    buffer_add(out, header, sizeof header);
}

/* Whether the first bytes can start a record at all: HTTP is seen at its first letter. */
static bool starts_record(const uint8_t *data, size_t len) {
    if (data[0] != 1)
        return false;
    return len < 2 || (data[1] >= BEGIN_REQUEST && data[1] <= UNKNOWN_TYPE);
}

/* --- parameters --- */

static bool take_length(const uint8_t **next, const uint8_t *end, size_t *out) {
    const uint8_t *at = *next;

    if (at == end)
        return false;
    if ((at[0] & 0x80) == 0) {
        *out = at[0];
        *next = at + 1;
        return true;
    }
    if (end - at < 4)
        return false;
    *out = (size_t)(at[0] & 0x7f) << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3];
    *next = at + 4;
    return true;
}

static bool take_pair(const uint8_t **next, const uint8_t *end, struct pair *pair) {
    size_t name = 0, value = 0;

    if (!take_length(next, end, &name) || !take_length(next, end, &value))
        return false;
    if (name > (size_t)(end - *next) || value > (size_t)(end - *next) - name)
        return false;
    pair->name = text_span((const char *)*next, name);
    pair->value = text_span((const char *)*next + name, value);
    *next += name + value;
    return true;
}

/* libfcgi keeps "name=value" as a C string, so a '=' or NUL would make another name of it. */
static bool is_confusing(struct text name) {
    return memchr(name.data, '=', name.len) || memchr(name.data, '\0', name.len);
}

/* Copies those whose names are read as they are to `kept` (may be NULL); *left_out: there are
 * others. False: too many, too long or malformed. */
static bool take_pairs(struct text params, struct buffer *kept, bool *left_out) {
    const uint8_t *next = (const uint8_t *)params.data, *end = next + params.len;
    struct pair pair;

    for (size_t count = 0; next < end; count++) {
        const uint8_t *start = next;
        if (count == PAIRS_MAX || !take_pair(&next, end, &pair) || pair.name.len > NAME_MAX_BYTES)
            return false;
        if (is_confusing(pair.name))
            *left_out = true;
        else if (kept)
            buffer_add(kept, start, (size_t)(next - start));
    }
    return true;
}

/* --- scanning --- */

static bool step_begin(struct walk *walk, const struct record *record) {
    if (record->content != 8)
        return false;
    if (walk->id != 0) {
        walk->odd = true;
        return record->id != walk->id;
    }
    walk->id = record->id;
    return true;
}

static bool step_params(struct walk *walk, const struct record *record) {
    if (walk->params_done)
        return false;
    if (record->content == 0) {
        walk->params_done = true;
        return true;
    }
    if (walk->pairs)
        walk->odd = true;
    else
        walk->pairs = record->data;
    walk->params += record->content;
    return walk->params <= FCGI_PARAMS_BYTES_MAX;
}

static bool step_stdin(struct walk *walk, const struct record *record) {
    walk->done = record->content == 0;
    walk->body += record->content;
    return walk->params_done && walk->body <= FCGI_BODY_BYTES_MAX;
}

/* Judges by the header alone. False: bad. */
static bool step(struct walk *walk, const struct record *record) {
    if (record->id == 0) {
        walk->odd = true;
        return record->content <= MANAGEMENT_MAX;
    }
    if (record->type == BEGIN_REQUEST)
        return step_begin(walk, record);
    if (walk->id == 0)
        return false;
    if (record->id != walk->id) {
        walk->odd = true;
        return true;
    }
    if (record->type == PARAMS)
        return step_params(walk, record);
    if (record->type == STDIN)
        return step_stdin(walk, record);
    walk->odd = walk->aborted = walk->done = true;
    return record->type == ABORT_REQUEST && walk->params_done;
}

/* What can only be judged when the content is there. */
static bool content_is_good(struct walk *walk, const struct record *record) {
    if (record->type == BEGIN_REQUEST && record->id == walk->id)
        return record->data[0] == 0 && record->data[1] == RESPONDER;
    /* Pairs may lie across records; then they are looked at when they are put together. */
    if (record->type == PARAMS && record->id == walk->id && walk->params_done && !walk->odd)
        return walk->params == 0 ||
               take_pairs(text_span((const char *)walk->pairs, walk->params), NULL, &walk->odd);
    return true;
}

struct fcgi_scan fcgi_scan(const uint8_t *data, size_t len) {
    static const struct fcgi_scan bad = {.kind = FCGI_KIND_BAD}, part = {.kind = FCGI_KIND_PART};
    struct walk walk = {0};
    struct record record;
    size_t at = 0;

    while (at < len && !walk.done) {
        if (!starts_record(data + at, len - at))
            return bad;
        if (len - at < HEADER)
            return part;
        record = record_at(data + at);
        if (!step(&walk, &record) || at + record.size > FCGI_REQUEST_BYTES_MAX)
            return bad;
        if (len - at < record.size)
            return part;
        if (record.id == 0 && walk.id == 0)
            return (struct fcgi_scan){.kind = FCGI_KIND_MANAGEMENT, .used = record.size};
        if (!content_is_good(&walk, &record))
            return bad;
        at += record.size;
    }
    if (!walk.done)
        return part;
    return (struct fcgi_scan){
        .kind = walk.odd ? FCGI_KIND_ODD : FCGI_KIND_PLAIN, .used = at, .aborted = walk.aborted};
}

/* --- rewriting --- */

static void refuse(unsigned id, struct buffer *answers) {
    static const uint8_t body[8] = {0, 0, 0, 0, CANT_MULTIPLEX};

    add_header(answers, END_REQUEST, id, sizeof body);
    buffer_add(answers, body, sizeof body);
}

/* Records of no interest to this request; those that want an answer get it. */
static void take_foreign(const struct record *record, struct buffer *answers) {
    if (record->id == 0)
        fcgi_answer(record->data - HEADER, record->size, answers);
    else if (record->type == BEGIN_REQUEST)
        refuse(record->id, answers);
}

static void add_stream(struct buffer *out, enum type type, unsigned id, struct text content) {
    enum { CONTENT_MAX = 0xffff };

    while (content.len > 0) {
        size_t now = content.len < CONTENT_MAX ? content.len : CONTENT_MAX;

        add_header(out, type, id, now);
        buffer_add(out, content.data, now);
        content = text_span(content.data + now, content.len - now);
    }
    add_header(out, type, id, 0);
}

bool fcgi_rewrite(const uint8_t *data, size_t len, struct buffer *plain, struct buffer *answers) {
    struct buffer params, kept, body;
    struct record begin = {0};
    bool good, left_out = false;

    buffer_init(&params, FCGI_PARAMS_BYTES_MAX);
    buffer_init(&kept, FCGI_PARAMS_BYTES_MAX);
    buffer_init(&body, FCGI_BODY_BYTES_MAX);
    for (size_t at = 0; at < len;) {
        struct record record = record_at(data + at);

        at += record.size;
        if (begin.id == 0 && record.type == BEGIN_REQUEST)
            begin = record;
        else if (record.id != begin.id)
            take_foreign(&record, answers);
        else if (record.type == PARAMS)
            buffer_add(&params, record.data, record.content);
        else if (record.type == STDIN)
            buffer_add(&body, record.data, record.content);
    }
    good = !params.failed && take_pairs(buffer_text(&params), &kept, &left_out);
    add_header(plain, BEGIN_REQUEST, begin.id, begin.content);
    buffer_add(plain, begin.data, begin.content);
    add_stream(plain, PARAMS, begin.id, buffer_text(&kept));
    add_stream(plain, STDIN, begin.id, buffer_text(&body));
    good = good && !kept.failed && !body.failed && !plain->failed && !answers->failed;
    buffer_done(&params);
    buffer_done(&kept);
    buffer_done(&body);
    return good;
}

/* --- management --- */

struct value {
    const char *name, *value;
};

/* What libfcgi would say: one request at a time on each connection. */
static const struct value values[] = {
    {"FCGI_MAX_CONNS", "1"}, {"FCGI_MAX_REQS", "1"}, {"FCGI_MPXS_CONNS", "0"}};
enum { VALUES = sizeof values / sizeof values[0] };

static void add_value(struct buffer *out, const struct value *value) {
    const uint8_t lengths[2] = {(uint8_t)strlen(value->name), (uint8_t)strlen(value->value)};

    buffer_add(out, lengths, sizeof lengths);
    buffer_add_string(out, value->name);
    buffer_add_string(out, value->value);
}

/* Each name once, however often it is asked. False: the question is malformed. */
static bool answer_values(const struct record *record, struct buffer *answers) {
    const uint8_t *next = record->data, *end = next + record->content;
    bool asked[VALUES] = {false};
    size_t content = 0;
    struct pair pair;

    while (next < end) {
        if (!take_pair(&next, end, &pair))
            return false;
        for (size_t i = 0; i < VALUES; i++)
            asked[i] = asked[i] || text_is(pair.name, values[i].name);
    }
    for (size_t i = 0; i < VALUES; i++)
        content += asked[i] ? 2 + strlen(values[i].name) + strlen(values[i].value) : 0;
    add_header(answers, GET_VALUES_RESULT, 0, content);
    for (size_t i = 0; i < VALUES; i++) {
        if (asked[i])
            add_value(answers, &values[i]);
    }
    return true;
}

bool fcgi_answer(const uint8_t *data, size_t len, struct buffer *answers) {
    struct record record = record_at(data);
    uint8_t body[8] = {(uint8_t)record.type};

    if (len < record.size)
        return false;
    if (record.type == GET_VALUES)
        return answer_values(&record, answers);
    add_header(answers, UNKNOWN_TYPE, 0, sizeof body);
    buffer_add(answers, body, sizeof body);
    return false;
}

#include "core/envelope.h"

#include <stdbool.h>
#include <string.h>

/* On disk for years: numbers are never given a second meaning. */
enum tag {
    TAG_EMAIL = 1,
    TAG_GIVEN_NAME = 2,
    TAG_FAMILY_NAME = 3,
    TAG_COUNTRY = 4,
    TAG_REGION = 5,
    TAG_LOCALITY = 6,
    TAG_POSTAL_CODE = 7,
    TAG_COMMENT = 8,
    TAG_SOURCE = 9,
    TAG_REFERRER = 10,
    TAG_LOCALE = 11,
    TAG_SHOW_NAME = 12,
    TAG_SUBSCRIBE = 13,
    TAG_TEXT_VERSION = 14,
    TAG_TOKEN = 15,
    TAG_OWN_KEY = 16,
    TAG_WORDING = 17,
    TAGS
};

enum { HEAD = 3, PAD = 0x80 };

static const size_t classes[] = {256, 1024, 4096, ENVELOPE_MAX};

struct text_tag {
    enum tag tag;
    size_t offset;
};

static const struct text_tag signer_texts[] = {
    {TAG_EMAIL, offsetof(struct signer, email)},
    {TAG_GIVEN_NAME, offsetof(struct signer, given_name)},
    {TAG_FAMILY_NAME, offsetof(struct signer, family_name)},
    {TAG_COUNTRY, offsetof(struct signer, country)},
    {TAG_REGION, offsetof(struct signer, region)},
    {TAG_LOCALITY, offsetof(struct signer, locality)},
    {TAG_POSTAL_CODE, offsetof(struct signer, postal_code)},
    {TAG_COMMENT, offsetof(struct signer, comment)},
    {TAG_SOURCE, offsetof(struct signer, source)},
    {TAG_REFERRER, offsetof(struct signer, referrer)},
    {TAG_LOCALE, offsetof(struct signer, locale)},
};

static const struct text_tag recipient_texts[] = {
    {TAG_EMAIL, offsetof(struct recipient, email)},
    {TAG_GIVEN_NAME, offsetof(struct recipient, given_name)},
    {TAG_FAMILY_NAME, offsetof(struct recipient, family_name)},
    {TAG_TOKEN, offsetof(struct recipient, token)},
    {TAG_LOCALE, offsetof(struct recipient, locale)},
    {TAG_OWN_KEY, offsetof(struct recipient, own_key)},
};

enum {
    SIGNER_TEXTS = sizeof signer_texts / sizeof signer_texts[0],
    RECIPIENT_TEXTS = sizeof recipient_texts / sizeof recipient_texts[0]
};

struct writer {
    uint8_t *data;
    size_t len;
    bool full;
};

/* One byte is kept for the padding's mark. */
static void put(struct writer *writer, enum tag tag, const void *data, size_t len) {
    if (len > UINT16_MAX || HEAD + len > ENVELOPE_MAX - 1 - writer->len) {
        writer->full = true;
        return;
    }
    uint8_t *at = writer->data + writer->len;
    at[0] = (uint8_t)tag;
    at[1] = (uint8_t)(len >> 8);
    at[2] = (uint8_t)len;
    memcpy(at + HEAD, data, len);
    writer->len += HEAD + len;
}

static void put_texts(struct writer *writer, const void *from, const struct text_tag *tags,
                      size_t count) {
    for (size_t i = 0; i < count && !writer->full; i++) {
        struct text text;
        memcpy(&text, (const char *)from + tags[i].offset, sizeof text);
        if (text.data) {
            put(writer, tags[i].tag, text.data, text.len);
        }
    }
}

static void put_bool(struct writer *writer, enum tag tag, bool value) {
    const uint8_t byte = value ? 1 : 0;
    put(writer, tag, &byte, 1);
}

static void put_integer(struct writer *writer, enum tag tag, int64_t value) {
    uint8_t bytes[8];
    for (int i = 0; i < 8; i++) {
        bytes[i] = (uint8_t)((uint64_t)value >> (56 - 8 * i));
    }
    put(writer, tag, bytes, sizeof bytes);
}

static enum status pad(struct writer *writer, uint8_t *out, size_t *len) {
    if (writer->full) {
        explicit_bzero(writer->data, ENVELOPE_MAX);
        return ST_INVALID;
    }
    size_t class = 0;
    while (classes[class] < writer->len + 1) {
        class ++;
    }
    writer->data[writer->len] = PAD;
    memset(writer->data + writer->len + 1, 0, classes[class] - writer->len - 1);
    memcpy(out, writer->data, classes[class]);
    explicit_bzero(writer->data, classes[class]);
    *len = classes[class];
    return ST_OK;
}

enum status envelope_put_signer(const struct signer *signer, uint8_t *out, size_t *len) {
    uint8_t data[ENVELOPE_MAX];
    struct writer writer = {.data = data};
    put_texts(&writer, signer, signer_texts, SIGNER_TEXTS);
    put_bool(&writer, TAG_SHOW_NAME, signer->show_name);
    put_bool(&writer, TAG_SUBSCRIBE, signer->subscribe);
    put_integer(&writer, TAG_TEXT_VERSION, signer->text_version);
    return pad(&writer, out, len);
}

enum status envelope_put_recipient(const struct recipient *recipient, uint8_t *out, size_t *len) {
    uint8_t data[ENVELOPE_MAX];
    struct writer writer = {.data = data};
    put_texts(&writer, recipient, recipient_texts, RECIPIENT_TEXTS);
    if (recipient->wording)
        put_integer(&writer, TAG_WORDING, recipient->wording);
    return pad(&writer, out, len);
}

/* Every known tag at most once; absent where it does not stand. */
struct read {
    struct text texts[TAGS];
};

static bool unpad(const uint8_t *data, size_t *len) {
    size_t class = 0;
    size_t end = *len;
    while (class < sizeof classes / sizeof classes[0] && classes[class] != end) {
        class ++;
    }
    if (class == sizeof classes / sizeof classes[0]) {
        return false;
    }
    while (end > 0 && data[end - 1] == 0) {
        end--;
    }
    if (end == 0 || data[end - 1] != PAD) {
        return false;
    }
    *len = end - 1;
    return true;
}

static bool read_tags(const uint8_t *data, size_t len, struct read *out) {
    *out = (struct read){0};
    if (!unpad(data, &len)) {
        return false;
    }
    while (len > 0) {
        size_t value_len = len < HEAD ? 0 : (size_t)(data[1] << 8 | data[2]);
        if (len < HEAD || value_len > len - HEAD) {
            return false;
        }
        uint8_t tag = data[0];
        if (tag < TAGS && out->texts[tag].data) {
            return false;
        }
        if (tag < TAGS) {
            out->texts[tag] = text_span((const char *)data + HEAD, value_len);
        }
        data += HEAD + value_len;
        len -= HEAD + value_len;
    }
    return true;
}

static void get_texts(const struct read *read, void *to, const struct text_tag *tags,
                      size_t count) {
    for (size_t i = 0; i < count; i++) {
        memcpy((char *)to + tags[i].offset, &read->texts[tags[i].tag], sizeof(struct text));
    }
}

static bool get_bool(const struct read *read, enum tag tag, bool *out) {
    struct text text = read->texts[tag];
    if (text.len != 1 || (unsigned char)text.data[0] > 1) {
        return false;
    }
    *out = text.data[0] == 1;
    return true;
}

static bool get_integer(const struct read *read, enum tag tag, int64_t *out) {
    struct text text = read->texts[tag];
    uint64_t value = 0;
    if (text.len != 8) {
        return false;
    }
    for (size_t i = 0; i < 8; i++) {
        value = value << 8 | (uint8_t)text.data[i];
    }
    *out = (int64_t)value;
    return true;
}

enum status envelope_get_signer(const uint8_t *data, size_t len, struct signer *out) {
    struct read read;
    struct signer signer;
    if (!read_tags(data, len, &read) || !get_bool(&read, TAG_SHOW_NAME, &signer.show_name) ||
        !get_bool(&read, TAG_SUBSCRIBE, &signer.subscribe) ||
        !get_integer(&read, TAG_TEXT_VERSION, &signer.text_version)) {
        return ST_INVALID;
    }
    get_texts(&read, &signer, signer_texts, SIGNER_TEXTS);
    *out = signer;
    return ST_OK;
}

enum status envelope_get_recipient(const uint8_t *data, size_t len, struct recipient *out) {
    struct read read;
    struct recipient recipient = {.wording = 0};
    if (!read_tags(data, len, &read) ||
        (read.texts[TAG_WORDING].data && !get_integer(&read, TAG_WORDING, &recipient.wording))) {
        return ST_INVALID;
    }
    get_texts(&read, &recipient, recipient_texts, RECIPIENT_TEXTS);
    *out = recipient;
    return ST_OK;
}

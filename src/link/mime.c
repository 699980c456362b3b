#include "link/mime.h"

#include <gmime/gmime.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "gmime.h"

enum {
    LINE_MAX_BYTES = 998,
    PLAIN_LINE_MAX = 78,
    ADDRESS_MAX_BYTES = 254,
    HEADER_MAX = 4096,
    CODE_MAX = 75,
    CODE_BYTES = 39 /* in base64 behind "Subject: ", on a line of 76 */
};

/* --- checks --- */

/* Absent is fine. What is no line of text reaches no header, encoded or not. */
static bool is_line(struct text text) {
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c < ' ' || c == 0x7F) {
            return false;
        }
    }
    return text.len <= HEADER_MAX && utf8_valid(text);
}

/* One word of visible ASCII that needs no quoting anywhere in a header. */
static bool is_word(struct text text) {
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] <= ' ' || text.data[i] > '~' || strchr("<>()[],;:\\\"", text.data[i])) {
            return false;
        }
    }
    return text.len <= LINE_MAX_BYTES / 2;
}

static bool is_url(struct text text) {
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] <= ' ' || text.data[i] > '~' || strchr("<>,", text.data[i])) {
            return false;
        }
    }
    return text.len <= LINE_MAX_BYTES / 2;
}

bool mime_address_valid(struct text text) {
    const char *at = text.len > 0 ? memchr(text.data, '@', text.len) : NULL;
    return at && at > text.data && at + 1 < text.data + text.len && text.len <= ADDRESS_MAX_BYTES &&
           !memchr(at + 1, '@', (size_t)(text.data + text.len - at - 1)) && is_word(text);
}

static bool letter_valid(const struct mime_letter *letter) {
    const struct text mailto = letter->list_unsubscribe_mailto;
    return mime_address_valid(letter->from_address) && mime_address_valid(letter->to) &&
           mime_address_valid(letter->message_id) && is_line(letter->from_name) &&
           (letter->reply_to.len == 0 || mime_address_valid(letter->reply_to)) &&
           (mailto.len == 0 || mime_address_valid(mailto)) &&
           is_url(letter->list_unsubscribe_url) && is_url(letter->feedback_id) &&
           is_word(letter->list_id) && is_word(letter->language) && letter->subject.len > 0 &&
           is_line(letter->subject) && letter->text.len > 0 && letter->html.len > 0 &&
           utf8_valid(letter->text) && utf8_valid(letter->html);
}

/* --- parts --- */

/* Plain where a line of the letter stays a line of the message, so that a link is whole in it even
 * for who reads the bytes; base64 where quoted-printable would treble the size. */
static GMimeContentEncoding encoding_of(struct text text) {
    size_t high = 0, line = 0, longest = 0;
    bool plain = true;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        high += c >= 0x80;
        plain &= c != '\r' && c != '\0' && !(c == '\n' && i > 0 && text.data[i - 1] == ' ');
        line = c == '\n' ? 0 : line + 1;
        longest = line > longest ? line : longest;
    }
    if (high == 0 && plain && longest <= PLAIN_LINE_MAX) {
        return GMIME_CONTENT_ENCODING_7BIT;
    }
    return high > text.len / 6 ? GMIME_CONTENT_ENCODING_BASE64
                               : GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE;
}

/* Lines of text end with CR LF whatever they are encoded in (RFC 2045, 6.8). */
static GMimeStream *canonical_stream(struct text text) {
    GByteArray *bytes = g_byte_array_sized_new((guint)text.len + 256);
    while (text.len > 0) {
        struct text line = text_cut(&text, '\n');
        g_byte_array_append(bytes, (const guint8 *)line.data, (guint)line.len);
        if (text.data) {
            g_byte_array_append(bytes, (const guint8 *)"\r\n", 2);
        }
    }
    return g_mime_stream_mem_new_with_byte_array(bytes);
}

static void add_part(GMimeMultipart *multipart, const char *subtype, struct text content) {
    GMimePart *part = g_mime_part_new_with_type("text", subtype);
    GMimeStream *stream = canonical_stream(content);
    GMimeDataWrapper *wrapper =
        g_mime_data_wrapper_new_with_stream(stream, GMIME_CONTENT_ENCODING_DEFAULT);
    g_mime_object_set_content_type_parameter(GMIME_OBJECT(part), "charset", "utf-8");
    g_mime_part_set_content(part, wrapper);
    g_mime_part_set_content_encoding(part, encoding_of(content));
    g_mime_multipart_add(multipart, GMIME_OBJECT(part));
    g_object_unref(wrapper);
    g_object_unref(stream);
    g_object_unref(part);
}

/* From the message's id, so that a second try is the same message. No line of an encoded part can
 * begin like this, and nobody who types knows the id before. */
static void set_boundary(GMimeMultipart *multipart, struct text message_id) {
    unsigned char hash[16];
    char boundary[2 + 2 * sizeof hash + 1] = "=_";
    crypto_generichash(hash, sizeof hash, (const unsigned char *)message_id.data, message_id.len,
                       NULL, 0);
    sodium_bin2hex(boundary + 2, sizeof boundary - 2, hash, sizeof hash);
    g_mime_multipart_set_boundary(multipart, boundary);
}

/* --- headers --- */

/* A view as a C string for GMime; free it with g_free. */
static char *string_of(struct text text) {
    return g_strndup(text.data ? text.data : "", text.len);
}

/* GMime leaves what looks like an encoded word as it is, and a mail program would decode it to
 * whatever the writer wanted. */
static char *without_codes(struct text text) {
    GString *words = g_string_sized_new(text.len + 8);
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '?' && i > 0 && text.data[i - 1] == '=') {
            g_string_append_c(words, ' ');
        }
        g_string_append_c(words, text.data[i]);
    }
    return g_string_free(words, FALSE);
}

static bool has_long_code(const char *encoded) {
    struct text rest = text_of(encoded);
    while (rest.len > 0) {
        struct text word = text_cut(&rest, ' ');
        if (word.len > CODE_MAX && text_starts(word, "=?")) {
            return true;
        }
    }
    return false;
}

/* All of it, in as many encoded words as it takes: what stands between two is not shown. */
static char *in_codes(struct text text) {
    GString *codes = g_string_new(NULL);
    while (text.len > 0) {
        struct text code = utf8_cut(text, CODE_BYTES);
        char *base64 = g_base64_encode((const guchar *)code.data, code.len);
        g_string_append_printf(codes, "%s=?UTF-8?B?%s?=", codes->len > 0 ? " " : "", base64);
        g_free(base64);
        text = text_span(text.data + code.len, text.len - code.len);
    }
    return g_string_free(codes, FALSE);
}

/* Words for people. GMime cuts a word at 39 characters, whatever they take; what is written of it
 * is 75 bytes at most (RFC 2047, 2), which is a dozen Japanese ones. */
static char *words_of(struct text text) {
    char *words = without_codes(text);
    char *encoded = g_mime_utils_header_encode_text(NULL, words, "utf-8");
    bool is_long = has_long_code(encoded);
    g_free(encoded);
    if (is_long) {
        g_free(words);
        return in_codes(text);
    }
    return words;
}

static void add_mailbox(GMimeMessage *message, GMimeAddressType type, struct text name,
                        struct text address) {
    char *name_string = words_of(name), *address_string = string_of(address);
    g_mime_message_add_mailbox(message, type, name.len > 0 ? name_string : NULL, address_string);
    g_free(name_string);
    g_free(address_string);
}

/* Of the header that was added last, folded at each space. */
static void set_raw(GMimeObject *object, const char *value) {
    GMimeHeaderList *list = g_mime_object_get_header_list(object);
    GString *raw = g_string_new(" ");
    for (; *value; value++) {
        g_string_append(raw, *value == ' ' ? "\n" : "");
        g_string_append_c(raw, *value);
    }
    g_string_append_c(raw, '\n');
    g_mime_header_set_raw_value(
        g_mime_header_list_get_header_at(list, g_mime_header_list_get_count(list) - 1), raw->str);
    g_string_free(raw, TRUE);
}

/* Words for programs, all visible ASCII: as they are. Of one that is longer than a line (an address
 * of a long domain) GMime makes encoded words, and nobody decodes those here. */
__attribute__((format(printf, 3, 4))) static void
add_header(GMimeMessage *message, const char *name, const char *format, ...) {
    va_list args;
    va_start(args, format);
    char *value = g_strdup_vprintf(format, args);
    va_end(args);
    g_mime_object_append_header(GMIME_OBJECT(message), name, value, "utf-8");
    set_raw(GMIME_OBJECT(message), value);
    g_free(value);
}

static void add_unsubscribe(GMimeMessage *message, const struct mime_letter *letter) {
    const struct text url = letter->list_unsubscribe_url, mailto = letter->list_unsubscribe_mailto;
    if (url.len > 0 && mailto.len > 0) {
        add_header(message, "List-Unsubscribe", "<%.*s>, <mailto:%.*s>", (int)url.len, url.data,
                   (int)mailto.len, mailto.data);
    } else if (url.len > 0) {
        add_header(message, "List-Unsubscribe", "<%.*s>", (int)url.len, url.data);
    } else if (mailto.len > 0) {
        add_header(message, "List-Unsubscribe", "<mailto:%.*s>", (int)mailto.len, mailto.data);
    }
    if (url.len > 0) {
        add_header(message, "List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
    }
}

static void add_headers(GMimeMessage *message, const struct mime_letter *letter) {
    char *subject = words_of(letter->subject), *id = string_of(letter->message_id);
    GDateTime *date = g_date_time_new_from_unix_utc(letter->date_s);
    add_mailbox(message, GMIME_ADDRESS_TYPE_FROM, letter->from_name, letter->from_address);
    add_mailbox(message, GMIME_ADDRESS_TYPE_TO, text_of(NULL), letter->to);
    if (letter->reply_to.len > 0) {
        add_mailbox(message, GMIME_ADDRESS_TYPE_REPLY_TO, text_of(NULL), letter->reply_to);
    }
    g_mime_message_set_subject(message, subject, "utf-8");
    g_mime_message_set_message_id(message, id);
    if (date) {
        g_mime_message_set_date(message, date);
        g_date_time_unref(date);
    }
    add_header(message, "Auto-Submitted", "auto-generated");
    if (letter->language.len > 0) {
        add_header(message, "Content-Language", "%.*s", (int)letter->language.len,
                   letter->language.data);
    }
    if (letter->feedback_id.len > 0) {
        add_header(message, "Feedback-ID", "%.*s", (int)letter->feedback_id.len,
                   letter->feedback_id.data);
    }
    if (letter->list_id.len > 0) {
        add_header(message, "List-Id", "<%.*s>", (int)letter->list_id.len, letter->list_id.data);
    }
    add_unsubscribe(message, letter);
    g_free(subject);
    g_free(id);
}

/* --- writing --- */

static void write_message(GMimeMessage *message, struct buffer *out) {
    GByteArray *bytes = g_byte_array_new();
    GMimeStream *stream = g_mime_stream_mem_new_with_byte_array(bytes);
    GMimeFormatOptions *options = g_mime_format_options_new();
    g_mime_format_options_set_newline_format(options, GMIME_NEWLINE_FORMAT_DOS);
    g_mime_object_write_to_stream(GMIME_OBJECT(message), options, stream);
    buffer_add(out, bytes->data, bytes->len);
    explicit_bzero(bytes->data, bytes->len);
    g_mime_format_options_free(options);
    g_object_unref(stream);
}

enum status mime_write(const struct mime_letter *letter, struct buffer *out) {
    if (!letter_valid(letter)) {
        return ST_INVALID;
    }
    gmime_start();
    GMimeMessage *message = g_mime_message_new(TRUE);
    GMimeMultipart *multipart = g_mime_multipart_new_with_subtype("alternative");
    struct buffer made;
    buffer_init(&made, MIME_MAX);
    add_headers(message, letter);
    set_boundary(multipart, letter->message_id);
    add_part(multipart, "plain", letter->text);
    add_part(multipart, "html", letter->html);
    g_mime_message_set_mime_part(message, GMIME_OBJECT(multipart));
    write_message(message, &made);
    g_object_unref(multipart);
    g_object_unref(message);
    buffer_add_text(out, buffer_text(&made));
    enum status status = made.failed || out->failed ? ST_FAULT : ST_OK;
    buffer_done(&made);
    return status;
}

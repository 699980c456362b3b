#include "link/mail_parse.h"

#include <gmime/gmime.h>
#include <string.h>

#include "gmime.h"

enum { PARTS_MAX = 100, COLONS_MAX = 200 };

struct walk {
    mail_field_fn *field;
    void *context;
    size_t fields, parts;
};

/* --- fields --- */

static void tell(struct walk *walk, enum mail_place place, struct text name, struct text value) {
    if (walk->fields == MAIL_FIELDS_MAX || name.len > MAIL_NAME_MAX) {
        return;
    }
    walk->fields++;
    value = text_trim(value);
    value.len = value.len < MAIL_VALUE_MAX ? value.len : MAIL_VALUE_MAX;
    walk->field(walk->context, place, name, value);
}

static void tell_headers(struct walk *walk, enum mail_place place, GMimeObject *object) {
    GMimeHeaderList *list = g_mime_object_get_header_list(object);
    int count = list ? g_mime_header_list_get_count(list) : 0;
    for (int i = 0; i < count; i++) {
        GMimeHeader *header = g_mime_header_list_get_header_at(list, i);
        struct text name = text_of(g_mime_header_get_name(header));
        const char *raw = g_mime_header_get_raw_value(header);
        char *value = raw ? g_mime_utils_header_unfold(raw) : NULL;
        if (value && name.len > 0) {
            tell(walk, place, name, text_of(value));
        }
        g_free(value);
    }
}

/* One field with the lines that it was folded into. */
static void tell_line(struct walk *walk, enum mail_place place, struct text lines) {
    struct text value = lines;
    struct text name = text_trim(text_cut(&value, ':'));
    if (name.len > 0 && value.data) {
        tell(walk, place, name, value);
    }
}

static bool is_folded(struct text line) {
    return line.len > 0 && (line.data[0] == ' ' || line.data[0] == '\t');
}

/* Name: value, in groups with empty lines between; of a message only its headers. */
static void tell_lines(struct walk *walk, enum mail_place place, struct text rest) {
    struct text held = {NULL, 0};
    while (rest.len > 0) {
        struct text line = text_cut(&rest, '\n');
        bool empty = text_trim(line).len == 0;
        if (held.data && !empty && is_folded(line)) {
            held.len = (size_t)(line.data + line.len - held.data);
            continue;
        }
        tell_line(walk, place, held);
        held = empty ? text_of(NULL) : line;
        if (empty && place == MAIL_ORIGINAL) {
            return;
        }
        if (empty) {
            tell(walk, place, text_of(""), text_of(""));
        }
    }
    tell_line(walk, place, held);
}

/* --- parts --- */

static GByteArray *content_of(GMimePart *part) {
    GMimeDataWrapper *wrapper = g_mime_part_get_content(part);
    GByteArray *bytes = g_byte_array_new();
    GMimeStream *stream = g_mime_stream_mem_new();
    g_mime_stream_mem_set_byte_array(GMIME_STREAM_MEM(stream), bytes);
    if (wrapper) {
        g_mime_data_wrapper_write_to_stream(wrapper, stream);
    }
    g_object_unref(stream);
    return bytes;
}

static void take_leaf(struct walk *walk, GMimePart *part, enum mail_place place) {
    GByteArray *bytes = content_of(part);
    tell_lines(walk, place, text_span((const char *)bytes->data, bytes->len));
    g_byte_array_unref(bytes);
}

static bool is_type(GMimeObject *object, const char *type, const char *subtype) {
    return g_mime_content_type_is_type(g_mime_object_get_content_type(object), type, subtype);
}

static void take_object(struct walk *walk, GMimeObject *object, int depth) {
    if (!object || depth > MAIL_DEPTH_MAX || ++walk->parts > PARTS_MAX) {
        return;
    }
    if (GMIME_IS_MULTIPART(object)) {
        GMimeMultipart *multipart = GMIME_MULTIPART(object);
        int count = g_mime_multipart_get_count(multipart);
        for (int i = 0; i < count && i < PARTS_MAX; i++) {
            take_object(walk, g_mime_multipart_get_part(multipart, i), depth + 1);
        }
    } else if (GMIME_IS_MESSAGE_PART(object)) {
        GMimeMessage *message = g_mime_message_part_get_message(GMIME_MESSAGE_PART(object));
        if (message) {
            tell_headers(walk, MAIL_ORIGINAL, GMIME_OBJECT(message));
        }
    } else if (!GMIME_IS_PART(object)) {
        return;
    } else if (is_type(object, "message", "delivery-status") ||
               is_type(object, "message", "global-delivery-status") ||
               is_type(object, "message", "feedback-report")) {
        take_leaf(walk, GMIME_PART(object), MAIL_REPORT);
    } else if (is_type(object, "text", "rfc822-headers") ||
               is_type(object, "message", "global-headers")) {
        take_leaf(walk, GMIME_PART(object), MAIL_ORIGINAL);
    }
}

/* In a field of addresses GMime calls itself for every group within a group ("a:b:c:"), however
 * many there are, and the stack ends. So no line has more colons, nor a field with its folds. */
static void blunt(char *data, size_t len) {
    size_t colons = 0;
    for (size_t i = 0; i < len; i++) {
        bool folds = i + 1 < len && (data[i + 1] == ' ' || data[i + 1] == '\t');
        if (data[i] == '\n' && !folds) {
            colons = 0;
        } else if (data[i] == ':' && ++colons > COLONS_MAX) {
            data[i] = ' ';
        }
    }
}

static GMimeStream *stream_of(struct text message) {
    size_t len = message.len < MAIL_BYTES_MAX ? message.len : MAIL_BYTES_MAX;
    GMimeStream *stream = g_mime_stream_mem_new_with_buffer(message.data, len);
    GByteArray *copy = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
    blunt((char *)copy->data, copy->len);
    return stream;
}

void mail_parse(struct text message, mail_field_fn *field, void *context) {
    struct walk walk = {.field = field, .context = context};
    if (message.len == 0) {
        return;
    }
    gmime_start();
    GMimeStream *stream = stream_of(message);
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    g_mime_parser_set_persist_stream(parser, FALSE);
    GMimeMessage *parsed = g_mime_parser_construct_message(parser, NULL);
    if (parsed) {
        tell_headers(&walk, MAIL_HEADER, GMIME_OBJECT(parsed));
        /* The type of the whole is a header of the first part to GMime. */
        GMimeObject *body = g_mime_message_get_mime_part(parsed);
        const char *type = body ? g_mime_object_get_header(body, "Content-Type") : NULL;
        if (type && !g_mime_object_get_header(GMIME_OBJECT(parsed), "Content-Type")) {
            tell(&walk, MAIL_HEADER, text_of("Content-Type"), text_of(type));
        }
        take_object(&walk, body, 0);
        g_object_unref(parsed);
    }
    g_object_unref(parser);
    g_object_unref(stream);
}

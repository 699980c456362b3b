#include "link/mime.h"

static void header(struct buffer *out, const char *name, struct text value) {
    if (value.data) {
        buffer_add_string(out, name);
        buffer_add_string(out, ": ");
        buffer_add_text(out, value);
        buffer_add_string(out, "\r\n");
    }
}

enum status mime_write(const struct mime_letter *letter, struct buffer *out) {
    header(out, "From", letter->from_address);
    header(out, "To", letter->to);
    header(out, "Subject", letter->subject);
    buffer_add_string(out, "Message-ID: <");
    buffer_add_text(out, letter->message_id);
    buffer_add_string(out, ">\r\n");
    header(out, "List-Unsubscribe", letter->list_unsubscribe_url);
    buffer_add_string(out, "\r\n");
    for (size_t i = 0; i < letter->text.len; i++) {
        if (letter->text.data[i] == '\n')
            buffer_add_string(out, "\r");
        buffer_add(out, &letter->text.data[i], 1);
    }
    return out->failed ? ST_FAULT : ST_OK;
}

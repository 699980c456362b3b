#include "serve/own_json.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/encode.h"

static json_t *time_json(int64_t unix_ms) {
    char text[CLOCK_TEXT_SIZE];
    if (unix_ms == 0)
        return json_null();
    clock_format(text, unix_ms);
    return json_string(text);
}

static json_t *bytes_json(const uint8_t *bytes, size_t len) {
    char *text = malloc(ENCODE_BASE64_SIZE(len));
    if (!text)
        return NULL;
    encode_base64url(text, bytes, len);
    json_t *value = json_string(text);
    free(text);
    return value;
}

json_t *own_json(const struct own_row *row) {
    uint8_t bound[SEAL_BOUND];
    struct seal_context context = {row->petition, row->email_hash};
    seal_own_bound(row->epoch, &context, bound);
    return json_pack("{s:s,s:s,s:o,s:o,s:i,s:b,s:o,s:o}", "petition", row->slug, "state",
                     row->state, "signed_at", time_json(row->signed_at_ms), "confirmed_at",
                     time_json(row->confirmed_at_ms), "text_version", (int)row->text_version,
                     "shown", (int)row->shown, "sealed", bytes_json(row->sealed, row->sealed_len),
                     "bound", bytes_json(bound, sizeof bound));
}

#include "serve/own_json.h"

#include <stdlib.h>

#include "base/encode.h"
#include "core/json.h"

static json_t *bytes_json(const uint8_t *bytes, size_t len) {
    char *text = malloc(ENCODE_BASE64_SIZE(len));
    if (!text)
        return NULL;
    encode_base64url(text, bytes, len);
    json_t *value = json_string(text);
    free(text);
    return value;
}

json_t *own_json(const struct own_row *row, json_t *news) {
    uint8_t bound[SEAL_BOUND];
    struct seal_context context = {row->petition, row->email_hash};
    size_t bound_len = seal_own_bound(row->epoch, &context, row->sealed, row->sealed_len, bound);
    return json_pack("{s:s,s:s,s:o,s:o,s:i,s:b,s:s,s:o,s:o,s:o}", "petition", row->slug, "state",
                     row->state, "signed_at", json_time(row->signed_at_ms), "confirmed_at",
                     row->confirmed_at_ms ? json_time(row->confirmed_at_ms) : json_null(),
                     "text_version", (int)row->text_version, "shown", (int)row->shown, "erasure",
                     row->erasure, "sealed", bytes_json(row->sealed, row->sealed_len), "bound",
                     bytes_json(bound, bound_len), "subscription", news);
}

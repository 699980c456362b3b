/* Any bytes as a path, as a worker takes it: decoded once, then a route and a slug, or nobody's. */
#include <stdlib.h>

#include "core/query.h"
#include "core/slug.h"
#include "serve/handlers.h"
#include "serve/route.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool condition) {
    if (!condition) {
        abort();
    }
}

/* The table of routes names them; here nobody calls one. */
#define NOBODY(handler)                                                                            \
    void handler(struct request *request) {                                                        \
        (void)request;                                                                             \
    }
NOBODY(handle_petition_list)
NOBODY(handle_petition)
NOBODY(handle_wording)
NOBODY(handle_count)
NOBODY(handle_breakdown)
NOBODY(handle_series)
NOBODY(handle_recent)
NOBODY(handle_referrals)
NOBODY(handle_sign)
NOBODY(handle_sign_by_letter)
NOBODY(handle_resend)
NOBODY(handle_page_request)
NOBODY(handle_confirm)
NOBODY(handle_withdraw)
NOBODY(handle_correct)
NOBODY(handle_disavow)
NOBODY(handle_erase)
NOBODY(handle_own)
NOBODY(handle_unsubscribe)
NOBODY(handle_subscription)
NOBODY(handle_opened)
NOBODY(handle_page)
NOBODY(handle_card)
NOBODY(handle_letter)
NOBODY(handle_embed)

static size_t how_many(struct text text, char byte) {
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        count += text.data[i] == byte;
    }
    return count;
}

/* Decoding makes no cut, no way up and no end that was not there, and no escape twice. */
static void check_decoded(struct text path, struct text decoded) {
    expect(decoded.len <= path.len && (path.len - decoded.len) % 2 == 0);
    expect(how_many(decoded, '/') == how_many(path, '/'));
    expect(how_many(decoded, '.') == how_many(path, '.'));
    expect(how_many(decoded, '\0') == how_many(path, '\0'));
    expect(how_many(decoded, '%') + (path.len - decoded.len) / 2 == how_many(path, '%'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct arena *arena;
    struct text path = text_span((const char *)data, size), decoded, slug = {NULL, 0};
    if (!arena) {
        arena = arena_new(4096, 1 << 20);
    }
    expect(query_path(path, arena, &decoded) == ST_OK);
    check_decoded(path, decoded);
    const struct route *route = decoded.data ? route_find(decoded, &slug) : NULL;
    if (route) {
        expect(decoded.data[0] == '/' && route_allow(route)[0] != '\0');
        expect(!slug.data || slug_valid(slug));
    }
    arena_reset(arena);
    return 0;
}

/* Any bytes as a query, a slug, a web address, a caller, a token or a language tag. */
#include <stdlib.h>

#include "base/clock.h"
#include "core/caller.h"
#include "core/language.h"
#include "core/petition.h"
#include "core/query.h"
#include "core/slug.h"
#include "core/token.h"
#include "core/weburl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool condition) {
    if (!condition) {
        abort();
    }
}

static void check_query(struct text text, struct arena *arena) {
    struct text values[3] = {{NULL, 0}};
    const struct query_item items[] = {
        {"state", &values[0]}, {"page", &values[1]}, {"from", &values[2]}};
    enum status status = query_parse(text, arena, items, 3);
    for (size_t i = 0; i < 3; i++) {
        expect(status == ST_OK || !values[i].data);
        for (size_t k = 0; k < values[i].len; k++) {
            expect(values[i].data[k] >= 0x20 && values[i].data[k] < 0x7F);
        }
    }
}

static void check_time(struct text text) {
    int64_t unix_ms, again;
    char out[CLOCK_TEXT_SIZE];
    if (clock_parse(text, &unix_ms)) {
        clock_format(out, unix_ms);
        expect(clock_parse(text_of(out), &again) && again == unix_ms);
    }
}

static void check_languages(struct text text) {
    struct petition_text texts[2] = {{.language = text_of("en")}, {.language = text_of("es-MX")}};
    const struct petition petition = {.texts = texts, .texts_count = 2};
    expect(petition_text_choose(&petition, text, text) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct arena *arena;
    struct text text = text_span((const char *)data, size);
    struct caller caller;
    struct token_key key;
    if (!arena) {
        arena = arena_new(4096, 1 << 20);
    }
    check_query(text, arena);
    check_time(text);
    check_languages(text);
    expect(!slug_valid(text) || size <= SLUG_MAX);
    expect(!weburl_is_origin(text) || weburl_is_page(text));
    expect(!language_tag_valid(text) || size <= LANGUAGE_MAX);
    expect(!token_parse(text, &key) || size == TOKEN_TEXT || size == TOKEN_LINK);
    expect(!caller_parse(text, &caller) || caller.count == 1 || caller.count == 3);
    arena_reset(arena);
    return 0;
}

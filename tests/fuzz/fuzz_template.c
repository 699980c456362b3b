/* Any bytes as a template with hostile values: nothing of theirs reaches HTML unescaped. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "core/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool condition) {
    if (!condition) {
        abort();
    }
}

static size_t count(struct text text, char c) {
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        n += text.data[i] == c;
    }
    return n;
}

static void check(const struct template *template, struct text source, struct text value) {
    const struct text values[] = {value, {"", 0}};
    struct buffer out;
    buffer_init(&out, 1 << 20);
    template_render(template, TEMPLATE_HTML, values, &out);
    if (!out.failed) {
        struct text html = buffer_text(&out);
        expect(count(html, '<') <= count(source, '<') && count(html, '"') <= count(source, '"'));
        expect(count(html, '\n') <= count(source, '\n'));
    }
    buffer_reset(&out);
    template_render(template, TEMPLATE_TEXT, values, &out);
    expect(out.failed || count(buffer_text(&out), '\n') <= count(source, '\n'));
    buffer_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const names[] = {"title", "empty"};
    static struct arena *arena;
    struct text source = text_span((const char *)data, size);
    struct template *template = NULL;
    struct template_fault fault = {0};
    if (!arena) {
        arena = arena_new(65536, 4 << 20);
    }
    enum status status =
        template_parse(source, (struct template_names){.items = names, .count = 2, .apart = 1},
                       arena, &template, &fault);
    if (status == ST_OK) {
        check(template, source, text_of("<\r\n\"'>{{title}}\xE2\x80\xAE\xFF"));
        check(template, source, source);
    } else if (status == ST_INVALID) {
        expect(fault.line >= 1 && fault.line <= count(source, '\n') + 1);
        expect(strlen(fault.message) > 0 && !strchr(fault.message, '\n'));
    }
    arena_reset(arena);
    return 0;
}

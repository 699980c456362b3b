#include "core/letter.h"

#include <stdlib.h>

struct letters {
    int unused;
};

enum status letters_open(const char *shipped, const char *own, struct letters **out,
                         struct letter_fault *fault) {
    (void)shipped;
    (void)own;
    (void)fault;
    *out = calloc(1, sizeof **out);
    return *out ? ST_OK : ST_FAULT;
}

void letters_free(struct letters **letters) {
    free(*letters);
    *letters = NULL;
}

enum status letter_render(const struct letters *letters, const struct letter_facts *facts,
                          struct letter_rendered *out) {
    (void)letters;
    buffer_init(&out->subject, 1 << 16);
    buffer_init(&out->text, 1 << 16);
    buffer_init(&out->html, 1 << 16);
    buffer_add_text(&out->subject, facts->title);
    buffer_printf(&out->text, "%s\n", letter_kind_name(facts->kind));
    buffer_add_text(&out->text, facts->base_url);
    buffer_add_string(&out->text, "/c#");
    buffer_add_text(&out->text, facts->token);
    buffer_add_string(&out->text, "\n");
    buffer_add_string(&out->html, "<p>");
    buffer_add_text(&out->html, facts->token);
    buffer_add_string(&out->html, "</p>\n");
    out->language = text_of("en");
    return ST_OK;
}

void letter_rendered_done(struct letter_rendered *rendered) {
    buffer_done(&rendered->subject);
    buffer_done(&rendered->text);
    buffer_done(&rendered->html);
}

const char *letter_kind_name(enum letter_kind kind) {
    static const char *const names[] = {"", "confirm", "thanks", "already", "reminder", "page"};
    return names[kind];
}

bool letter_asks(enum letter_kind kind) {
    return kind == LETTER_CONFIRM || kind == LETTER_REMINDER;
}

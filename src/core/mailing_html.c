/* What is made of a letter to the list once, when it is put. */
#include <stdio.h>

#include "core/json.h"
#include "core/mailing.h"
#include "core/mailing_file.h"
#include "core/markdown.h"

enum { JSON_MAX = 8 * 1024 * 1024, HTML_MAX = 1024 * 1024 };

static struct text member(const json_t *text, const char *name) {
    const json_t *value = json_object_get(text, name);
    return text_span(json_string_value(value), json_string_length(value));
}

/* As a mailer will read them: what it could not is told now. */
static enum status check_placeholders(const json_t *text, struct arena *arena,
                                      char why[MAILING_WHY]) {
    static const char *const places[] = {"subject", "preview", "letter_html", "letter_text"};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        struct template *unused;
        struct template_fault fault;
        enum status status = mailing_parse(member(text, places[i]), arena, &unused, &fault);
        if (status != ST_OK) {
            snprintf(why, MAILING_WHY, "%s: %s", i < 2 ? places[i] : "letter", fault.message);
            return status;
        }
    }
    return ST_OK;
}

static enum status add_forms(json_t *text, struct arena *arena, char why[MAILING_WHY]) {
    struct buffer html, plain;
    buffer_init(&html, HTML_MAX);
    buffer_init(&plain, HTML_MAX);
    markdown_add_mail(member(text, "letter"), &html, &plain);
    bool good = !html.failed && !plain.failed;
    if (good) {
        json_object_set_new(text, "letter_html", json_stringn(buffer_text(&html).data, html.len));
        json_object_set_new(text, "letter_text", json_stringn(buffer_text(&plain).data, plain.len));
    }
    buffer_done(&html);
    buffer_done(&plain);
    return good ? check_placeholders(text, arena, why) : ST_FAULT;
}

static enum status render(struct text json, struct arena *arena, struct text *out,
                          char why[MAILING_WHY]) {
    json_t *mailing = json_read_object(json);
    const char *name;
    json_t *text;
    if (!mailing) {
        return ST_FAULT;
    }
    enum status status = add_forms(mailing, arena, why);
    json_object_foreach(json_object_get(mailing, "translations"), name, text) {
        status = status == ST_OK ? add_forms(text, arena, why) : status;
    }
    return status == ST_OK ? json_store(mailing, JSON_MAX, arena, out) : status;
}

enum status mailing_file_render(struct text json, struct arena *arena, struct text *out,
                                char why[MAILING_WHY]) {
    snprintf(why, MAILING_WHY, "out of memory");
    json_scope_enter(arena);
    enum status status = render(json, arena, out, why);
    json_scope_leave();
    return status;
}

/* What the page shows of the letter, made once when a petition is put. */
#include "core/json.h"
#include "core/markdown.h"
#include "core/petition_file.h"

enum { JSON_MAX = 16 * 1024 * 1024, HTML_MAX = 1024 * 1024 };

static bool add_html(json_t *text) {
    const json_t *letter = json_object_get(text, "letter");
    struct buffer html, excerpt;
    buffer_init(&html, HTML_MAX);
    buffer_init(&excerpt, HTML_MAX);
    markdown_add(text_span(json_string_value(letter), json_string_length(letter)), &html, &excerpt);
    bool good = !html.failed && !excerpt.failed;
    if (good) {
        json_object_set_new(text, "letter_html", json_stringn(buffer_text(&html).data, html.len));
        json_object_set_new(text, "excerpt", json_stringn(buffer_text(&excerpt).data, excerpt.len));
    }
    buffer_done(&html);
    buffer_done(&excerpt);
    return good;
}

static bool add_all(json_t *petition) {
    const char *name;
    json_t *text;
    bool good = add_html(petition);
    json_object_foreach(json_object_get(petition, "translations"), name, text) {
        good = good && add_html(text);
    }
    return good;
}

static enum status render(struct text json, struct arena *arena, struct text *out) {
    json_t *petition = json_read_object(json);
    if (!petition) {
        return arena_failed(arena) ? ST_FAULT : ST_INVALID;
    }
    return add_all(petition) ? json_store(petition, JSON_MAX, arena, out) : ST_FAULT;
}

enum status petition_file_render(struct text json, struct arena *arena, struct text *out) {
    json_scope_enter(arena);
    enum status status = render(json, arena, out);
    json_scope_leave();
    return status;
}

/* What is made of a letter to the list once, when it is put. */
#include <stdio.h>
#include <string.h>

#include "core/json.h"
#include "core/mailing_file.h"
#include "core/markdown.h"
#include "shape.h"

enum { JSON_MAX = 8 * 1024 * 1024, HTML_MAX = 1024 * 1024 };

static struct text member(const json_t *text, const char *name) {
    const json_t *value = json_object_get(text, name);
    return text_span(json_string_value(value), json_string_length(value));
}

/* Faults of one language's words, by pointer. */
struct check {
    const char *pointer; /* of what holds them: "/translations/es" */
    struct arena *arena;
    char *why;     /* MAILING_WHY bytes */
    size_t others; /* how many other subjects each language has */
};

static enum status parse(const struct check *check, struct text words, const char *place,
                         struct template **out) {
    struct template_fault fault;
    enum status status = mailing_parse(words, check->arena, out, &fault);
    if (status == ST_INVALID) {
        snprintf(check->why, MAILING_WHY, "%s/%s: %s", check->pointer, place, fault.message);
    }
    return status;
}

static enum status check_subject(const struct check *check, const json_t *text, struct text subject,
                                 const char *place) {
    struct template *parsed = NULL;
    enum status status = parse(check, subject, place, &parsed);
    if (status == ST_OK && !mailing_subject_says(parsed, member(text, "friend"))) {
        snprintf(check->why, MAILING_WHY, "%s/%s: is empty for who gave no name", check->pointer,
                 place);
        return ST_INVALID;
    }
    return status;
}

static enum status check_subjects(const struct check *check, const json_t *text) {
    json_t *others = json_object_get(text, "other_subjects");
    enum status status = check_subject(check, text, member(text, "subject"), "subject");
    for (size_t i = 0; status == ST_OK && i < json_array_size(others); i++) {
        char place[48];
        snprintf(place, sizeof place, "other_subjects/%zu", i);
        status = check_subject(check, text, shape_string(json_array_get(others, i)), place);
    }
    if (status == ST_OK && json_array_size(others) != check->others) {
        snprintf(check->why, MAILING_WHY, "%s/other_subjects: as many in each language: %zu",
                 check->pointer, check->others);
        return ST_INVALID;
    }
    return status;
}

/* --- conditions --- */

static size_t count(struct text html, const char *words) {
    size_t found = 0, len = strlen(words);
    const char *at = memmem(html.data, html.len, words, len);
    while (at) {
        found++;
        at += len;
        at = memmem(at, html.len - (size_t)(at - html.data), words, len);
    }
    return found;
}

/* Whether each element that begins in it ends in it too: what it stands in is right without it. */
static bool is_whole(struct text html) {
    static const char *const names[] = {"p",  "ul", "ol", "li",     "blockquote", "h1", "h2",
                                        "h3", "em", "a",  "strong", "code",       "pre"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char plain[16], styled[16], end[16];
        snprintf(plain, sizeof plain, "<%s>", names[i]);
        snprintf(styled, sizeof styled, "<%s ", names[i]);
        snprintf(end, sizeof end, "</%s>", names[i]);
        if (count(html, plain) + count(html, styled) != count(html, end)) {
            return false;
        }
    }
    return true;
}

static struct text between(const char *start, const char *end) {
    return text_span(start, (size_t)(end - start));
}

/* What stands behind the | of a placeholder is none, whatever it looks like. */
static bool are_whole(struct text html) {
    const char *begins[TEMPLATE_DEPTH_MAX], *last = html.data + html.len;
    const char *at = memmem(html.data, html.len, "{{", 2);
    size_t depth = 0;
    while (at) {
        struct text rest = between(at, last);
        const char *end = memmem(at, rest.len, "}}", 2);
        if (text_starts(rest, "{{#if ") && depth < TEMPLATE_DEPTH_MAX) {
            begins[depth++] = at;
        } else if (text_starts(rest, "{{/if}}") && depth > 0 &&
                   !is_whole(between(begins[--depth], at))) {
            return false;
        }
        at = end ? memmem(end, (size_t)(last - end), "{{", 2) : NULL;
    }
    return true;
}

/* As a mailer will read them: what it could not is told now. */
static enum status check_words(const struct check *check, const json_t *text) {
    static const char *const members[] = {"preview", "letter_html", "letter_text"};
    static const char *const places[] = {"preview", "letter", "letter"};
    enum status status = check_subjects(check, text);
    for (size_t i = 0; status == ST_OK && i < sizeof places / sizeof places[0]; i++) {
        struct template *unused;
        status = parse(check, member(text, members[i]), places[i], &unused);
    }
    if (status == ST_OK && !are_whole(member(text, "letter_html"))) {
        snprintf(check->why, MAILING_WHY,
                 "%s/letter: {{#if}} stands in a list, a quotation or bold words, and its {{/if}} "
                 "does not, or the other way round",
                 check->pointer);
        return ST_INVALID;
    }
    return status;
}

/* What is the same for every reader: these members, in which a placeholder would stand as it is,
 * and where links lead. */
static enum status check_fixed(const struct check *check, const json_t *text) {
    static const char *const members[] = {"tag_line",  "headline", "friend",
                                          "signature", "sender",   "office"};
    char link[64];
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        struct text words = member(text, members[i]);
        if (words.len > 0 && memmem(words.data, words.len, "{{", 2) != NULL) {
            snprintf(check->why, MAILING_WHY, "%s/%s: no placeholder can stand here",
                     check->pointer, members[i]);
            return ST_INVALID;
        }
    }
    if (markdown_dead_link(member(text, "letter"), link, sizeof link)) {
        snprintf(check->why, MAILING_WHY,
                 "%s/letter: a link leads to https://, http:// or mailto:, the same for all: %s",
                 check->pointer, link);
        return ST_INVALID;
    }
    return ST_OK;
}

static enum status add_forms(const struct check *check, json_t *text) {
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
    if (!good) {
        snprintf(check->why, MAILING_WHY,
                 "%s/letter: it is larger than 100 kB, where mail programs cut it off (or memory "
                 "is out)",
                 check->pointer);
        return ST_INVALID;
    }
    enum status status = check_fixed(check, text);
    return status == ST_OK ? check_words(check, text) : status;
}

/* The pointer of a translation's member begins so. */
static const char *pointer_of(struct arena *arena, const char *language) {
    struct text pointer = problem_pointer(arena, text_of("/translations"), text_of(language));
    char *copied = arena_alloc(arena, pointer.len + 1);
    return copied && text_store(pointer, copied, pointer.len + 1) ? copied : "";
}

static enum status render(struct text json, struct arena *arena, struct text *out,
                          char why[MAILING_WHY]) {
    json_t *mailing = json_read_object(json);
    struct check check = {"", arena, why, 0};
    const char *name;
    json_t *text;
    if (!mailing) {
        return ST_FAULT;
    }
    check.others = json_array_size(json_object_get(mailing, "other_subjects"));
    enum status status = add_forms(&check, mailing);
    json_object_foreach(json_object_get(mailing, "translations"), name, text) {
        check.pointer = pointer_of(arena, name);
        status = status == ST_OK ? add_forms(&check, text) : status;
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

/* --- reading it back --- */

static bool read_subjects(const json_t *from, struct arena *arena, struct mailing_text *out) {
    json_t *others = json_object_get(from, "other_subjects");
    struct text subject = member(from, "subject");
    struct template_fault unused;
    for (size_t i = 0; i <= json_array_size(others); i++) {
        if (mailing_parse(subject, arena, &out->subjects[i], &unused) != ST_OK) {
            return false;
        }
        subject = shape_string(json_array_get(others, i));
    }
    out->subjects_count = 1 + json_array_size(others);
    return true;
}

static bool read_text(const json_t *from, const char *language, struct arena *arena,
                      struct mailing_text *out) {
    struct template_fault unused;
    *out = (struct mailing_text){.language = text_of(language),
                                 .tag_line = member(from, "tag_line"),
                                 .headline = member(from, "headline"),
                                 .friend = member(from, "friend"),
                                 .signature = member(from, "signature")};
    return read_subjects(from, arena, out) &&
           mailing_parse(member(from, "preview"), arena, &out->preview, &unused) == ST_OK &&
           mailing_parse(member(from, "letter_html"), arena, &out->html, &unused) == ST_OK &&
           mailing_parse(member(from, "letter_text"), arena, &out->plain, &unused) == ST_OK;
}

/* Its texts are views into the object, which is the arena's. */
static enum status read_object(const json_t *from, struct arena *arena, struct mailing *out) {
    json_t *translations = json_object_get(from, "translations"), *text;
    size_t count = 1 + json_object_size(translations);
    struct mailing_text *texts = arena_alloc(arena, count * sizeof *texts);
    const char *language = json_string_value(json_object_get(from, "language"));
    if (!texts || !language || !read_text(from, language, arena, &texts[0])) {
        return ST_FAULT;
    }
    size_t read = 1;
    json_object_foreach(translations, language, text) {
        if (!read_text(text, language, arena, &texts[read++])) {
            return ST_FAULT;
        }
    }
    *out = (struct mailing){.name = member(from, "name"),
                            .language = member(from, "language"),
                            .sender = member(from, "sender"),
                            .office = member(from, "office"),
                            .facebook_url = member(from, "facebook_url"),
                            .twitter_url = member(from, "twitter_url"),
                            .texts = texts,
                            .texts_count = count};
    return ST_OK;
}

enum status mailing_file_read(struct text json, struct arena *arena, struct mailing *out) {
    json_scope_enter(arena);
    json_t *object = json_read_object(json);
    enum status status = object ? read_object(object, arena, out) : ST_FAULT;
    json_scope_leave();
    return status;
}

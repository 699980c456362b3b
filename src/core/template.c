#include "core/template.h"

#include <stdio.h>
#include <string.h>

#include <unictype.h>

#include "base/utf8.h"
#include "core/oneline.h"

enum step_kind { STEP_WORDS, STEP_VALUE, STEP_MARKUP, STEP_IF };

struct step {
    enum step_kind kind;
    struct text words; /* as they stand; of a value: where it is empty */
    size_t name;       /* of the others: which value */
    bool apart, made;  /* of a value: template_names */
    size_t skip;       /* of STEP_IF: the step behind its end */
    struct step *next;
};

struct template {
    struct step *steps;
    size_t count;
};

struct parser {
    struct template_names names;
    struct text rest;
    size_t line;
    struct step *first, *last;
    size_t count;
    struct step *open[TEMPLATE_DEPTH_MAX];
    size_t open_line[TEMPLATE_DEPTH_MAX];
    size_t depth;
    struct arena *arena;
    struct template_fault *fault;
};

/* --- parsing --- */

__attribute__((format(printf, 3, 4))) static enum status refuse(struct parser *parser, size_t line,
                                                                const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(parser->fault->message, sizeof parser->fault->message, format, args);
    va_end(args);
    parser->fault->line = line;
    return ST_INVALID;
}

static enum status add_step(struct parser *parser, struct step step, struct step **out) {
    struct step *made = arena_alloc(parser->arena, sizeof *made);
    if (!made) {
        return ST_FAULT;
    }
    *made = step;
    if (parser->last) {
        parser->last->next = made;
    } else {
        parser->first = made;
    }
    parser->last = made;
    parser->count++;
    if (out) {
        *out = made;
    }
    return ST_OK;
}

static enum status add_words(struct parser *parser, struct text words) {
    for (size_t i = 0; i < words.len; i++) {
        parser->line += words.data[i] == '\n';
    }
    struct step step = {.kind = STEP_WORDS, .words = words};
    return words.len > 0 ? add_step(parser, step, NULL) : ST_OK;
}

static enum status find_name(struct parser *parser, struct text name, size_t *out) {
    for (size_t i = 0; i < parser->names.count; i++) {
        if (text_is(name, parser->names.items[i])) {
            *out = i;
            return ST_OK;
        }
    }
    int len = name.len < TEMPLATE_NAME_MAX ? (int)name.len : TEMPLATE_NAME_MAX;
    for (int i = 0; i < len; i++) {
        if (name.data[i] < ' ' || name.data[i] > '~') {
            len = i;
        }
    }
    return refuse(parser, parser->line, "there is no placeholder {{%.*s}}", len, name.data);
}

static enum status open_if(struct parser *parser, struct text name) {
    struct step step = {.kind = STEP_IF};
    enum status status = find_name(parser, text_trim(name), &step.name);
    if (status != ST_OK) {
        return status;
    }
    if (parser->depth == TEMPLATE_DEPTH_MAX) {
        return refuse(parser, parser->line, "{{#if}} stands in more than %d others",
                      TEMPLATE_DEPTH_MAX - 1);
    }
    status = add_step(parser, step, &parser->open[parser->depth]);
    if (status == ST_OK) {
        parser->open_line[parser->depth++] = parser->line;
    }
    return status;
}

static enum status close_if(struct parser *parser) {
    if (parser->depth == 0) {
        return refuse(parser, parser->line, "{{/if}} ends nothing");
    }
    parser->open[--parser->depth]->skip = parser->count;
    return ST_OK;
}

static enum status take_tag(struct parser *parser, struct text tag, bool *section) {
    *section = true;
    if (text_starts(tag, "#if ")) {
        return open_if(parser, text_span(tag.data + 4, tag.len - 4));
    }
    if (text_is(tag, "/if")) {
        return close_if(parser);
    }
    *section = false;
    struct step step = {.kind = STEP_VALUE, .words = tag};
    struct text name = text_cut(&step.words, '|');
    enum status status = find_name(parser, name, &step.name);
    if (status != ST_OK) {
        return status;
    }
    if (step.name < 64 && parser->names.markup >> step.name & 1) {
        step.kind = STEP_MARKUP;
    }
    step.apart = step.name < 64 && parser->names.apart >> step.name & 1;
    step.made = step.name < 64 && parser->names.made >> step.name & 1;
    return add_step(parser, step, NULL);
}

/* A section's tag that has a line for itself takes the line's end with it. */
static void take_line_end(struct parser *parser, bool at_start) {
    if (at_start && parser->rest.len > 0 && parser->rest.data[0] == '\n') {
        parser->rest = text_span(parser->rest.data + 1, parser->rest.len - 1);
        parser->line++;
    }
}

static enum status take_next(struct parser *parser, const char *start) {
    struct text rest = parser->rest;
    const char *open = memmem(rest.data, rest.len, "{{", 2);
    size_t before = open ? (size_t)(open - rest.data) : rest.len;
    enum status status = add_words(parser, text_span(rest.data, before));
    if (status != ST_OK || !open) {
        parser->rest = text_span(rest.data + rest.len, 0);
        return status;
    }
    rest = text_span(open + 2, rest.len - before - 2);
    const char *close = memmem(rest.data, rest.len, "}}", 2);
    const char *line_end = memchr(rest.data, '\n', rest.len);
    if (!close || (line_end && line_end < close)) {
        return refuse(parser, parser->line, "{{ without }} on its line");
    }
    size_t len = (size_t)(close - rest.data);
    bool section;
    status = take_tag(parser, text_span(rest.data, len), &section);
    parser->rest = text_span(close + 2, rest.len - len - 2);
    if (status == ST_OK && section) {
        take_line_end(parser, open == start || open[-1] == '\n');
    }
    return status;
}

/* From a list to an array, since a section skips by number. */
static enum status gather(struct parser *parser, struct template **out) {
    struct template *template = arena_alloc(parser->arena, sizeof *template);
    struct step *steps = arena_alloc(parser->arena, (parser->count + 1) * sizeof *steps);
    if (!template || !steps) {
        return ST_FAULT;
    }
    size_t i = 0;
    for (const struct step *step = parser->first; step; step = step->next) {
        steps[i++] = *step;
    }
    *template = (struct template){steps, i};
    *out = template;
    return ST_OK;
}

enum status template_parse(struct text source, struct template_names names, struct arena *arena,
                           struct template **out, struct template_fault *fault) {
    struct parser parser = {
        .names = names, .rest = source, .line = 1, .arena = arena, .fault = fault};
    enum status status = ST_OK;
    while (status == ST_OK && parser.rest.len > 0) {
        status = take_next(&parser, source.data);
    }
    if (status == ST_OK && parser.depth > 0) {
        status = refuse(&parser, parser.open_line[parser.depth - 1], "{{#if}} without {{/if}}");
    }
    return status == ST_OK ? gather(&parser, out) : status;
}

/* --- rendering --- */

static const char *entity_of(char c) {
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

static void add_html(struct buffer *out, struct text words) {
    size_t start = 0;
    for (size_t i = 0; i < words.len; i++) {
        const char *entity = entity_of(words.data[i]);
        if (entity) {
            buffer_add(out, words.data + start, i - start);
            buffer_add_string(out, entity);
            start = i + 1;
        }
    }
    buffer_add(out, words.data + start, words.len - start);
}

static void add_line(struct buffer *out, struct text value, bool made) {
    if (made) {
        oneline_add_made(out, value, ONELINE_MAX);
    } else {
        oneline_add(out, value, ONELINE_MAX);
    }
}

static void add_value(struct buffer *out, enum template_place place, struct text value, bool made) {
    struct buffer line;
    if (place == TEMPLATE_TEXT) {
        add_line(out, value, made);
        return;
    }
    buffer_init(&line, value.len * 3 + 8); /* a bad byte becomes three */
    add_line(&line, value, made);
    if (line.failed) {
        out->failed = true;
    } else {
        add_html(out, buffer_text(&line));
    }
    buffer_done(&line);
}

void template_add_value(struct buffer *out, enum template_place place, struct text value) {
    add_value(out, place, value, false);
}

/* By what is seen: marks that run so themselves are cleaned away. */
static bool runs_leftward(struct text value) {
    while (value.len > 0) {
        int32_t point = utf8_next(&value);
        int class = point < 0 ? UC_BIDI_ON : uc_bidi_class((ucs4_t)point);
        if ((class == UC_BIDI_R || class == UC_BIDI_AL) &&
            !uc_is_property_default_ignorable_code_point((ucs4_t)point)) {
            return true;
        }
    }
    return false;
}

/* Marks that nothing needs would be boxes in old mail programs. */
static void add_apart(struct buffer *out, enum template_place place, struct text value) {
    static const char marks[] = "\u2068\u2069";
    size_t len = runs_leftward(value) ? strlen(marks) / 2 : 0;
    buffer_add(out, marks, len);
    template_add_value(out, place, value);
    buffer_add(out, marks + len, len);
}

void template_render_or(const struct template *template, enum template_place place,
                        const struct text *values, const struct text *otherwise,
                        struct buffer *out) {
    for (size_t i = 0; i < template->count; i++) {
        const struct step *step = &template->steps[i];
        bool empty = step->kind != STEP_WORDS && values[step->name].len == 0;
        if (empty && step->kind == STEP_VALUE && step->words.len == 0 && otherwise) {
            template_add_value(out, place, otherwise[step->name]);
        } else if (step->kind == STEP_WORDS || (empty && step->kind != STEP_IF)) {
            buffer_add_text(out, step->words);
        } else if (step->kind == STEP_VALUE && step->apart) {
            add_apart(out, place, values[step->name]);
        } else if (step->kind == STEP_VALUE) {
            add_value(out, place, values[step->name], step->made);
        } else if (step->kind == STEP_MARKUP) {
            buffer_add_text(out, values[step->name]);
        } else if (empty) {
            i = step->skip - 1;
        }
    }
}

void template_render(const struct template *template, enum template_place place,
                     const struct text *values, struct buffer *out) {
    template_render_or(template, place, values, NULL, out);
}

/* From the few marks of a letter's file to the templates of its two forms.
 *
 *   Subject: ...          the first lines, then an empty one; lines that start with # say nothing
 *   Preview: ...
 *   words, words          a paragraph; a backslash at the end of a line breaks it there
 *   > words               the petition: the first such line is its title
 *   [Words](name_url)     a link, alone on its line: a button above ---, small below; it goes away
 *                         where there is no such address
 *   {{#if x}}, {{/if}}    alone on their lines, around paragraphs
 *   {{letter}}            alone on its line: a block that the program makes; also {{asks}},
 *                         {{signature}}, {{office}}
 *   ---                   the small print begins */
#include <stdio.h>
#include <string.h>

#include "letter_private.h"

enum { PART_BODY, PART_FOOT, PARTS };
enum { SOURCE_MAX = 64 * 1024 };
/* Of an own letter's HTML, so that names, titles and links still fit. */
enum { PAGE_MAX = LETTER_HTML_MAX - 10 * 1024 };

/* What a letter is for nothing without, by kind; [0]: every foot. */
static const enum letter_value must_link[LETTER_KINDS + 1][3] = {
    [0] = {VALUE_ME_URL, VALUE_VIEW_URL, VALUE_UNSUBSCRIBE_URL},
    [LETTER_CONFIRM] = {VALUE_CONFIRM_URL, VALUE_NOT_ME_URL},
    [LETTER_THANKS] = {VALUE_PETITION_URL, VALUE_NOT_ME_URL},
    [LETTER_ALREADY] = {VALUE_PETITION_URL, VALUE_NOT_ME_URL},
    [LETTER_REMINDER] = {VALUE_CONFIRM_URL, VALUE_NOT_ME_URL},
    [LETTER_PAGE] = {VALUE_ME_URL},
    [LETTER_LIST] = {VALUE_SIGN_URL, VALUE_VIEW_URL, VALUE_UNSUBSCRIBE_URL},
};

/* One file on its way into both forms. */
struct markup {
    const struct letter_layout *layout;
    const struct letter_file *file;
    struct source_fault *fault;
    size_t line;
    int part;
    bool in_quote, failed, to_list;
    uint64_t linked;           /* 1 << enum letter_value; of those that everybody gets */
    int depth;                 /* {{#if}} that are open */
    struct buffer text;        /* templates' sources */
    struct buffer html[PARTS]; /* likewise */
    struct buffer words;       /* the paragraph so far; \n is a hard break */
};

/* --- pieces --- */

/* Words of the file itself: brackets of placeholders need no escaping. */
static void add_escaped(struct buffer *out, struct text words) {
    for (size_t i = 0; i < words.len; i++) {
        char c = words.data[i];
        const char *entity = c == '&'    ? "&amp;"
                             : c == '<'  ? "&lt;"
                             : c == '>'  ? "&gt;"
                             : c == '\n' ? "<br>\n"
                                         : NULL;
        if (entity) {
            buffer_add_string(out, entity);
        } else {
            buffer_add(out, &c, 1);
        }
    }
}

/* The piece with {{words}} and {{link}} filled in. */
static void add_piece(struct buffer *out, struct text piece, struct text words, const char *link) {
    while (piece.len > 0) {
        const char *at = memmem(piece.data, piece.len, "{{words}}", 9);
        const char *link_at = memmem(piece.data, piece.len, "{{link}}", 8);
        bool is_link = link_at && (!at || link_at < at);
        at = is_link ? link_at : at;
        size_t before = at ? (size_t)(at - piece.data) : piece.len;
        buffer_add(out, piece.data, before);
        if (at && is_link) {
            buffer_printf(out, "{{%s}}", link ? link : "petition_url");
        } else if (at) {
            add_escaped(out, words);
        }
        size_t used = before + (at ? (is_link ? 8u : 9u) : 0);
        piece = text_span(piece.data + used, piece.len - used);
    }
}

static void put(struct markup *markup, enum letter_piece piece, struct text words,
                const char *link) {
    add_piece(&markup->html[markup->part], markup->layout->pieces[piece], words, link);
}

static void end_paragraph(struct markup *markup) {
    struct text words = text_trim(buffer_text(&markup->words));
    if (words.len > 0) {
        buffer_add_text(&markup->text, words);
        buffer_add_string(&markup->text, "\n");
        put(markup, markup->part == PART_BODY ? PIECE_PARAGRAPH : PIECE_SMALL, words, NULL);
    }
    markup->failed |= markup->words.failed;
    buffer_reset(&markup->words);
}

/* --- lines --- */

static void take_quote(struct markup *markup, struct text words) {
    bool first = !markup->in_quote;
    end_paragraph(markup);
    markup->in_quote = true;
    buffer_add_string(&markup->text, "    ");
    buffer_add_text(&markup->text, words);
    buffer_add_string(&markup->text, "\n");
    put(markup, first ? PIECE_TITLE : PIECE_UNDER, words, NULL);
}

static enum status take_link(struct markup *markup, struct text words, struct text name) {
    int value = VALUE_FIRST_LINK;
    while (value < LETTER_VALUES && !text_is(name, letter_names[value])) {
        value++;
    }
    if (value == LETTER_VALUES || words.len == 0) {
        return source_refuse(markup->fault, markup->file->path, markup->line,
                             "not a link: `[Words](name_url)`, where name_url is one of the links");
    }
    const char *link = letter_names[value];
    struct buffer *html = &markup->html[markup->part];
    end_paragraph(markup);
    if (markup->depth == 0) {
        markup->linked |= UINT64_C(1) << value;
    }
    buffer_printf(&markup->text, "{{#if %s}}\n\n%.*s:\n{{%s}}\n\n{{/if}}\n", link, (int)words.len,
                  words.data, link);
    buffer_printf(html, "{{#if %s}}\n", link);
    put(markup, markup->part == PART_BODY ? PIECE_BUTTON : PIECE_LINK, words, link);
    buffer_add_string(html, "{{/if}}\n");
    return ST_OK;
}

static void begin_foot(struct markup *markup) {
    end_paragraph(markup);
    if (markup->part == PART_BODY) {
        buffer_add_string(&markup->text, "\n---\n\n");
    }
    markup->part = PART_FOOT;
}

static void take_words(struct markup *markup, struct text line) {
    bool breaks = line.data[line.len - 1] == '\\';
    buffer_add(&markup->words, line.data, line.len - breaks);
    buffer_add_string(&markup->words, breaks ? "\n" : " ");
}

static bool is_section(struct text line) {
    bool one = line.len > 4 && !memmem(line.data + 2, line.len - 2, "{{", 2) &&
               memcmp(line.data + line.len - 2, "}}", 2) == 0;
    return one && (text_starts(line, "{{#if ") || text_is(line, "{{/if}}"));
}

static bool is_block(struct text line) {
    char name[TEMPLATE_NAME_MAX + 4];
    for (int value = VALUE_LETTER; value <= VALUE_OFFICE; value++) {
        snprintf(name, sizeof name, "{{%s}}", letter_names[value]);
        if (text_is(line, name)) {
            return true;
        }
    }
    return false;
}

static void take_block(struct markup *markup, struct text line) {
    end_paragraph(markup);
    buffer_printf(&markup->text, "%.*s\n", (int)line.len, line.data);
    buffer_printf(&markup->html[markup->part], "%.*s\n", (int)line.len, line.data);
}

static int count_of(struct text line, const char *word) {
    size_t len = strlen(word);
    int count = 0;
    for (size_t i = 0; i + len <= line.len; i++) {
        count += memcmp(line.data + i, word, len) == 0;
    }
    return count;
}

static enum status take_line(struct markup *markup, struct text line) {
    struct text inner = line.len > 0 ? text_span(line.data + 1, line.len - 1) : line;
    bool quote = line.len > 0 && line.data[0] == '>';
    markup->in_quote &= quote || is_section(line);
    if (quote) {
        take_quote(markup, text_trim(inner));
    } else if (line.len == 0) {
        end_paragraph(markup);
        buffer_add_string(&markup->text, "\n");
    } else if (text_is(line, "---")) {
        begin_foot(markup);
    } else if (is_section(line) || is_block(line)) {
        take_block(markup, line);
    } else if (line.data[0] == '[' && line.data[line.len - 1] == ')') {
        struct text name = text_span(inner.data, inner.len - 1);
        struct text words = text_cut(&name, ']');
        bool shaped = name.len > 1 && name.data[0] == '(';
        return take_link(markup, words,
                         shaped ? text_span(name.data + 1, name.len - 1) : text_of(""));
    } else {
        take_words(markup, line);
    }
    return ST_OK;
}

static enum status take_lines(struct markup *markup, struct text rest) {
    enum status status = ST_OK;
    while (status == ST_OK && rest.len > 0) {
        struct text line = text_trim(text_cut(&rest, '\n'));
        markup->line++;
        status = take_line(markup, line);
        markup->depth += count_of(line, "{{#if ") - count_of(line, "{{/if}}");
    }
    end_paragraph(markup);
    return status;
}

static enum status has_links(const struct markup *markup, size_t row) {
    for (size_t i = 0; i < 3; i++) {
        enum letter_value value = must_link[row][i];
        if (value != 0 && (markup->linked & UINT64_C(1) << value) == 0) {
            return source_refuse(markup->fault, markup->file->path, 0,
                                 "the link `[Words](%s)` is missing, or not there for everybody: "
                                 "it stands between {{#if}} and {{/if}}",
                                 letter_names[value]);
        }
    }
    return ST_OK;
}

/* --- heads --- */

static bool after(struct text line, const char *name, struct text *out) {
    size_t len = strlen(name);
    if (!text_starts(line, name)) {
        return false;
    }
    *out = text_trim(text_span(line.data + len, line.len - len));
    return true;
}

/* Cuts the lines up to the first empty one off. */
static enum status take_head(struct markup *markup, struct text *rest, struct text *subject,
                             struct text *preview, struct text *friend) {
    const char *path = markup->file->path;
    while (rest->len > 0) {
        struct text line = text_trim(text_cut(rest, '\n'));
        markup->line++;
        if (line.len == 0 && subject->len > 0 && preview->len > 0) {
            return ST_OK;
        }
        if (line.len > 0 && memchr(line.data, '\t', line.len)) {
            return source_refuse(markup->fault, path, markup->line, "a tab: write a space");
        }
        bool comment = line.len > 0 && line.data[0] == '#';
        if (!comment && !after(line, "Subject:", subject) && !after(line, "Preview:", preview) &&
            !(markup->to_list && after(line, "Friend:", friend))) {
            break;
        }
    }
    return source_refuse(markup->fault, path, markup->line,
                         "a letter begins with `Subject: ...`, `Preview: ...` and an empty line");
}

/* Says which line of the file as it stands has a wrong placeholder. */
static enum status check_file(const struct letter_file *file, struct arena *arena,
                              struct source_fault *fault) {
    struct template *unused;
    struct template_fault why;
    enum status status = template_parse(file->content, letter_placeholders, arena, &unused, &why);
    return status == ST_INVALID ? source_refuse(fault, file->path, why.line, "%s", why.message)
                                : status;
}

/* --- both forms --- */

/* The page with body and foot filled in. */
static void add_page(struct buffer *out, const struct markup *markup) {
    struct text page = markup->layout->pieces[PIECE_PAGE];
    while (page.len > 0) {
        const char *body = memmem(page.data, page.len, "{{body}}", 8);
        const char *foot = memmem(page.data, page.len, "{{foot}}", 8);
        bool is_foot = foot && (!body || foot < body);
        const char *at = is_foot ? foot : body;
        size_t before = at ? (size_t)(at - page.data) : page.len;
        buffer_add(out, page.data, before);
        if (at) {
            buffer_add_text(out, buffer_text(&markup->html[is_foot ? PART_FOOT : PART_BODY]));
        }
        size_t used = before + (at ? 8 : 0);
        page = text_span(page.data + used, page.len - used);
    }
}

static enum status make(const struct markup *markup, struct text source, struct arena *arena,
                        struct template **out) {
    struct template_fault why;
    struct text kept = arena_copy(arena, source);
    enum status status =
        kept.data ? template_parse(kept, letter_placeholders, arena, out, &why) : ST_FAULT;
    return status == ST_INVALID
               ? source_refuse(markup->fault, markup->file->path, 0, "%s", why.message)
               : status;
}

static enum status make_all(const struct markup *markup, struct text subject, struct text preview,
                            struct arena *arena, struct letter_text *out) {
    struct buffer page;
    if (markup->failed || markup->text.failed || markup->html[PART_BODY].failed ||
        markup->html[PART_FOOT].failed) {
        return ST_FAULT;
    }
    buffer_init(&page, 4 * SOURCE_MAX);
    add_page(&page, markup);
    enum status status = ST_OK;
    if (!markup->to_list && page.len > PAGE_MAX) {
        status =
            source_refuse(markup->fault, markup->file->path, 0,
                          "with its foot and layout.html more than %d kB of HTML", PAGE_MAX / 1024);
    }
    status = status == ST_OK ? make(markup, buffer_text(&markup->text), arena, &out->text) : status;
    status = status == ST_OK ? make(markup, buffer_text(&page), arena, &out->html) : status;
    status = status == ST_OK ? make(markup, subject, arena, &out->subject) : status;
    status = status == ST_OK ? make(markup, preview, arena, &out->preview) : status;
    buffer_done(&page);
    return status;
}

static enum status take_foot(struct markup *markup, const struct letter_file *foot) {
    begin_foot(markup);
    markup->file = foot;
    markup->line = 0;
    markup->linked = 0;
    buffer_add_string(&markup->text, "\n");
    enum status status = take_lines(markup, foot->content);
    return status == ST_OK ? has_links(markup, 0) : status;
}

enum status letter_markup(const struct letter_source *source, struct arena *arena,
                          struct letter_text *out, struct source_fault *fault) {
    struct markup markup = {.layout = source->layout,
                            .file = source->letter,
                            .fault = fault,
                            .to_list = source->kind == LETTER_LIST};
    struct text rest = source->letter->content, subject = text_of(""), preview = text_of("");
    struct letter_text made = {0};
    buffer_init(&markup.text, SOURCE_MAX);
    buffer_init(&markup.words, SOURCE_MAX);
    buffer_init(&markup.html[PART_BODY], SOURCE_MAX);
    buffer_init(&markup.html[PART_FOOT], SOURCE_MAX);
    enum status status = check_file(source->letter, arena, fault);
    status = status == ST_OK ? check_file(source->foot, arena, fault) : status;
    status = status == ST_OK ? take_head(&markup, &rest, &subject, &preview, &made.friend) : status;
    status = status == ST_OK ? take_lines(&markup, rest) : status;
    status = status == ST_OK ? has_links(&markup, source->kind) : status;
    if (source->kind != LETTER_LIST) {
        status = status == ST_OK ? take_foot(&markup, source->foot) : status;
    }
    markup.file = source->letter;
    status = status == ST_OK ? make_all(&markup, subject, preview, arena, &made) : status;
    if (status == ST_OK) {
        *out = made;
    }
    buffer_done(&markup.text);
    buffer_done(&markup.words);
    buffer_done(&markup.html[PART_BODY]);
    buffer_done(&markup.html[PART_FOOT]);
    return status;
}

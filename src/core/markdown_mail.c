/* A letter's Markdown as mail shows it: HTML with its looks in each element, and plain text. */
#include <cmark.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/markdown.h"
#include "markdown_private.h"

enum { HEADINGS = 3 };

#define FONT "font-family:-apple-system,'Segoe UI',Roboto,Arial,sans-serif;"
#define WORDS FONT "font-size:17px;line-height:26px;color:#1f2430;"
#define HEADING FONT "font-weight:bold;color:#1f2430;"

/* --- HTML --- */

/* What cmark writes, and what stands in its place. No words can hold such a tag: theirs is escaped.
 */
static const struct {
    const char *tag, *styled;
} looks[] = {
    {"<p>", "<p class=\"words\" style=\"margin:0 0 18px 0;" WORDS "\">"},
    {"<li>", "<li class=\"words\" style=\"margin:0 0 8px 0;" WORDS "\">"},
    {"<ul>", "<ul style=\"margin:0 0 18px 0;padding:0 24px;\">"},
    {"<ol>", "<ol style=\"margin:0 0 18px 0;padding:0 24px;\">"},
    {"<ol ", "<ol style=\"margin:0 0 18px 0;padding:0 24px;\" "},
    {"<h1>",
     "<h1 class=\"title\" style=\"margin:0 0 14px 0;font-size:22px;line-height:30px;" HEADING
     "\">"},
    {"<h2>",
     "<h2 class=\"title\" style=\"margin:0 0 14px 0;font-size:20px;line-height:28px;" HEADING
     "\">"},
    {"<h3>",
     "<h3 class=\"title\" style=\"margin:0 0 12px 0;font-size:18px;line-height:26px;" HEADING
     "\">"},
    {"<blockquote>",
     "<blockquote style=\"margin:0 0 18px 0;padding:0 16px;border-left:3px solid #b6bcc6;"
     "border-right:3px solid #b6bcc6;\">"},
    {"<pre>",
     "<pre class=\"words\" style=\"margin:0 0 18px 0;white-space:pre-wrap;font-size:15px;\">"},
    {"<hr />", "<hr style=\"margin:18px 0;border:0;border-top:1px solid #b6bcc6;\">"},
    {"<br />", "<br>"},
    {"<a href", "<a style=\"color:#1a56c4;text-decoration:underline;\" href"},
};

/* Below the third level mail programs have looks of their own, which no dark card knows. */
static void raise_headings(cmark_node *document) {
    cmark_iter *iter = cmark_iter_new(document);
    while (cmark_iter_next(iter) != CMARK_EVENT_DONE) {
        cmark_node *node = cmark_iter_get_node(iter);
        if (cmark_node_get_heading_level(node) > HEADINGS) {
            cmark_node_set_heading_level(node, HEADINGS);
        }
    }
    cmark_iter_free(iter);
}

static const char *look_at(const char *at, size_t *used) {
    for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++) {
        size_t len = strlen(looks[i].tag);
        if (strncmp(at, looks[i].tag, len) == 0) {
            *used = len;
            return looks[i].styled;
        }
    }
    return NULL;
}

static void add_styled(struct buffer *out, const char *html) {
    const char *start = html;
    while (*html != '\0') {
        size_t used = 0;
        const char *styled = *html == '<' ? look_at(html, &used) : NULL;
        if (!styled) {
            html++;
            continue;
        }
        buffer_add(out, start, (size_t)(html - start));
        buffer_add_string(out, styled);
        html += used;
        start = html;
    }
    buffer_add(out, start, (size_t)(html - start));
}

/* --- plain text --- */

static void end_line(struct buffer *out) {
    if (out->len > 0 && out->data[out->len - 1] != '\n') {
        buffer_add_string(out, "\n");
    }
}

/* Two spaces a level; the item's own mark in front of its first words. */
static void begin_item(struct buffer *out, cmark_node *item) {
    cmark_node *list = cmark_node_parent(item);
    int number = cmark_node_get_list_start(list);
    end_line(out);
    for (cmark_node *at = cmark_node_parent(list); at; at = cmark_node_parent(at)) {
        buffer_add_string(out, cmark_node_get_type(at) == CMARK_NODE_ITEM ? "  " : "");
    }
    for (cmark_node *at = cmark_node_previous(item); at; at = cmark_node_previous(at)) {
        number++;
    }
    if (cmark_node_get_list_type(list) == CMARK_ORDERED_LIST) {
        buffer_printf(out, "%d. ", number);
    } else {
        buffer_add_string(out, "- ");
    }
}

static void end_block(struct buffer *out, cmark_node *node) {
    end_line(out);
    if (cmark_node_get_type(cmark_node_parent(node)) != CMARK_NODE_ITEM) {
        buffer_add_string(out, "\n");
    }
}

static void end_link(struct buffer *out, cmark_node *node) {
    const char *url = cmark_node_get_url(node);
    cmark_node *words = cmark_node_first_child(node);
    const char *shown = words ? cmark_node_get_literal(words) : NULL;
    if (url[0] != '\0' && !(shown && strcmp(shown, url) == 0)) {
        buffer_printf(out, " (%s)", url);
    }
}

static void enter_node(struct buffer *out, cmark_node *node) {
    const char *literal = cmark_node_get_literal(node);
    switch ((int)cmark_node_get_type(node)) {
    case CMARK_NODE_ITEM:
        begin_item(out, node);
        break;
    case CMARK_NODE_SOFTBREAK:
        buffer_add_string(out, " ");
        break;
    case CMARK_NODE_LINEBREAK:
        buffer_add_string(out, "\n");
        break;
    case CMARK_NODE_THEMATIC_BREAK:
        buffer_add_string(out, "* * *\n\n");
        break;
    case CMARK_NODE_CODE_BLOCK:
        buffer_add_string(out, literal);
        buffer_add_string(out, "\n");
        break;
    default:
        buffer_add_string(out, literal ? literal : "");
    }
}

static void leave_node(struct buffer *out, cmark_node *node) {
    switch ((int)cmark_node_get_type(node)) {
    case CMARK_NODE_PARAGRAPH:
    case CMARK_NODE_HEADING:
    case CMARK_NODE_LIST:
        end_block(out, node);
        break;
    case CMARK_NODE_LINK:
        end_link(out, node);
        break;
    default:
        break;
    }
}

static void add_text(cmark_node *document, struct buffer *out) {
    cmark_iter *iter = cmark_iter_new(document);
    for (cmark_event_type event = cmark_iter_next(iter); event != CMARK_EVENT_DONE;
         event = cmark_iter_next(iter)) {
        cmark_node *node = cmark_iter_get_node(iter);
        if (event == CMARK_EVENT_ENTER) {
            enter_node(out, node);
        } else {
            leave_node(out, node);
        }
    }
    cmark_iter_free(iter);
}

void markdown_add_mail(struct text markdown, struct buffer *html, struct buffer *text) {
    cmark_node *document = cmark_parse_document(markdown.data, markdown.len, CMARK_OPT_DEFAULT);
    markdown_tidy(document, true);
    raise_headings(document);
    char *page = cmark_render_html(document, CMARK_OPT_DEFAULT); /* safe unless told otherwise */
    add_styled(html, page);
    add_text(document, text);
    free(page);
    cmark_node_free(document);
}

/* --- links --- */

static bool is_dead(const char *url) {
    static const char *const schemes[] = {"https://", "http://", "mailto:"};
    if ((url[0] == '/' && url[1] != '/') || url[0] == '#') {
        return false;
    }
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        size_t len = strlen(schemes[i]);
        if (strncasecmp(url, schemes[i], len) == 0) {
            return url[len] == '\0' || url[len] == '/' || strpbrk(url, " \t\n") != NULL ||
                   strstr(url, "{{") != NULL;
        }
    }
    return true;
}

bool markdown_dead_link(struct text markdown, char *out, size_t size) {
    cmark_node *document = cmark_parse_document(markdown.data, markdown.len, CMARK_OPT_DEFAULT);
    cmark_iter *iter = cmark_iter_new(document);
    bool found = false;
    while (!found && cmark_iter_next(iter) != CMARK_EVENT_DONE) {
        cmark_node *node = cmark_iter_get_node(iter);
        found = cmark_node_get_type(node) == CMARK_NODE_LINK && is_dead(cmark_node_get_url(node));
        if (found) {
            snprintf(out, size, "%s", cmark_node_get_url(node));
        }
    }
    cmark_iter_free(iter);
    cmark_node_free(document);
    return found;
}

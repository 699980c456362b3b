#include "core/markdown.h"

#include <cmark.h>
#include <stdlib.h>
#include <string.h>

#include "core/oneline.h"
#include "markdown_private.h"

enum { WORDS_MAX = 1024 * 1024, HEADINGS = 6 };

/* What somebody wrote is shown, whatever a parser of HTML would make of it: cmark's safe mode alone
 * would leave it out, and people would sign what they cannot read. */
static void show_html(cmark_node *node) {
    cmark_node *words = cmark_node_new(CMARK_NODE_TEXT);
    cmark_node_set_literal(words, cmark_node_get_literal(node));
    cmark_node *shown = words;
    if (cmark_node_get_type(node) == CMARK_NODE_HTML_BLOCK) {
        shown = cmark_node_new(CMARK_NODE_PARAGRAPH);
        cmark_node_append_child(shown, words);
    }
    cmark_node_replace(node, shown);
    cmark_node_free(node);
}

static void keep_words(cmark_node *node) {
    cmark_node *child = cmark_node_first_child(node);
    while (child) {
        cmark_node_insert_before(node, child);
        child = cmark_node_first_child(node);
    }
    cmark_node_unlink(node);
    cmark_node_free(node);
}

/* Pictures of our own host only: another one would learn who reads this. */
static void take_image(cmark_node *node, bool mail) {
    const char *url = cmark_node_get_url(node);
    if (mail || url[0] != '/' || url[1] == '/' || url[1] == '\\') {
        keep_words(node);
    }
}

static void take_link(cmark_node *node, bool mail) {
    static const char *const schemes[] = {"https:", "http:", "mailto:"};
    const char *url = cmark_node_get_url(node);
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        if (strncasecmp(url, schemes[i], strlen(schemes[i])) == 0) {
            return;
        }
    }
    if (mail) {
        keep_words(node);
    } else if (url[0] != '/' && url[0] != '#') {
        cmark_node_set_url(node, "");
    }
}

static void take_node(cmark_node *node, bool mail) {
    switch ((int)cmark_node_get_type(node)) {
    case CMARK_NODE_HTML_BLOCK:
    case CMARK_NODE_HTML_INLINE:
        show_html(node);
        break;
    case CMARK_NODE_IMAGE:
        take_image(node, mail);
        break;
    case CMARK_NODE_LINK:
        take_link(node, mail);
        break;
    default:
        break;
    }
}

/* A node may go when the iterator has left it: it knows the next one by then. */
void markdown_tidy(cmark_node *document, bool mail) {
    cmark_iter *iter = cmark_iter_new(document);
    cmark_event_type event = cmark_iter_next(iter);
    while (event != CMARK_EVENT_DONE) {
        cmark_node *node = cmark_iter_get_node(iter);
        cmark_node_type type = cmark_node_get_type(node);
        bool leaf = type == CMARK_NODE_HTML_BLOCK || type == CMARK_NODE_HTML_INLINE;
        if (event == CMARK_EVENT_EXIT || leaf) {
            take_node(node, mail);
        }
        event = cmark_iter_next(iter);
    }
    cmark_iter_free(iter);
}

/* Words alone; between what stands apart, a space. */
static void add_words(cmark_node *document, struct buffer *out) {
    cmark_iter *iter = cmark_iter_new(document);
    for (cmark_event_type event = cmark_iter_next(iter); event != CMARK_EVENT_DONE;
         event = cmark_iter_next(iter)) {
        cmark_node *node = cmark_iter_get_node(iter);
        const char *literal = cmark_node_get_literal(node);
        cmark_node_type type = cmark_node_get_type(node);
        if (literal) {
            buffer_add_string(out, literal);
        }
        if (type == CMARK_NODE_SOFTBREAK || type == CMARK_NODE_LINEBREAK ||
            (type < CMARK_NODE_TEXT && event == CMARK_EVENT_EXIT)) {
            buffer_add_string(out, " ");
        }
    }
    cmark_iter_free(iter);
}

struct outline {
    int above[HEADINGS + 1], depth; /* above[1..depth]: the levels that this heading stands below */
};

static void lower(struct outline *outline, cmark_node *heading) {
    int level = cmark_node_get_heading_level(heading);
    while (outline->depth > 0 && outline->above[outline->depth] >= level) {
        outline->depth--;
    }
    outline->above[++outline->depth] = level;
    cmark_node_set_heading_level(heading,
                                 outline->depth < HEADINGS ? outline->depth + 1 : HEADINGS);
}

/* Below the page's title, and no step is left out: who goes from heading to heading by ear misses
 * none. What stood on one level still does. */
static void lower_headings(cmark_node *document) {
    struct outline outline = {{0}, 0};
    cmark_iter *iter = cmark_iter_new(document);
    for (cmark_event_type event = cmark_iter_next(iter); event != CMARK_EVENT_DONE;
         event = cmark_iter_next(iter)) {
        cmark_node *node = cmark_iter_get_node(iter);
        if (event == CMARK_EVENT_ENTER && cmark_node_get_type(node) == CMARK_NODE_HEADING) {
            lower(&outline, node);
        }
    }
    cmark_iter_free(iter);
}

/* cmark writes XHTML's "<br />", and text's own ">" as "&gt;". */
static void add_html(struct buffer *html, const char *page) {
    const char *end = strstr(page, " />");
    while (end) {
        buffer_add(html, page, (size_t)(end - page));
        buffer_add_string(html, ">");
        page = end + 3;
        end = strstr(page, " />");
    }
    buffer_add_string(html, page);
}

void markdown_add(struct text markdown, struct buffer *html, struct buffer *excerpt) {
    struct buffer words;
    cmark_node *document = cmark_parse_document(markdown.data, markdown.len, CMARK_OPT_DEFAULT);
    markdown_tidy(document, false);
    lower_headings(document);
    char *page = cmark_render_html(document, CMARK_OPT_DEFAULT); /* safe unless told otherwise */
    add_html(html, page);
    buffer_init(&words, WORDS_MAX);
    add_words(document, &words);
    excerpt->failed = excerpt->failed || words.failed;
    oneline_add(excerpt, buffer_text(&words), MARKDOWN_EXCERPT);
    buffer_done(&words);
    free(page);
    cmark_node_free(document);
}

/* Pieces of the page that are lists of something. */
#include "page_private.h"

static void add(struct buffer *out, struct text value) {
    template_add_value(out, TEMPLATE_HTML, value);
}

void page_add_list(struct buffer *out, const struct text *items, size_t count) {
    for (size_t i = 0; i < count; i++) {
        buffer_add_string(out, "<li>");
        add(out, items[i]);
        buffer_add_string(out, "</li>");
    }
}

void page_add_url(struct buffer *out, const struct page_facts *facts,
                  const struct petition_text *text) {
    buffer_add_text(out, facts->base_url);
    buffer_add_string(out, "/p/");
    buffer_add_text(out, facts->petition->slug);
    if (text != &facts->petition->texts[0]) {
        buffer_add_string(out, "?lang=");
        buffer_add_text(out, text->language);
    }
}

static void add_alternate(struct buffer *out, const struct page_facts *facts, struct text language,
                          const struct petition_text *text) {
    buffer_add_string(out, "  <link rel=\"alternate\" hreflang=\"");
    add(out, language);
    buffer_add_string(out, "\" href=\"");
    page_add_url(out, facts, text);
    buffer_add_string(out, "\">\n");
}

void page_add_alternates(struct buffer *out, const struct page_facts *facts) {
    const struct petition *petition = facts->petition;
    for (size_t i = 0; petition->texts_count > 1 && i < petition->texts_count; i++) {
        add_alternate(out, facts, petition->texts[i].language, &petition->texts[i]);
    }
    if (petition->texts_count > 1) {
        add_alternate(out, facts, text_of("x-default"), &petition->texts[0]);
    }
}

/* For people always with the language: without, the browser's would decide. */
static void add_language(struct buffer *out, const struct pages *pages, struct text language,
                         bool current) {
    const struct page_tongue *tongue = page_tongue_find(pages, language);
    struct text rest = language;
    struct text main = text_cut(&rest, '-');
    bool ours = rest.data == NULL && text_equal(main, tongue->language);
    buffer_printf(out, "<a href=\"?lang=%.*s\" lang=\"%.*s\" hreflang=\"%.*s\"%s>",
                  (int)language.len, language.data, (int)language.len, language.data,
                  (int)language.len, language.data, current ? " aria-current=\"true\"" : "");
    add(out, ours ? tongue->words[WORD_NAME] : language);
    buffer_add_string(out, "</a>");
}

void page_add_languages(struct buffer *out, const struct pages *pages,
                        const struct page_facts *facts) {
    const struct petition *petition = facts->petition;
    for (size_t i = 0; petition->texts_count > 1 && i < petition->texts_count; i++) {
        buffer_add_string(out, i > 0 ? " " : "");
        add_language(out, pages, petition->texts[i].language, &petition->texts[i] == facts->text);
    }
}

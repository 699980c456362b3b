/* The page in the words of schema.org. */
#include "core/json.h"
#include "page_private.h"

static json_t *string_of(struct text text) {
    return json_stringn(text.data ? text.data : "", text.len);
}

static json_t *url_of(const struct page_facts *facts) {
    struct buffer url;
    buffer_init(&url, 4096);
    page_add_url(&url, facts, facts->text);
    json_t *value = string_of(buffer_text(&url));
    buffer_done(&url);
    return value;
}

static json_t *publisher_of(const struct petition *petition) {
    json_t *value = json_pack("{s:s,s:o}", "@type", "Organization", "name",
                              string_of(petition->organization_name));
    if (petition->organization_url.len > 0) {
        json_object_set_new(value, "url", string_of(petition->organization_url));
    }
    return value;
}

static json_t *make(const struct page_facts *facts) {
    const struct petition *petition = facts->petition;
    const struct petition_text *text = facts->text;
    json_t *value = json_pack("{s:s,s:s,s:o,s:o,s:o}", "@context", "https://schema.org", "@type",
                              "WebPage", "name", string_of(text->title), "url", url_of(facts),
                              "inLanguage", string_of(text->language));
    if (text->excerpt.len > 0) {
        json_object_set_new(value, "description", string_of(text->excerpt));
    }
    if (petition->opened_at.len > 0) {
        json_object_set_new(value, "datePublished", string_of(petition->opened_at));
    }
    if (petition->organization_name.len > 0) {
        json_object_set_new(value, "publisher", publisher_of(petition));
    }
    if (page_tells_count(facts)) {
        json_object_set_new(value, "interactionStatistic",
                            json_pack("{s:s,s:s,s:I}", "@type", "InteractionCounter",
                                      "interactionType", "https://schema.org/EndorseAction",
                                      "userInteractionCount", (json_int_t)facts->count));
    }
    return value;
}

/* json_write makes it inert in HTML, so no element can end or begin in it. */
void page_add_data(struct buffer *out, const struct page_facts *facts) {
    json_t *value = make(facts);
    if (value) {
        json_write(value, out);
    } else {
        out->failed = true;
    }
    json_decref(value);
}

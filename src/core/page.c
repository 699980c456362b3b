#include "core/page.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/language.h"
#include "page_private.h"

const char *const page_names[VALUES] = {
    [VALUE_ALTERNATES] = "alternates",
    [VALUE_LANGUAGES] = "languages",
    [VALUE_TAGS] = "tags",
    [VALUE_LETTER] = "letter",
    [VALUE_ASKS] = "asks",
    [VALUE_JSON_LD] = "json_ld",
    [VALUE_LANGUAGE] = "language",
    [VALUE_DIRECTION] = "direction",
    [VALUE_LOCALE] = "locale",
    [VALUE_SLUG] = "slug",
    [VALUE_STATE] = "state",
    [VALUE_OPEN] = "open",
    [VALUE_CLOSED] = "closed",
    [VALUE_TEXT_VERSION] = "text_version",
    [VALUE_TITLE] = "title",
    [VALUE_TAG_LINE] = "tag_line",
    [VALUE_DESCRIPTION] = "description",
    [VALUE_ADDRESSEE] = "addressee",
    [VALUE_SALUTATION] = "salutation",
    [VALUE_CANONICAL] = "canonical",
    [VALUE_IMAGE] = "image",
    [VALUE_IMAGELESS] = "imageless",
    [VALUE_CARD] = "card",
    [VALUE_ORGANIZATION_NAME] = "organization_name",
    [VALUE_ORGANIZATION_URL] = "organization_url",
    [VALUE_ORGANIZATION_PLAIN] = "organization_plain",
    [VALUE_PRIVACY_URL] = "privacy_url",
    [VALUE_COUNT] = "count",
    [VALUE_COUNT_WRITTEN] = "count_written",
    [VALUE_SIGNATURES] = "say_signatures",
    [VALUE_COUNT_HIDDEN] = "count_hidden",
    [VALUE_GOAL] = "goal",
    [VALUE_GOAL_WORDS] = "goal_words",
    [VALUE_WORDS + WORD_NAME] = "say_name",
    [VALUE_WORDS + WORD_LANGUAGES] = "say_languages",
    [VALUE_WORDS + WORD_TO] = "say_to",
    [VALUE_WORDS + WORD_GOAL] = "say_goal",
    [VALUE_WORDS + WORD_THOUSAND] = "say_thousand",
    [VALUE_WORDS + WORD_BY] = "say_by",
    [VALUE_WORDS + WORD_ASKS] = "say_asks",
    [VALUE_WORDS + WORD_SIGN_TITLE] = "say_sign_title",
    [VALUE_WORDS + WORD_SIGN] = "say_sign",
    [VALUE_WORDS + WORD_PRIVACY] = "say_privacy",
    [VALUE_WORDS + WORD_OWN] = "say_own",
    [VALUE_WORDS + WORD_CLOSED] = "say_closed",
    [VALUE_WORDS + WORD_NOSCRIPT] = "say_noscript",
    [VALUE_WORDS + WORD_WITHDRAWN_TITLE] = "say_withdrawn_title",
    [VALUE_WORDS + WORD_WITHDRAWN] = "say_withdrawn",
    [VALUE_WORDS + WORD_ALL] = "say_all",
};

/* All values of one page, and where the made ones lie. */
struct values {
    struct text all[VALUES];
    struct buffer made[VALUES];
};

static const struct page_tongue *find(const struct pages *pages, struct text language) {
    const struct page_tongue *at = pages->tongues;
    while (at && !text_is_ignoring_case(language, at->language.data)) {
        at = at->next;
    }
    return at;
}

const struct page_tongue *page_tongue_find(const struct pages *pages, struct text language) {
    struct text rest = language;
    const struct page_tongue *tongue = find(pages, language);
    tongue = tongue ? tongue : find(pages, text_cut(&rest, '-'));
    return tongue ? tongue : find(pages, text_of("en"));
}

/* --- the number --- */

static int64_t round_goal(int64_t count) {
    int64_t power = 100;
    while (power * 5 <= count && power < INT64_MAX / 100) {
        power *= 10;
    }
    return power * (count < power ? 1 : count < power * 2 ? 2 : 5);
}

int64_t page_goal(const struct petition *petition, int64_t count) {
    for (size_t i = 0; i < petition->goals_count; i++) {
        if (petition->goals[i] > count) {
            return petition->goals[i];
        }
    }
    int64_t step = round_goal(count);
    bool nearer = petition->has_goal && petition->goal > count && petition->goal < step;
    return nearer ? petition->goal : step;
}

/* --- values --- */

static struct buffer *made(struct values *values, enum page_value value) {
    return &values->made[value];
}

/* Words with {goal} in them. */
static void add_goal(struct buffer *out, const struct page_tongue *tongue, int64_t goal) {
    struct text rest = tongue->words[WORD_GOAL];
    buffer_add_text(out, text_cut(&rest, '{'));
    if (text_starts(rest, "goal}")) {
        text_cut(&rest, '}');
        numeral_add(out, goal, tongue->words[WORD_THOUSAND]);
        buffer_add_text(out, rest);
    }
}

bool page_tells_count(const struct page_facts *facts) {
    return facts->counted && facts->count >= facts->petition->count_minimum;
}

static void set_number(struct values *values, const struct page_facts *facts,
                       const struct page_tongue *tongue) {
    int64_t goal = page_goal(facts->petition, facts->count);
    bool hidden = !page_tells_count(facts);
    enum numeral_form form = numeral_choose(tongue->language, hidden ? 0 : facts->count);
    values->all[VALUE_COUNT_HIDDEN] = text_of(hidden ? "yes" : "");
    values->all[VALUE_SIGNATURES] = tongue->signatures[form];
    if (!hidden) {
        buffer_printf(made(values, VALUE_COUNT), "%" PRId64, facts->count);
        numeral_add(made(values, VALUE_COUNT_WRITTEN), facts->count, tongue->words[WORD_THOUSAND]);
        add_goal(made(values, VALUE_GOAL_WORDS), tongue, goal);
    }
    buffer_printf(made(values, VALUE_GOAL), "%" PRId64, goal);
}

/* The organiser's own, else the one that was made of the title. */
static void set_image(struct values *values, const struct page_facts *facts) {
    const struct petition *petition = facts->petition;
    bool own = petition->image.len > 0, card = !own && facts->text->card.len > 0;
    values->all[VALUE_CARD] = text_of(card ? "yes" : "");
    values->all[VALUE_IMAGELESS] = text_of(own || card ? "" : "yes");
    if (own || card) {
        buffer_add_text(made(values, VALUE_IMAGE), facts->base_url);
    }
    if (own) {
        buffer_add_text(made(values, VALUE_IMAGE), petition->image);
    } else if (card) {
        buffer_printf(made(values, VALUE_IMAGE), "/p/%.*s/card/%.*s.png", (int)petition->slug.len,
                      petition->slug.data, (int)facts->text->card.len, facts->text->card.data);
    }
}

static void set_text(struct values *values, const struct page_facts *facts) {
    const struct petition_text *text = facts->text;
    struct text *all = values->all;
    all[VALUE_TITLE] = text->title;
    all[VALUE_TAG_LINE] = text->tag_line;
    all[VALUE_DESCRIPTION] = text->excerpt;
    all[VALUE_ADDRESSEE] = text->addressee;
    all[VALUE_SALUTATION] = text->salutation;
    all[VALUE_LETTER] = text->letter_html;
    page_add_list(made(values, VALUE_ASKS), text->asks, text->asks_count);
    page_add_url(made(values, VALUE_CANONICAL), facts, text);
}

static void set_petition(struct values *values, const struct page_facts *facts) {
    const struct petition *petition = facts->petition;
    struct text *all = values->all;
    bool linked = petition->organization_url.len > 0;
    all[VALUE_SLUG] = petition->slug;
    all[VALUE_STATE] = text_of(petition_state_name(facts->state));
    all[VALUE_OPEN] = text_of(facts->state == PETITION_OPEN ? "yes" : "");
    all[VALUE_CLOSED] = text_of(facts->state == PETITION_OPEN ? "" : "yes");
    all[VALUE_ORGANIZATION_NAME] = petition->organization_name;
    all[VALUE_ORGANIZATION_URL] = petition->organization_url;
    all[VALUE_ORGANIZATION_PLAIN] = linked ? text_of("") : petition->organization_name;
    all[VALUE_PRIVACY_URL] = petition->organization_privacy_url;
    buffer_printf(made(values, VALUE_TEXT_VERSION), "%d", (int)petition->text_version);
    page_add_list(made(values, VALUE_TAGS), petition->tags, petition->tags_count);
}

/* en-GB → en_GB, as OpenGraph has it. */
static void add_locale(struct buffer *out, struct text language) {
    for (bool first = true; language.data; first = false) {
        buffer_add_string(out, first ? "" : "_");
        buffer_add_text(out, text_cut(&language, '-'));
    }
}

static const struct page_tongue *set_words(struct values *values, const struct pages *pages,
                                           struct text language) {
    const struct page_tongue *tongue = page_tongue_find(pages, language);
    bool right_to_left = language_is_right_to_left(language);
    for (size_t i = 0; i < WORDS; i++) {
        values->all[VALUE_WORDS + i] = tongue->words[i];
    }
    values->all[VALUE_LANGUAGE] = language;
    values->all[VALUE_DIRECTION] = text_of(right_to_left ? "rtl" : "ltr");
    return tongue;
}

static void values_init(struct values *values) {
    *values = (struct values){0};
    for (size_t i = 0; i < VALUES; i++) {
        buffer_init(&values->made[i], PAGE_MAX);
    }
}

/* What was made becomes values, the page is filled in, and all is given back. */
static void finish(struct values *values, const struct template *template, struct buffer *out) {
    for (size_t i = 0; i < VALUES; i++) {
        out->failed = out->failed || values->made[i].failed;
        if (values->made[i].len > 0) {
            values->all[i] = buffer_text(&values->made[i]);
        }
    }
    if (!out->failed) {
        template_render(template, TEMPLATE_HTML, values->all, out);
    }
    for (size_t i = 0; i < VALUES; i++) {
        buffer_done(&values->made[i]);
    }
}

void page_render(const struct pages *pages, const struct page_facts *facts, struct buffer *out) {
    struct values values;
    values_init(&values);
    const struct page_tongue *tongue = set_words(&values, pages, facts->text->language);
    set_petition(&values, facts);
    set_text(&values, facts);
    set_image(&values, facts);
    set_number(&values, facts, tongue);
    add_locale(made(&values, VALUE_LOCALE), facts->text->language);
    page_add_alternates(made(&values, VALUE_ALTERNATES), facts);
    page_add_languages(made(&values, VALUE_LANGUAGES), pages, facts);
    page_add_data(made(&values, VALUE_JSON_LD), facts);
    finish(&values, pages->petition, out);
}

void page_render_embed(const struct pages *pages, const struct petition *petition,
                       struct buffer *out) {
    struct values values;
    values_init(&values);
    set_words(&values, pages, petition->texts[0].language);
    values.all[VALUE_SLUG] = petition->slug;
    values.all[VALUE_TITLE] = petition->texts[0].title;
    finish(&values, pages->embed, out);
}

void page_render_withdrawn(const struct pages *pages, const struct page_facts *facts,
                           struct buffer *out) {
    struct values values;
    values_init(&values);
    const struct page_tongue *tongue = set_words(&values, pages, facts->text->language);
    values.all[VALUE_STATE] = text_of(petition_state_name(PETITION_WITHDRAWN));
    values.all[VALUE_TITLE] = tongue->words[WORD_WITHDRAWN_TITLE];
    values.all[VALUE_DESCRIPTION] = tongue->words[WORD_WITHDRAWN];
    finish(&values, pages->notice, out);
}

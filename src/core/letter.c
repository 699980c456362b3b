#include "core/letter.h"

#include <string.h>

#include "core/oneline.h"
#include "letter_private.h"

enum { TEXT_MAX = 64 * 1024, LINE_MAX_BYTES = 8 * 1024 };

const char *const letter_names[LETTER_VALUES] = {
    [VALUE_LANGUAGE] = "language",
    [VALUE_DIRECTION] = "direction",
    [VALUE_START] = "start",
    [VALUE_SUBJECT] = "subject",
    [VALUE_PREVIEW] = "preview",
    [VALUE_TITLE] = "title",
    [VALUE_ADDRESSEE] = "addressee",
    [VALUE_ORGANIZATION_NAME] = "organization_name",
    [VALUE_GIVEN_NAME] = "given_name",
    [VALUE_FAMILY_NAME] = "family_name",
    [VALUE_SUBSCRIBE] = "subscribe",
    [VALUE_LIST_SUBJECT] = "list_subject",
    [VALUE_LIST_PREVIEW] = "list_preview",
    [VALUE_TAG_LINE] = "tag_line",
    [VALUE_SENDER] = "sender",
    [VALUE_FRIEND] = "friend",
    [VALUE_STRANGER] = "stranger",
    [VALUE_TAGS] = "tags",
    [VALUE_LETTER] = "letter",
    [VALUE_ASKS] = "asks",
    [VALUE_SIGNATURE] = "signature",
    [VALUE_OFFICE] = "office",
    [VALUE_ORGANIZATION_URL] = "organization_url",
    [VALUE_PRIVACY_URL] = "privacy_url",
    [VALUE_PETITION_URL] = "petition_url",
    [VALUE_CONFIRM_URL] = "confirm_url",
    [VALUE_NOT_ME_URL] = "not_me_url",
    [VALUE_ME_URL] = "me_url",
    [VALUE_VIEW_URL] = "view_url",
    [VALUE_UNSUBSCRIBE_URL] = "unsubscribe_url",
    [VALUE_SIGN_URL] = "sign_url",
    [VALUE_FACEBOOK_URL] = "facebook_url",
    [VALUE_TWITTER_URL] = "twitter_url",
    [VALUE_SHARE_URL] = "share_url",
    [VALUE_SHARE_FACEBOOK_URL] = "share_facebook_url",
    [VALUE_SHARE_X_URL] = "share_x_url",
    [VALUE_SHARE_WHATSAPP_URL] = "share_whatsapp_url",
    [VALUE_SHARE_EMAIL_URL] = "share_email_url",
};
const struct template_names letter_placeholders = {letter_names, LETTER_VALUES, LETTER_BLOCKS,
                                                   LETTER_APART, LETTER_MADE};

static const char *const kind_names[LETTER_KINDS + 1] = {
    [LETTER_CONFIRM] = "confirm",   [LETTER_THANKS] = "thanks", [LETTER_ALREADY] = "already",
    [LETTER_REMINDER] = "reminder", [LETTER_PAGE] = "page",     [LETTER_LIST] = "list"};

const char *letter_kind_name(enum letter_kind kind) {
    return kind >= LETTER_CONFIRM && kind <= LETTER_LIST ? kind_names[kind] : NULL;
}

enum letter_kind letter_kind_find(struct text name) {
    for (int kind = LETTER_CONFIRM; kind <= LETTER_PAGE; kind++) {
        if (text_is(name, kind_names[kind])) {
            return (enum letter_kind)kind;
        }
    }
    return (enum letter_kind)0;
}

bool letter_asks(enum letter_kind kind) {
    return kind == LETTER_CONFIRM || kind == LETTER_REMINDER;
}

/* --- languages --- */

/* es-MX: as it is, then es, then English, which is always there. */
static const struct letter_tongue *choose(const struct letters *letters, struct text slug,
                                          struct text language) {
    const struct letter_set *set = letters->sets;
    for (const struct letter_set *at = set->next; at; at = at->next) {
        set = text_equal(at->slug, slug) ? at : set;
    }
    struct text rest = language;
    const struct letter_tongue *tongue = letter_tongue_find(set, language);
    if (!tongue && rest.data) {
        tongue = letter_tongue_find(set, text_cut(&rest, '-'));
    }
    return tongue ? tongue : letter_tongue_find(set, text_of("en"));
}

struct text letter_friend(const struct letters *letters, struct text slug, struct text language) {
    return choose(letters, slug, language)->kinds[LETTER_LIST].friend;
}

/* --- rendering --- */

static void render_text(const struct template *template, const struct text *values,
                        struct buffer *out) {
    struct buffer raw;
    buffer_init(&raw, TEXT_MAX);
    template_render(template, TEMPLATE_TEXT, values, &raw);
    out->failed = raw.failed;
    letter_wrap(out, buffer_text(&raw));
    buffer_done(&raw);
}

/* Subject and preview are words of the other two forms as well. */
static void render_forms(const struct letter_text *letter, const struct letter_list *list,
                         struct letter_values *values, struct letter_rendered *made) {
    if (list) {
        letter_values_set_blocks(values, list, false);
    }
    render_text(letter->text, values->all, &made->text);
    if (list) {
        letter_values_set_blocks(values, list, true);
    }
    template_render(letter->html, TEMPLATE_HTML, values->all, &made->html);
}

enum status letter_render(const struct letters *letters, const struct letter_facts *facts,
                          struct letter_rendered *out) {
    struct letter_values values;
    struct buffer preview;
    const struct letter_list *list = facts->kind == LETTER_LIST ? facts->list : NULL;
    if (!letter_facts_valid(facts)) {
        return ST_INVALID;
    }
    const struct letter_tongue *tongue = choose(letters, facts->slug, facts->language);
    const struct letter_text *letter = &tongue->kinds[facts->kind];
    struct letter_rendered made = {.language = tongue->language};
    buffer_init(&made.subject, LINE_MAX_BYTES);
    buffer_init(&made.sender, LINE_MAX_BYTES);
    buffer_init(&made.text, TEXT_MAX);
    buffer_init(&made.html, list ? LETTER_LIST_HTML_MAX : LETTER_HTML_MAX);
    buffer_init(&preview, LINE_MAX_BYTES);
    letter_values_set(&values, facts, tongue->language);
    oneline_add(&made.sender, list ? list->sender : facts->organization_name, ONELINE_MAX);
    template_render(letter->subject, TEMPLATE_TEXT, values.all, &made.subject);
    template_render(letter->preview, TEMPLATE_TEXT, values.all, &preview);
    values.all[VALUE_SUBJECT] = buffer_text(&made.subject);
    values.all[VALUE_PREVIEW] = buffer_text(&preview);
    render_forms(letter, list, &values, &made);
    bool failed = made.sender.failed || made.subject.failed || preview.failed || made.text.failed ||
                  made.html.failed;
    buffer_done(&preview);
    explicit_bzero(&values, sizeof values);
    if (failed) {
        letter_rendered_done(&made);
        return ST_FAULT;
    }
    *out = made;
    return ST_OK;
}

void letter_rendered_done(struct letter_rendered *rendered) {
    buffer_done(&rendered->subject);
    buffer_done(&rendered->sender);
    buffer_done(&rendered->text);
    buffer_done(&rendered->html);
}

/* What the placeholders of a letter stand for. */
#include <string.h>

#include "core/language.h"
#include "core/slug.h"
#include "core/weburl.h"
#include "letter_private.h"

/* Longer than a token: what the base64url of one may become one day. */
enum { TOKEN_TEXT_MAX = 64, SIGN_TOKEN_MAX = 512 };

static bool is_token(struct text token, size_t most) {
    for (size_t i = 0; i < token.len; i++) {
        char c = token.data[i];
        bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '-' || c == '_';
        if (!good) {
            return false;
        }
    }
    return token.len > 0 && token.len <= most;
}

static bool is_page_or_absent(struct text url) {
    return url.len == 0 || weburl_is_page(url);
}

static bool list_valid(const struct letter_list *list) {
    return list && slug_valid(list->name) && list->subject.len > 0 &&
           (list->sign_token.len == 0 || is_token(list->sign_token, SIGN_TOKEN_MAX)) &&
           is_page_or_absent(list->facebook_url) && is_page_or_absent(list->twitter_url);
}

bool letter_facts_valid(const struct letter_facts *facts) {
    return letter_kind_name(facts->kind) && weburl_is_origin(facts->base_url) &&
           facts->base_url.len < LETTER_URL_MAX - SIGN_TOKEN_MAX - 4 * SLUG_MAX &&
           slug_valid(facts->slug) && facts->title.len > 0 &&
           (facts->view ? !facts->token.data : is_token(facts->token, TOKEN_TEXT_MAX)) &&
           (facts->own_key.len == 0 || is_token(facts->own_key, TOKEN_TEXT_MAX)) &&
           (facts->view || letter_asks(facts->kind) || is_token(facts->leave, TOKEN_TEXT_MAX)) &&
           is_page_or_absent(facts->organization_url) && is_page_or_absent(facts->privacy_url) &&
           (facts->kind != LETTER_LIST || list_valid(facts->list));
}

/* What a link ends with. KEY: the token, and what opens the own row; confirming leads on to its
 * page. */
enum end { END_SLUG, END_SECRET, END_KEY, END_LEAVE, END_VIEW, END_SIGN, END_SHARE };

struct link {
    enum letter_value value;
    const char *path; /* behind base_url */
    enum end end;
};

static const struct link links[] = {
    {VALUE_PETITION_URL, "/p/", END_SLUG},     {VALUE_CONFIRM_URL, "/c", END_SECRET},
    {VALUE_NOT_ME_URL, "/not-me", END_SECRET}, {VALUE_ME_URL, "/me", END_KEY},
    {VALUE_UNSUBSCRIBE_URL, "/u/", END_LEAVE}, {VALUE_VIEW_URL, "/letter/", END_VIEW},
    {VALUE_SIGN_URL, "/p/", END_SIGN},         {VALUE_SHARE_URL, "/p/", END_SHARE},
};

_Static_assert(sizeof links / sizeof links[0] == LETTER_LINKS, "room for each");

/* A letter offers no link that it is not about; one that is read by anybody none of a person. */
static bool link_fits(const struct letter_facts *facts, enum letter_value value) {
    if (value == VALUE_UNSUBSCRIBE_URL) {
        return !letter_asks(facts->kind) && !facts->view;
    }
    if (value == VALUE_VIEW_URL) {
        return !facts->view;
    }
    if (value == VALUE_SIGN_URL || value == VALUE_SHARE_URL) {
        return facts->kind == LETTER_LIST;
    }
    if (value == VALUE_ME_URL || value == VALUE_NOT_ME_URL) {
        return facts->kind != LETTER_LIST;
    }
    return value != VALUE_CONFIRM_URL || letter_asks(facts->kind);
}

static char *add_text(char *at, struct text text) {
    return text.len > 0 ? mempcpy(at, text.data, text.len) : at;
}

/* "night-buses/confirm/de": what the letter is made of, and nobody it went to. */
static char *add_view(char *at, const struct letter_facts *facts, struct text language) {
    at = add_text(at, facts->slug);
    *at++ = '/';
    at = stpcpy(at, letter_kind_name(facts->kind));
    *at++ = '/';
    if (facts->list) {
        at = add_text(at, facts->list->name);
        at = stpcpy(at, "?lang=");
    }
    bool known = facts->language.data && language_tag_valid(facts->language);
    return add_text(at, known ? facts->language : language);
}

/* Behind a #, so that it never reaches a server. */
static char *add_secret(char *at, const struct letter_facts *facts, bool key) {
    if (facts->view) {
        return at;
    }
    *at++ = '#';
    at = add_text(at, facts->token);
    return key ? add_text(at, facts->own_key) : at;
}

/* Which link it is, where they are counted. */
static char *add_link_word(char *at, const struct letter_facts *facts, const char *word) {
    return facts->list->counted ? stpcpy(stpcpy(at, "&link="), word) : at;
}

/* The letter's name is what the signature says it came by; who shares it says so too. What is the
 * reader's own stands behind the #. */
static char *add_source(char *at, const struct letter_facts *facts, bool sign) {
    at = add_text(at, facts->slug);
    at = add_text(stpcpy(at, "?source="), facts->list->name);
    at = add_link_word(at, facts, sign ? "sign" : "share");
    if (sign && !facts->view && facts->list->sign_token.len > 0) {
        *at++ = '#';
        at = add_text(at, facts->list->sign_token);
    }
    return at;
}

static char *add_end(char *at, const struct link *link, const struct letter_facts *facts,
                     struct text language) {
    switch (link->end) {
    case END_SLUG:
        return add_text(at, facts->slug);
    case END_SECRET:
    case END_KEY:
        return add_secret(at, facts, link->end == END_KEY);
    case END_LEAVE:
        return add_text(at, facts->leave);
    case END_VIEW:
        return add_view(at, facts, language);
    case END_SIGN:
    case END_SHARE:
        return add_source(at, facts, link->end == END_SIGN);
    }
    return at;
}

static void set_links(struct letter_values *values, const struct letter_facts *facts,
                      struct text language) {
    for (size_t i = 0; i < LETTER_LINKS; i++) {
        if (!link_fits(facts, links[i].value)) {
            continue;
        }
        char *at = add_text(values->urls[i], facts->base_url);
        at = stpcpy(at, links[i].path);
        at = add_end(at, &links[i], facts, language);
        values->all[links[i].value] = text_span(values->urls[i], (size_t)(at - values->urls[i]));
    }
}

/* As who shares from the page: where they share is the source, and what brings signatures the
 * letter's name in place of a person's. */
static void set_ways(struct letter_values *values, const struct letter_facts *facts) {
    for (int way = 0; way < LETTER_WAYS; way++) {
        char page[LETTER_URL_MAX], *at = add_text(page, facts->base_url);
        at = add_text(stpcpy(at, "/p/"), facts->slug);
        at = stpcpy(stpcpy(at, "?source="), letter_way_name(way));
        at = add_text(stpcpy(at, "&referrer="), facts->list->name);
        at = add_link_word(at, facts, letter_way_name(way));
        struct text address = text_span(page, (size_t)(at - page));
        if (letter_way_url(way, facts->title, address, values->ways[way]))
            values->all[VALUE_SHARE_FACEBOOK_URL + way] = text_of(values->ways[way]);
    }
}

static void set_list(struct letter_values *values, const struct letter_list *list) {
    values->all[VALUE_LIST_SUBJECT] = list->subject;
    values->all[VALUE_LIST_PREVIEW] = list->preview;
    values->all[VALUE_TAG_LINE] = list->tag_line;
    values->all[VALUE_SENDER] = list->sender;
    values->all[VALUE_FRIEND] = list->friend;
    values->all[VALUE_STRANGER] = text_of(list->friend.len > 0 ? NULL : "stranger");
    values->all[VALUE_TAGS] = list->tags;
    values->all[VALUE_FACEBOOK_URL] = list->facebook_url;
    values->all[VALUE_TWITTER_URL] = list->twitter_url;
}

void letter_values_set(struct letter_values *values, const struct letter_facts *facts,
                       struct text language) {
    bool right_to_left = language_is_right_to_left(language);
    *values = (struct letter_values){.all = {
                                         [VALUE_LANGUAGE] = language,
                                         [VALUE_DIRECTION] = text_of(right_to_left ? "rtl" : "ltr"),
                                         [VALUE_START] = text_of(right_to_left ? "right" : "left"),
                                         [VALUE_TITLE] = facts->title,
                                         [VALUE_ADDRESSEE] = facts->addressee,
                                         [VALUE_ORGANIZATION_NAME] = facts->organization_name,
                                         [VALUE_ORGANIZATION_URL] = facts->organization_url,
                                         [VALUE_PRIVACY_URL] = facts->privacy_url,
                                         [VALUE_GIVEN_NAME] = facts->given_name,
                                         [VALUE_FAMILY_NAME] = facts->family_name,
                                         [VALUE_SUBSCRIBE] = facts->subscribe,
                                     }};
    set_links(values, facts, language);
    if (facts->kind == LETTER_LIST) {
        set_list(values, facts->list);
        set_ways(values, facts);
    }
}

void letter_values_set_blocks(struct letter_values *values, const struct letter_list *list,
                              bool html) {
    const struct letter_block *blocks[] = {&list->letter, &list->asks, &list->signature,
                                           &list->office};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        values->all[VALUE_LETTER + i] = html ? blocks[i]->html : blocks[i]->text;
    }
}

#include "form_field.h"

#include "core/language.h"
#include "core/place.h"

enum { CODE_MAX = 64, PLACE_MAX = 64 };

static const struct words_rule name_rule = {.max = 100};
static const struct words_rule postal_rule = {.max = 20};
static const struct words_rule locality_rule = {.max = 100};
static const struct words_rule comment_rule = {.max = 500, .lines = true, .urls = true};

#define AT(member) offsetof(struct sign_form, member)

const struct form_field_rule form_field_rules[FORM_FIELDS] = {
    [FORM_EMAIL] = {"email", FORM_KIND_EMAIL, AT(address), NULL},
    [FORM_GIVEN_NAME] = {"given_name", FORM_KIND_WORDS, AT(given_name), &name_rule},
    [FORM_FAMILY_NAME] = {"family_name", FORM_KIND_WORDS, AT(family_name), &name_rule},
    [FORM_COUNTRY] = {"country", FORM_KIND_COUNTRY, AT(country), NULL},
    [FORM_REGION] = {"region", FORM_KIND_REGION, AT(region), NULL},
    [FORM_POSTAL_CODE] = {"postal_code", FORM_KIND_WORDS, AT(postal_code), &postal_rule},
    [FORM_LOCALITY] = {"locality", FORM_KIND_WORDS, AT(locality), &locality_rule},
    [FORM_COMMENT] = {"comment", FORM_KIND_WORDS, AT(comment), &comment_rule},
    [FORM_SHOW_NAME] = {"show_name", FORM_KIND_BOOLEAN, AT(show_name), NULL},
    [FORM_SUBSCRIBE] = {"subscribe", FORM_KIND_BOOLEAN, AT(subscribe), NULL},
    [FORM_TEXT_VERSION] = {"text_version", FORM_KIND_VERSION, AT(text_version), NULL},
    [FORM_SOURCE] = {"source", FORM_KIND_CODE, AT(source), NULL},
    [FORM_REFERRER] = {"referrer", FORM_KIND_CODE, AT(referrer), NULL},
    [FORM_LOCALE] = {"locale", FORM_KIND_LOCALE, AT(locale), NULL},
    [FORM_TOKEN] = {"token", FORM_KIND_TOKEN, AT(token), NULL},
};

const char *form_field_name(enum form_field field) {
    return form_field_rules[field].name;
}

/* Once for every member of every form: the first byte and the length tell nearly all apart. */
int form_field_find(struct text name) {
    for (int i = 0; i < FORM_FIELDS && name.len > 0; i++) {
        const char *known = form_field_rules[i].name;
        if (known[0] == name.data[0] && text_is(name, known)) {
            return i;
        }
    }
    return -1;
}

bool form_code_valid(struct text text) {
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!word && c != '_' && c != '.' && c != '-') {
            return false;
        }
    }
    return text.len > 0 && text.len <= CODE_MAX;
}

/* Judged by the country that was sent, or, where that is wrong itself, by the region's own: one
 * mistake is told once. */
static bool region_fits(struct text country, struct text region) {
    if (country.data && !place_country_known(country) && region.len > 2) {
        country = text_span(region.data, 2);
    }
    return place_region_known(country, region);
}

struct rule_of_kind {
    size_t max; /* bytes */
    enum field_problem problem;
};

static const struct rule_of_kind rules_of_kind[] = {
    [FORM_KIND_COUNTRY] = {PLACE_MAX, FIELD_COUNTRY},
    [FORM_KIND_REGION] = {PLACE_MAX, FIELD_REGION},
    [FORM_KIND_CODE] = {CODE_MAX, FIELD_FORMAT},
    [FORM_KIND_LOCALE] = {LANGUAGE_MAX, FIELD_FORMAT},
};

static bool fits_kind(enum form_kind kind, struct text typed, struct text country) {
    switch (kind) {
    case FORM_KIND_COUNTRY:
        return place_country_known(typed);
    case FORM_KIND_REGION:
        return region_fits(country, typed);
    case FORM_KIND_CODE:
        return form_code_valid(typed);
    case FORM_KIND_LOCALE:
        return language_tag_valid(typed);
    case FORM_KIND_EMAIL:
    case FORM_KIND_WORDS:
    case FORM_KIND_TOKEN:
    case FORM_KIND_BOOLEAN:
    case FORM_KIND_VERSION:
        break;
    }
    return false;
}

bool form_field_check(const struct form_field_rule *rule, struct text typed, struct text country,
                      struct text *out, enum field_problem *problem) {
    if (rule->kind == FORM_KIND_WORDS) {
        return words_check(typed, rule->words, out, problem);
    }
    if (rule->kind == FORM_KIND_TOKEN) {
        *out = typed;
        return true;
    }
    const struct rule_of_kind *of_kind = &rules_of_kind[rule->kind];
    if (typed.len == 0 || typed.len > of_kind->max) {
        *problem = typed.len == 0 ? FIELD_EMPTY : FIELD_TOO_LONG;
        return false;
    }
    if (!fits_kind(rule->kind, typed, country)) {
        *problem = of_kind->problem;
        return false;
    }
    *out = typed;
    return true;
}

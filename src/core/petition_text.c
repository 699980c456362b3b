/* Which of a petition's texts a reader gets. */
#include "core/petition.h"

/* What a browser sends is short; a list beyond this is not looked at further. */
enum { RANGES_MAX = 32, WEIGHT_ONE = 1000 };

struct range {
    struct text tag;
    int weight; /* thousandths; 0: not wanted */
};

struct ranges {
    size_t count;
    struct range all[RANGES_MAX];
};

/* RFC 4647, 3.4: without the last subtag, nor a single letter or digit that led to it. */
static struct text shorten(struct text tag) {
    while (tag.len > 0 && tag.data[tag.len - 1] != '-') {
        tag.len--;
    }
    tag.len -= tag.len > 0 ? 1 : 0;
    if (tag.len >= 2 && tag.data[tag.len - 2] == '-') {
        tag.len -= 2;
    }
    return tag;
}

static const struct petition_text *find_text(const struct petition *petition, struct text tag) {
    for (size_t i = 0; i < petition->texts_count; i++) {
        if (text_equal_ignoring_case(petition->texts[i].language, tag)) {
            return &petition->texts[i];
        }
    }
    return NULL;
}

static const struct petition_text *look_up(const struct petition *petition, struct text tag) {
    const struct petition_text *found = NULL;
    for (; tag.len > 0 && !found; tag = shorten(tag)) {
        found = find_text(petition, tag);
    }
    return found;
}

/* "0.5" -> 500; -1: not a weight (RFC 9110, 12.4.2). */
static int parse_weight(struct text text) {
    if (text.len < 1 || text.len > 5 || (text.data[0] != '0' && text.data[0] != '1') ||
        (text.len > 1 && text.data[1] != '.')) {
        return -1;
    }
    int weight = (text.data[0] - '0') * WEIGHT_ONE;
    int place = WEIGHT_ONE / 10;
    for (size_t i = 2; i < text.len; i++, place /= 10) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return -1;
        }
        weight += (text.data[i] - '0') * place;
    }
    return weight <= WEIGHT_ONE ? weight : -1;
}

static bool parse_range(struct text item, struct range *out) {
    struct text parameter = item;
    struct text tag = text_trim(text_cut(&parameter, ';'));
    int weight = WEIGHT_ONE;
    if (parameter.data) {
        parameter = text_trim(parameter);
        bool is_weight = text_starts(parameter, "q=") || text_starts(parameter, "Q=");
        weight = is_weight ? parse_weight(text_span(parameter.data + 2, parameter.len - 2)) : -1;
    }
    *out = (struct range){tag, weight};
    return tag.len > 0 && weight >= 0;
}

/* Heaviest first; equals stay in their order. */
static void insert(struct ranges *ranges, struct range range) {
    size_t at = ranges->count++;
    while (at > 0 && ranges->all[at - 1].weight < range.weight) {
        ranges->all[at] = ranges->all[at - 1];
        at--;
    }
    ranges->all[at] = range;
}

static void parse_header(struct text header, struct ranges *out) {
    out->count = 0;
    while (header.data && out->count < RANGES_MAX) {
        struct range range;
        if (parse_range(text_cut(&header, ','), &range)) {
            insert(out, range);
        }
    }
}

static bool unwanted(const struct ranges *ranges, struct text language) {
    for (size_t i = 0; i < ranges->count; i++) {
        if (ranges->all[i].weight == 0 && text_equal_ignoring_case(ranges->all[i].tag, language)) {
            return true;
        }
    }
    return false;
}

static const struct petition_text *first_wanted(const struct petition *petition,
                                                const struct ranges *ranges) {
    for (size_t i = 0; i < petition->texts_count; i++) {
        if (!unwanted(ranges, petition->texts[i].language)) {
            return &petition->texts[i];
        }
    }
    return NULL;
}

static const struct petition_text *best_of(const struct petition *petition, struct text header) {
    struct ranges ranges;
    parse_header(header, &ranges);
    for (size_t i = 0; i < ranges.count && ranges.all[i].weight > 0; i++) {
        const struct petition_text *found = text_is(ranges.all[i].tag, "*")
                                                ? first_wanted(petition, &ranges)
                                                : look_up(petition, ranges.all[i].tag);
        if (found && !unwanted(&ranges, found->language)) {
            return found;
        }
    }
    return NULL;
}

const struct petition_text *petition_text_choose(const struct petition *petition, struct text lang,
                                                 struct text accept_language) {
    const struct petition_text *found = look_up(petition, lang);
    if (!found) {
        found = best_of(petition, accept_language);
    }
    return found ? found : &petition->texts[0];
}
